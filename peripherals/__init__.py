"""Drives the devices of a branch: scales, scanners, printers. Knows bytes and facts, and refuses to know stock or money.

The way in: `hub.py` owns the devices, `events.py` is what they say, `print_job.py` is what they are told.
"""
