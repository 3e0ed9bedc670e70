"""``stemma mcp``: the claims for language models, over the Model Context Protocol. Reading only."""
