"""Flask views, entry forms and pages; knows HTTP and holds no rule."""
