"""Records of trial registries: read, taken apart by a table of rules, and made into claims."""
