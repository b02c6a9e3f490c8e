"""Who may do what, and which state may follow which: pure tables and functions an inspector can read."""
