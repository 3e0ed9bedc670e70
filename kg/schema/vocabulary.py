"""The terms of the ontology: labels, synonyms, classes and what is broader than what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.schema.names import DCTERMS, OWL, RDF_TYPE, RDFS, SKOS, STEMMA


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the ontology or vocabulary.

    ``classes`` holds every class it belongs to, superclasses included; ``broader`` the nearest
    broader terms only.
    """

    iri: str
    label: str
    definition: str = ""
    synonyms: tuple[str, ...] = ()
    notation: str | None = None
    classes: frozenset[str] = frozenset()
    broader: tuple[str, ...] = ()
    deprecated: bool = False
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True)
class Registrable:
    """Members of a class that need no entry in the vocabulary: a registered source makes them known.

    :param cls: the class they are members of.
    :param kind: the kind of source that makes one known, by being about it.
    :param form: what their IRIs look like, from end to end.
    """

    cls: str
    kind: str
    form: re.Pattern[str]


class Vocabulary:
    """Every term, by IRI; closed: what is not in it is not known.

    :param triples: the ontology, parsed.
    """

    def __init__(self, triples: Iterable[Triple | Quad]) -> None:
        self._facts = _by_subject(triples)
        self._supers = {s: f[RDFS + "subClassOf"] for s, f in self._facts.items()}
        self.terms: Mapping[str, Term] = {s: self._term(s) for s in sorted(self._facts)}

    def __contains__(self, iri: object) -> bool:
        return iri in self.terms

    def __iter__(self) -> Iterator[Term]:
        return iter(self.terms.values())

    def get(self, iri: str) -> Term | None:
        """The term, or ``None`` if it is not known."""
        return self.terms.get(iri)

    def label(self, iri: str) -> str:
        """The term's label, or the IRI itself if it is not known."""
        term = self.terms.get(iri)
        return term.label if term else iri

    def is_a(self, iri: str, cls: str) -> bool:
        """Whether the term is a member of the class, directly or through subclasses."""
        term = self.terms.get(iri)
        return term is not None and cls in term.classes

    def is_subclass(self, cls: str, other: str) -> bool:
        """Whether the class is the other one or below it."""
        return other in closure(cls, self._supers)

    def superclasses(self, cls: str) -> frozenset[str]:
        """The class and every class above it."""
        return closure(cls, self._supers)

    def registrable(self, iri: str) -> Registrable | None:
        """How a term that is not here could be known: by a registered source about it."""
        return next((r for r in self._registrable if r.form.fullmatch(iri)), None)

    def members(self, cls: str) -> tuple[Term, ...]:
        """The members of a class, sorted by notation and IRI."""
        return self._members.get(cls, ())

    def words(self, cls: str) -> Mapping[str, str]:
        """The notations of the members of a class, each with the member's IRI."""
        return self._words.get(cls, {})

    def facts(self, iri: str, predicate: str) -> tuple[str, ...]:
        """The values of a property of a term, sorted."""
        return tuple(sorted(self._facts.get(iri, _Facts())[predicate]))

    def ancestors(self, iri: str) -> frozenset[str]:
        """The term and every broader one."""
        return closure(iri, self._broader)

    @cached_property
    def _members(self) -> dict[str, tuple[Term, ...]]:
        found: dict[str, list[Term]] = {}
        for term in self.terms.values():
            for cls in term.classes:
                found.setdefault(cls, []).append(term)
        return {c: tuple(sorted(ts, key=lambda t: (t.notation or "", t.iri))) for c, ts in found.items()}

    @cached_property
    def _words(self) -> dict[str, dict[str, str]]:
        return {cls: {t.notation: t.iri for t in ts if t.notation} for cls, ts in self._members.items()}

    @cached_property
    def _registrable(self) -> tuple[Registrable, ...]:
        return tuple(
            Registrable(cls, kind, re.compile(form))
            for cls in self.terms
            for kind in self.facts(cls, STEMMA + "registeredBy")
            for form in self.facts(cls, STEMMA + "registeredAs")
        )

    @cached_property
    def _broader(self) -> dict[str, set[str]]:
        return {iri: set(term.broader) for iri, term in self.terms.items()}

    def _term(self, iri: str) -> Term:
        facts = self._facts[iri]
        direct = facts[RDF_TYPE]
        replaced = sorted(facts[DCTERMS + "isReplacedBy"])
        notations = sorted(facts[SKOS + "notation"])
        return Term(
            iri=iri,
            label=min(facts[RDFS + "label"], default=iri),
            definition=min(facts[SKOS + "definition"], default=""),
            synonyms=tuple(sorted(facts[SKOS + "altLabel"])),
            notation=notations[0] if notations else None,
            classes=frozenset(up for c in direct for up in closure(c, self._supers)),
            broader=tuple(sorted(facts[SKOS + "broader"])),
            deprecated="true" in facts[OWL + "deprecated"],
            replaced_by=replaced[0] if replaced else None,
        )


class _Facts(dict[str, set[str]]):
    def __missing__(self, key: str) -> set[str]:
        return set()


def _by_subject(triples: Iterable[Triple | Quad]) -> dict[str, _Facts]:
    found: dict[str, _Facts] = {}
    for t in triples:
        if isinstance(t.subject, NamedNode) and isinstance(t.object, NamedNode | Literal):
            facts = found.setdefault(t.subject.value, _Facts())
            facts.setdefault(t.predicate.value, set()).add(t.object.value)
    return found


def closure(start: str, edges: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Everything that edges lead to from a start, itself included."""
    seen: set[str] = set()
    todo = [start]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo.extend(edges.get(here, ()))
    return frozenset(seen)
