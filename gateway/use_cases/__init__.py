"""One file per thing a person does: each joins the pure rules to the ledger and tells those who watch."""
