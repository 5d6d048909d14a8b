"""The web kit of a branch gateway and of headquarters.

People, sessions, tokens, problem answers, live events, static files, the server itself. It knows no stock, no
device and no ledger, and imports no other room of ours. `site.build_app` puts the parts together.
"""
