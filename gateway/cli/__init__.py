"""The `kontor` command: one file per thing it can be told to do."""
