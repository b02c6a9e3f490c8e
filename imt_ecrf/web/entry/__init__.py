"""Forms on the screen: what a form looks like, what was typed into it, what the page says; holds no rule."""
