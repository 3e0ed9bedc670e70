"""What lists, facets, roll-ups and searches are answered from: columns and text made from the records."""
