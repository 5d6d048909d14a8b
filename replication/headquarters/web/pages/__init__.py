"""Headquarters' pages: each asks the database, fills its context struct and renders. Looks and words are `admin_ui`'s."""
