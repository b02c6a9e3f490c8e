"""The rule language: parse, check, compile, evaluate, order; knows no database and no page."""
