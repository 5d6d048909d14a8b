"""Thin transports: each opens one kind of line and hands back a `ByteStream`. They know nothing of what the bytes mean."""
