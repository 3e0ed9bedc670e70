"""``/api/v1``: the records as JSON, and what describes them."""
