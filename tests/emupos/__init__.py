"""Our devices against emupos, a simulator of somebody else's."""
