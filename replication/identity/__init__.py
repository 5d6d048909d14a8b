"""Who may say what on the line: key pairs, the tokens that name their owner, and where both lie on disk. Opens no line."""
