"""The service: SPARQL, REST, linked data and pages over one workspace.

The package's name is a common one. Run it by ``stemma serve``, never by ``uvicorn api...`` in a
folder that may hold an ``api`` of its own; ``DISTRIBUTION`` tells which one was found.
"""

from __future__ import annotations

from api.app import create_app

DISTRIBUTION = "stemma-kg"

__all__ = ["DISTRIBUTION", "create_app"]
