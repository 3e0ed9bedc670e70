"""Counts over everything that queries see, as VoID wants them: by class, by property, by both.

Every number is the answer to a query that anyone may ask at the endpoint. Where the endpoint ends such
a query, because there is too much to count in its time, that number is left out and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kg.errors import QueryEnded
from kg.query import Result
from kg.schema.names import DEFAULT_BASE
from kg.schema.prefixes import Prefixes

Ask = Callable[[str], Result]
Rows = list[dict[str, Any]]

_TOTALS = """SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?p) AS ?properties)
       (COUNT(DISTINCT ?o) AS ?objects) WHERE { ?s ?p ?o }"""
_GRAPHS = "SELECT (COUNT(DISTINCT ?g) AS ?graphs) WHERE { GRAPH ?g { ?s ?p ?o } }"
_PROPERTIES = """SELECT ?p (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects)
WHERE { ?s ?p ?o } GROUP BY ?p"""
_CLASSES = "SELECT ?c (COUNT(DISTINCT ?s) AS ?entities) WHERE { ?s a ?c } GROUP BY ?c"
_IN_CLASSES = "SELECT ?c ?p (COUNT(*) AS ?triples) WHERE { ?s a ?c ; ?p ?o } GROUP BY ?c ?p"
_TO_CLASSES = "SELECT ?c ?p ?d (COUNT(*) AS ?triples) WHERE { ?s a ?c ; ?p ?o . ?o a ?d } GROUP BY ?c ?p ?d"
_DATATYPES = """SELECT ?c ?p ?d (COUNT(*) AS ?triples) WHERE {
  ?s a ?c ; ?p ?o FILTER(isLiteral(?o)) BIND(DATATYPE(?o) AS ?d) } GROUP BY ?c ?p ?d"""
_LINKS = """SELECT ?p ?o (COUNT(*) AS ?triples) WHERE {{
  ?s ?p ?o FILTER(isIRI(?o) && !STRSTARTS(STR(?o), "{base}") && !STRSTARTS(STR(?o), "{own}")) }} GROUP BY ?p ?o"""


@dataclass(frozen=True, slots=True)
class Property:
    """A property, and how many triples, subjects and objects it has."""

    iri: str
    triples: int
    subjects: int
    objects: int


@dataclass(frozen=True, slots=True)
class ClassProperty:
    """A property of the members of one class.

    :param classes: class of the objects, and how many triples lead to one.
    :param datatypes: datatype of the objects, and how many triples hold one.
    """

    iri: str
    triples: int
    classes: tuple[tuple[str, int], ...] = ()
    datatypes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Class:
    """A class, its members, and what is said of them."""

    iri: str
    entities: int
    properties: tuple[ClassProperty, ...]

    @property
    def triples(self) -> int:
        """How many triples have a member as subject."""
        return sum(p.triples for p in self.properties)


@dataclass(frozen=True, slots=True)
class Linkset:
    """How many triples of one property lead to identifiers of one prefix that is not ours."""

    prefix: str
    property: str
    triples: int


@dataclass(frozen=True, slots=True)
class Census:
    """What is in a workspace as of one commit.

    :param totals: ``triples``, ``subjects``, ``properties``, ``objects`` and ``graphs``; those that
        could be counted.
    :param whole: whether everything could be counted.
    """

    commit: int
    totals: Mapping[str, int]
    properties: tuple[Property, ...]
    classes: tuple[Class, ...]
    linksets: tuple[Linkset, ...]
    whole: bool = True


def take(ask: Ask, commit: int, prefixes: Prefixes, base: str) -> Census:
    """Count everything that queries see.

    :param ask: answers a query.
    :param commit: the number of the commit that is counted.
    :param base: namespace of the workspace's records; links within it are no links to others.
    """
    counter = _Counter(ask)
    totals = [*counter.rows(_TOTALS), *counter.rows(_GRAPHS)]
    properties = [Property(r["p"], r["triples"], r["subjects"], r["objects"]) for r in counter.rows(_PROPERTIES)]
    links = counter.rows(_LINKS.format(base=base, own=DEFAULT_BASE))
    return Census(
        commit=commit,
        totals={name: number for row in totals for name, number in row.items()},
        properties=tuple(sorted(properties, key=lambda p: p.iri)),
        classes=_classes(counter),
        linksets=_linksets(links, prefixes),
        whole=counter.whole,
    )


class _Counter:
    """Asks, and notes whether every question was answered."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.whole = True

    def rows(self, query: str) -> Rows:
        """The rows of an answer; none if the query was ended."""
        try:
            return self._ask(query).dicts()
        except QueryEnded:
            self.whole = False
            return []


def _classes(counter: _Counter) -> tuple[Class, ...]:
    to_classes, datatypes = _ends(counter.rows(_TO_CLASSES)), _ends(counter.rows(_DATATYPES))
    held: dict[str, list[ClassProperty]] = {}
    for r in counter.rows(_IN_CLASSES):
        both = (r["c"], r["p"])
        found = ClassProperty(r["p"], r["triples"], to_classes.get(both, ()), datatypes.get(both, ()))
        held.setdefault(r["c"], []).append(found)
    return tuple(
        Class(r["c"], r["entities"], tuple(sorted(held.get(r["c"], ()), key=lambda p: p.iri)))
        for r in sorted(counter.rows(_CLASSES), key=lambda r: str(r["c"]))
    )


def _ends(rows: Rows) -> Mapping[tuple[str, str], tuple[tuple[str, int], ...]]:
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for r in rows:
        found.setdefault((r["c"], r["p"]), []).append((r["d"], r["triples"]))
    return {both: tuple(sorted(ends)) for both, ends in found.items()}


def _linksets(rows: Rows, prefixes: Prefixes) -> tuple[Linkset, ...]:
    found: dict[tuple[str, str], int] = {}
    for r in rows:
        curie = prefixes.compress(r["o"])
        if curie is not None:
            both = (curie.partition(":")[0], r["p"])
            found[both] = found.get(both, 0) + r["triples"]
    return tuple(Linkset(prefix, path, n) for (prefix, path), n in sorted(found.items()))
