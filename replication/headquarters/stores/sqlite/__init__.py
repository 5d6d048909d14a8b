"""Headquarters' store on SQLite: one writer thread, raw batches beside the figures they lead to."""
