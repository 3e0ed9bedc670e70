"""The one way into the graph: closed-world checks in code, then SHACL on the encoded text."""
