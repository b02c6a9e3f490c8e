"""Data files in and out; knows no HTTP."""
