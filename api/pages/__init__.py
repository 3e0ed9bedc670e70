"""Pages for readers: plain HTML that needs no script."""
