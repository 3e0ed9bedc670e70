"""How entities stand to each other: broader, narrower, excluding."""

from __future__ import annotations

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

    def above(self, iri: str) -> frozenset[str]:
        """The entity and everything broader."""
        return self._up.get(iri) or frozenset({iri})

    def related(self, iri: str) -> frozenset[str]:
        """The entity, everything broader and everything narrower."""
        return self.above(iri) | frozenset(self._down.get(iri, ()))

    def narrower(self, iri: str, other: str) -> bool:
        """Whether the one is the other, or below it."""
        return other in self.above(iri)

    def marked(self, iri: str, mark: str) -> frozenset[str]:
        """The entities that this one excludes or strains, told on either side."""
        predicate = STEMMA + mark
        told = set(self._vocabulary.facts(iri, predicate))
        told |= {t.iri for t in self._vocabulary if iri in self._vocabulary.facts(t.iri, predicate)}
        return frozenset(told)

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
