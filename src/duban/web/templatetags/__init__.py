"""Template tags of the staff pages: `parts` is a builtin of every template; the other modules serve it."""
