"""SPARQL beside the owner: queries in processes that can be ended, updates as explicit quads."""
