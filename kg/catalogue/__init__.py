"""What a workspace holds, counted and described: VoID, DCAT, and what SPARQL editors read."""
