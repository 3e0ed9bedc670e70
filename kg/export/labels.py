"""How terms, quantities, statements and sources are named for people."""

from __future__ import annotations

from dataclasses import dataclass

from kg.model.node import Node
from kg.schema.names import DCTERMS, ENTITY, STEMMA
from kg.schema.prefixes import Prefixes
from kg.schema.vocabulary import Vocabulary


@dataclass(frozen=True)
class Labels:
    """Names things by the labels of one profile's ontology."""

    vocabulary: Vocabulary
    prefixes: Prefixes

    def short(self, iri: str) -> str:
        """The CURIE of an IRI, or the IRI itself if no prefix fits."""
        return self.prefixes.compress(iri) or iri

    def name(self, iri: str) -> str:
        """The label of a term; the CURIE or IRI of what is no term."""
        return self.vocabulary.label(iri) if iri in self.vocabulary else self.short(iri)

    def word(self, iri: str | None) -> str:
        """The word that JSON writes for a controlled value; empty if there is none."""
        term = self.vocabulary.get(iri) if iri else None
        return (term.notation or term.label) if term else iri or ""

    def cls(self, iri: str) -> str:
        """The label of the most specific class of an entity; empty if it is none."""
        term = self.vocabulary.get(iri)
        classes = [c for c in (term.classes if term else ()) if self.vocabulary.is_subclass(c, ENTITY)]
        lowest = [c for c in classes if not any(o != c and self.vocabulary.is_subclass(o, c) for o in classes)]
        return self.vocabulary.label(min(lowest)) if lowest else ""

    def quantity(self, statement: Node) -> str:
        """The quantity of a statement as text, such as ``189 {person}`` or ``~2 to 5 a``."""

        def is_(name: str, default: str) -> bool:
            return (statement.one(STEMMA + name) or default) == "true"

        low, high = statement.one(STEMMA + "low"), statement.one(STEMMA + "high")
        above = "" if is_("lowInclusive", "true") else "> "
        below = "" if is_("highInclusive", "true") else "< "
        if low is not None and low == high:
            number = low
        elif high is None:
            number = f"{above or '≥ '}{low}"
        elif low is None:
            number = f"{below or '≤ '}{high}"
        else:
            number = f"{above}{low} to {below}{high}"
        unit = statement.one(STEMMA + "unit") or ""
        return f"{'~' if is_('approximate', 'false') else ''}{number} {unit}".strip()

    def statement(self, statement: Node) -> str:
        """Subject, relation and object or quantity by their labels."""
        ends = (statement.one(STEMMA + "subject"), statement.one(STEMMA + "relation"), statement.one(STEMMA + "object"))
        named = [self.name(iri) for iri in ends if iri is not None]
        return " ".join(named if ends[2] is not None else [*named, self.quantity(statement)])

    def source(self, source: Node) -> str:
        """The title of a source, or its IRI."""
        return source.one(DCTERMS + "title") or source.id
