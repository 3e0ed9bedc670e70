"""Documents: their text, the library that holds it, and anchors into it."""
