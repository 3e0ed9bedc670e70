"""JSON to records and back; RDF to records and back; one normal form for statements."""
