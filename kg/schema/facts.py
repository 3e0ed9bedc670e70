"""What the ontology says in words of its own of a rule, a slot or another term."""

from __future__ import annotations

from dataclasses import dataclass

from kg.schema.names import STEMMA, local_name
from kg.schema.vocabulary import Term, Vocabulary


@dataclass(frozen=True, slots=True)
class Facts:
    """What the ontology says of one term, such as a rule.

    :param iri: the term.
    """

    vocabulary: Vocabulary
    iri: str

    @property
    def term(self) -> Term:
        """Its names and definition."""
        return self.vocabulary.terms[self.iri]

    def all(self, name: str) -> frozenset[str]:
        """The values of a property of stemma:."""
        return frozenset(self.vocabulary.facts(self.iri, STEMMA + name))

    def one(self, name: str) -> str | None:
        """The first value of a property of stemma:, or ``None``."""
        return next(iter(self.vocabulary.facts(self.iri, STEMMA + name)), None)

    def word(self, name: str) -> str:
        """The local name of the first value, or an empty string."""
        return local_name(self.one(name) or "")

    def true(self, name: str) -> bool:
        """Whether a property is true."""
        return self.one(name) == "true"

    def integer(self, name: str) -> int | None:
        """A whole number, or ``None`` if none is given."""
        found = self.one(name)
        return int(found) if found is not None else None

    def implying(self, name: str) -> frozenset[str]:
        """The relations that a property lists, with every relation that implies one of them."""
        listed = self.all(name)
        relations = self.vocabulary.members(STEMMA + "Relation")
        return frozenset(r.iri for r in relations if listed & implied(self.vocabulary, r.iri))


def members(vocabulary: Vocabulary, cls: str) -> list[Facts]:
    """The facts of every member of a class, by precedence, then IRI.

    :param cls: local name of the class in stemma:.
    """
    found = [Facts(vocabulary, t.iri) for t in vocabulary.members(STEMMA + cls)]
    return sorted(found, key=lambda f: (f.integer("precedence") or 0, f.iri))


def implied(vocabulary: Vocabulary, relation: str) -> frozenset[str]:
    """A relation and everything that it implies."""
    seen: set[str] = set()
    todo = [relation]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo.extend(vocabulary.facts(here, STEMMA + "implies"))
    return frozenset(seen)
