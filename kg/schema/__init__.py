"""What the ontology and the shapes say, read once into values."""
