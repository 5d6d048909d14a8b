"""Kinds of shops: what `kontor init` begins with."""
