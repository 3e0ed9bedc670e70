"""Where records are kept: the journal first, then the store."""
