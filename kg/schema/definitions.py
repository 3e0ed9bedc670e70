"""What the derived forms (JSON Schema, JSON-LD context) need of a profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from rdflib import Graph

from kg.schema.prefixes import Prefixes
from kg.schema.shapes import Shape
from kg.schema.vocabulary import Vocabulary


class Definitions(Protocol):
    """A profile, as far as schemas and contexts are made from it."""

    @property
    def shapes(self) -> Mapping[str, Shape]:
        """Record word to shape."""

    @property
    def shapes_graph(self) -> Graph:
        """The shapes as a graph."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The terms."""

    @property
    def prefixes(self) -> Prefixes:
        """The prefix map."""
