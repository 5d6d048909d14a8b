"""Pure protocols: bytes in, events out. No loop, no clock, no port; the time is passed in."""
