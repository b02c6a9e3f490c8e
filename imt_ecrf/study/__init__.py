"""What the protocol says: events, forms, items, checks, windows and the rule language; pure, knows no database."""
