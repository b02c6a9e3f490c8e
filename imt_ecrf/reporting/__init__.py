"""Paper: casebooks, blank forms and their seal; knows no HTTP."""
