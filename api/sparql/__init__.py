"""The SPARQL 1.1 Protocol over HTTP: queries, updates, and the description of the service."""

from __future__ import annotations

from api.sparql.endpoint import router

__all__ = ["router"]
