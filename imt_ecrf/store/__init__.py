"""What is kept: tables, guards, engines and the append-only log; knows SQL and no HTTP."""
