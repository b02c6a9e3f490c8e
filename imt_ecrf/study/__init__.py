"""What the protocol says: events, forms, items, checks, windows, the rule language; knows no database."""
