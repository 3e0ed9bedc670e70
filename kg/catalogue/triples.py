"""Triples, written down without ceremony."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode, Triple

from kg.schema.names import RDF_TYPE, XSD


class Writer:
    """Collects triples about things named by IRI."""

    def __init__(self) -> None:
        self.triples: list[Triple] = []

    def type(self, about: str, *classes: str) -> None:
        """Say what something is."""
        for cls in classes:
            self.link(about, RDF_TYPE, cls)

    def link(self, about: str, predicate: str, *objects: str | None) -> None:
        """Say that something stands in a relation to others; ``None`` is left out."""
        me, how = NamedNode(about), NamedNode(predicate)
        self.triples.extend(Triple(me, how, NamedNode(o)) for o in objects if o)

    def text(self, about: str, predicate: str, *texts: str | None, language: str | None = None) -> None:
        """Say something in words; ``None`` and the empty text are left out."""
        me, how = NamedNode(about), NamedNode(predicate)
        self.triples.extend(Triple(me, how, Literal(t, language=language)) for t in texts if t)

    def number(self, about: str, predicate: str, number: int | None) -> None:
        """Say how many; ``None`` is left out."""
        if number is not None:
            self.typed(about, predicate, str(number), XSD + "integer")

    def typed(self, about: str, predicate: str, value: str | None, datatype: str) -> None:
        """Say a value of a datatype; ``None`` is left out."""
        if value is not None:
            me, how = NamedNode(about), NamedNode(predicate)
            self.triples.append(Triple(me, how, Literal(value, datatype=NamedNode(datatype))))
