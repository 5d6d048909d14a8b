"""What a person or a program sends to post a document: one file per family of bodies. They know no rule and no ledger."""
