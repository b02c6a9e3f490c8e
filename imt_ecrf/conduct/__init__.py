"""What people do: one act is one function and one transaction; knows no HTTP."""
