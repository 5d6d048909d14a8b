"""Where headquarters keeps everything: one Protocol, SQLite as the default behind it."""
