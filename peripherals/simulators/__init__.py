"""Pure simulators: the other end of each wire, for tests and for the demo. No loop, no clock, no port."""
