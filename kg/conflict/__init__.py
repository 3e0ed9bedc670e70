"""How claims stand against each other: rules as data, found at commit, expanded on reading."""
