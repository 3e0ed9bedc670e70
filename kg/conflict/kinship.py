"""How entities stand to each other: broader, narrower, excluding."""

from __future__ import annotations

from collections.abc import Mapping

from kg.schema.names import STEMMA
from kg.schema.vocabulary import Vocabulary

_UPWARD = ("asTherapy", "standsFor")


class Kinship:
    """The hierarchy along which claims are compared: skos:broader, and what giving a cell or
    naming the damage stands for."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._up = {t.iri: self._upward(t.iri) for t in vocabulary}
        self._down: dict[str, set[str]] = {}
        for iri, above in self._up.items():
            for a in above:
                self._down.setdefault(a, set()).add(iri)
        self._related: dict[str, frozenset[str]] = {}
        self._marked: dict[str, Mapping[str, frozenset[str]]] = {}

    def above(self, iri: str) -> frozenset[str]:
        """The entity and everything broader."""
        return self._up.get(iri) or frozenset({iri})

    def related(self, iri: str) -> frozenset[str]:
        """The entity, everything broader and everything narrower."""
        found = self._related.get(iri)
        if found is None:
            found = self.above(iri) | frozenset(self._down.get(iri, ()))
            if iri in self._up:  # what is not known is not kept, so that this never outgrows the vocabulary
                self._related[iri] = found
        return found

    def narrower(self, iri: str, other: str) -> bool:
        """Whether the one is the other, or below it."""
        return other in self.above(iri)

    def marked(self, iri: str, mark: str) -> frozenset[str]:
        """The entities that this one excludes or strains, told on either side."""
        if mark not in self._marked:
            self._marked[mark] = self._both_ways(STEMMA + mark)
        return self._marked[mark].get(iri, frozenset())

    def _both_ways(self, predicate: str) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for term in self._vocabulary:
            for other in self._vocabulary.facts(term.iri, predicate):
                found.setdefault(term.iri, set()).add(other)
                found.setdefault(other, set()).add(term.iri)
        return {iri: frozenset(others) for iri, others in found.items()}

    def _upward(self, iri: str) -> frozenset[str]:
        seen: set[str] = set()
        todo = [iri]
        while todo:
            here = todo.pop()
            if here in seen:
                continue
            seen.add(here)
            term = self._vocabulary.get(here)
            todo.extend(term.broader if term else ())
            for name in _UPWARD:
                todo.extend(self._vocabulary.facts(here, STEMMA + name))
        return frozenset(seen)
