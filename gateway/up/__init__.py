"""`kontor up`: headquarters, a NATS server, branches and their simulated devices as child processes of one command.

Starts, watches, restarts and stops programs. Knows where each answers, and nothing of what they do.
"""
