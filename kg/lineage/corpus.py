"""The claims that count, read in one pass over the store, slim enough to hold them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import NamedNode

from kg.errors import Damaged
from kg.model.values import Atom
from kg.profile import Profile
from kg.schema.names import CLAIM, DCTERMS, RDF_TYPE, SOURCE, STEMMA
from kg.schema.shapes import Kind
from kg.store.base import Store
from kg.store.records import WITHHELD

Column = Mapping[str, tuple[str, ...]]
"""A property's values, by the IRI of the record that holds them."""

_CLAIM_PARTS = ("statement", "source", "category", "polarity", "certainty", "evidenceLevel", "evidenceType")
_REVIEW = ("reviewStatus", "reviewedBy")
_SHOWN = ("paraphrase", "attributedTo", "start", "restsOn", "snapshot")
_SOURCE_PARTS = ("kind", "published", "url", "about", "interest")
_EVIDENCE_PARTS = ("root", "assertedBy", "because")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence as a record names it: what it points to, who says so (an IRI of
    stemma:EvidenceAsserter), and why."""

    to: str
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class Teller:
    """A source. ``about`` is the entity whose record it is, such as a trial."""

    id: str
    title: str
    kind: str
    published: str | None
    url: str | None
    about: str | None
    interests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One claim that counts, with its statement's terms by property.

    Everything is an IRI but ``paraphrase`` and ``attributed``; ``start`` is the place of its words.
    ``links`` are the typed links of its record: property and end. ``read`` tells whether its words
    stand in a snapshot: of a work that was only cited, nobody here has read the whole.
    """

    id: str
    source: Teller
    statement: str
    terms: Mapping[str, tuple[str, ...]]
    category: str
    polarity: str
    certainty: str
    level: str | None
    design: str | None
    status: str
    reviewers: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    links: tuple[tuple[str, str], ...]
    paraphrase: str
    attributed: str | None
    start: int
    read: bool

    def one(self, name: str) -> str | None:
        """The first term of the statement in a property of stemma:, or ``None``."""
        found = self.terms.get(STEMMA + name)
        return found[0] if found else None


@dataclass(frozen=True)
class Corpus:
    """Every claim that counts, by IRI and sorted by it.

    :param others: the claims that do not count: what is neither proposed nor accepted.
    """

    claims: Mapping[str, Told]
    sources: Mapping[str, Teller]
    others: frozenset[str]

    @cached_property
    def of_source(self) -> Mapping[str, tuple[Told, ...]]:
        """The claims of each source, in the order of the text."""
        found = group(self.claims.values(), lambda c: c.source.id)
        return {source: tuple(sorted(cs, key=lambda c: (c.start, c.id))) for source, cs in found.items()}

    @cached_property
    def _by_url(self) -> Mapping[str, Teller]:
        return {s.url: s for s in self.sources.values() if s.url}

    def source_of(self, iri: str) -> Teller | None:
        """The source that goes by an IRI, as its name or as the address where it was found."""
        return self.sources.get(iri) or self._by_url.get(iri)

    @staticmethod
    def read(store: Store, profile: Profile) -> Corpus:
        """Read every claim, once through the store for each property that is needed."""
        return _Reader(store, profile).corpus()


def group(items: Iterable[Told], key: Callable[[Told], str]) -> dict[str, list[Told]]:
    """Claims by a key, in their order."""
    found: dict[str, list[Told]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


class _Reader:
    def __init__(self, store: Store, profile: Profile) -> None:
        self._store, self._profile = store, profile
        self._links = [f.path for f in profile.shapes["claim"].fields if f.kind is Kind.LINK]
        self._terms = [f.path for f in profile.shapes["statement"].fields if f.kind is Kind.TERM]

    def corpus(self) -> Corpus:
        claim = {n: self._column(STEMMA + n) for n in (*_CLAIM_PARTS, *_REVIEW, *_SHOWN)}
        part = {n: self._column(STEMMA + n, parts=True) for n in _EVIDENCE_PARTS}
        links = {path: self._column(path) for path in self._links}
        terms = {path: self._column(path) for path in self._terms}
        sources, kept = self._sources(), self._ids(CLAIM)
        said = {s: {p: c[s] for p, c in terms.items() if s in c} for s in {_one(claim["statement"], id) for id in kept}}
        claims = {id: _told(id, claim, part, links, said, sources) for id in kept}
        return Corpus(claims, sources, frozenset(self._ids(WITHHELD)))

    def _sources(self) -> dict[str, Teller]:
        column = {n: self._column(STEMMA + n) for n in _SOURCE_PARTS}
        title = self._column(DCTERMS + "title")
        return {
            id: Teller(
                id=id,
                title=_one(title, id),
                kind=_one(column["kind"], id),
                published=_maybe(column["published"], id),
                url=_maybe(column["url"], id),
                about=_maybe(column["about"], id),
                interests=column["interest"].get(id, ()),
            )
            for id in self._ids(SOURCE)
        }

    def _ids(self, cls: str) -> list[str]:
        quads = self._store.quads(predicate=NamedNode(RDF_TYPE), object=NamedNode(cls))
        return sorted(q.subject.value for q in quads if q.subject == q.graph_name and isinstance(q.subject, NamedNode))

    def _column(self, path: str, *, parts: bool = False) -> Column:
        """The values of a property; of records, whose graph bears their name, or of their parts."""
        found: dict[str, tuple[str, ...]] = {}
        for subject, _, value, graph in self._store.quads(predicate=NamedNode(path)):
            if (subject == graph) != parts and isinstance(subject, NamedNode) and isinstance(value, Atom):
                id = subject.value
                found[id] = tuple(sorted((*found[id], value.value))) if id in found else (value.value,)
        return found


def _told(
    id: str,
    claim: Mapping[str, Column],
    part: Mapping[str, Column],
    links: Mapping[str, Column],
    said: Mapping[str, Mapping[str, tuple[str, ...]]],
    sources: Mapping[str, Teller],
) -> Told:
    statement = _one(claim["statement"], id)
    pieces = claim["restsOn"].get(id, ())
    source = sources.get(_one(claim["source"], id))
    if source is None or statement not in said:  # the gate lets no claim in without them
        raise Damaged("the claim's statement or source is missing from the store", where=id)
    return Told(
        id=id,
        source=source,
        statement=statement,
        terms=said[statement],
        category=_one(claim["category"], id),
        polarity=_one(claim["polarity"], id),
        certainty=_one(claim["certainty"], id),
        level=_maybe(claim["evidenceLevel"], id),
        design=_maybe(claim["evidenceType"], id),
        status=_one(claim["reviewStatus"], id),
        reviewers=claim["reviewedBy"].get(id, ()),
        evidence=tuple(
            Evidence(_one(part["root"], p), _one(part["assertedBy"], p), _one(part["because"], p)) for p in pieces
        ),
        links=tuple((path, to) for path, column in links.items() for to in column.get(id, ())),
        paraphrase=_one(claim["paraphrase"], id),
        attributed=_maybe(claim["attributedTo"], id),
        start=int(_one(claim["start"], id) or 0),
        read=id in claim["snapshot"],
    )


def _one(column: Column, id: str) -> str:
    found = column.get(id)
    return found[0] if found else ""


def _maybe(column: Column, id: str) -> str | None:
    return _one(column, id) or None
