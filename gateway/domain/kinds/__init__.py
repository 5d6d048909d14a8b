"""What each type of document is: a row and a planner beside each other, one file per family; `table` lists them all."""
