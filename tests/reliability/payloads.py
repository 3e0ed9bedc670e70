"""Payloads that must not get in, made by rule from records that may: as JSON, as quads and as updates.

Each is a valid record, or an edit of one, with one thing wrong. The kinds are those that got past a
SHACL gate in the measurements this project began with, and every mutation of the same sort for every
property. Who proposes and when are left out: a door writes there what it knows itself.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

from kg.model.digest import digest
from kg.schema.names import CLAIM, OWL, RDF, RDF_TYPE, RDFS, SNAPSHOT, SOURCE, STEMMA, XSD
from reliability.material import ALS, IRIS, MSC, REVIEWER, STATEMENTS, TEXT, Record, claim, source_of

NOWHERE = "https://example.org/nobody"
NEW, OLD = "rootless", "first-1"
"""The claim that would be new, and the one that is there and would be edited."""
OTHER_TEXT = "Another page, of another keeper, which says nothing of the kind.\n"


@dataclass(frozen=True)
class Payload:
    """One payload.

    :param record: as JSON; ``quads``: as quads; ``update``: as SPARQL. One of them is given.
    :param keep_review: whether it is sent as history whose decisions are kept.
    """

    name: str
    record: Any = None
    quads: tuple[Quad, ...] = ()
    update: str = ""
    keep_review: bool = False


# ---- as JSON

BLANK: tuple[Any, ...] = (None, {}, [], True, "", " ", "\u200b", "\u00ad", "\ufeff")
ODD: tuple[Any, ...] = (5, -1, 1.5, "nonsense", [[]], [{}], {"id": None}, {"id": 5}, {"@id": MSC}, {"@value": "x"})
FAR: tuple[Any, ...] = (
    "javascript:alert(1)",
    "data:text/html,said",
    "file:///etc/passwd",
    "urn:x:y",
    "_:b",
    NOWHERE,
    "https://w3id.org/stemma/",
    "https://w3id.org/stemma/ontology/Source",
    "owl:Thing",
    "rdf:nil",
    "https://example.org/a b",
    "https://example.org/<x>",
)
_LISTED: tuple[Any, ...] = ("stemma:Claim", "affirme", "\u0430ffirmed", "hedged\u200b", "HEDGED!", ["a", "b"])
_TERMS: tuple[Any, ...] = ("CL:9999999", MSC + "\u200b", "CL:134", "stemma:slows", [MSC, ALS], IRIS.of("claim", OLD))
_RELATIONS: tuple[Any, ...] = ("rdf:type", "owl:sameAs", "stemma:source", "stemma:slow", MSC, "stemma:Claim")
_DIGESTS: tuple[Any, ...] = ("sha256:" + "0" * 64, "sha256:xyz", "md5:" + "0" * 32, "0" * 64, "sha256:" + "G" * 64)
WRONG: dict[str, Sequence[Any]] = {
    "category": (*BLANK, *ODD, *FAR, *_LISTED),
    "polarity": (*BLANK, *ODD, *FAR, *_LISTED),
    "certainty": (*BLANK, *ODD, *FAR, *_LISTED),
    "paraphrase": (None, {}, [], True, "", 5, ["a", "b"], {"@value": "x", "@language": "en"}, [[]]),
    "statement": (*BLANK, *ODD, *FAR, [{}, {}], {"id": IRIS.of("statement", "0" * 32)}),
    "statement.subject": (*BLANK, *ODD, *FAR, *_TERMS),
    "statement.object": (*BLANK, *ODD, *FAR, *_TERMS),
    "statement.relation": (*BLANK, *ODD, *FAR, *_RELATIONS),
    "statement.quantity": ({"low": "1", "high": "1", "unit": "{person}"}, 5, "1", {"low": "x"}, [{}]),
    "statement.qualifiers": (5, "x", [1], {"nonsense": MSC}, {"disease": ALS}, {"route": 5}, {"followUp": "3 months"}),
    "statement.qualifiers.cellSource": (True, "", " ", "\u200b", *ODD, *FAR, *_TERMS),
    "source": (*BLANK, *ODD, *FAR, [source_of(TEXT), source_of(OTHER_TEXT)]),
    "source.id": (
        *BLANK,
        *FAR,
        5,
        source_of(OTHER_TEXT),
        source_of(TEXT) + "\u200b",
        source_of(TEXT) + " ",
        source_of(TEXT).replace("https", "http"),
        source_of(TEXT).upper(),
        source_of(TEXT) + "/",
        source_of(TEXT) + "#x",
        IRIS.of("claim", NEW),
        IRIS.of("claim", OLD),
        IRIS.snapshot(digest(TEXT)),
        MSC,
        SOURCE,
    ),
    "anchor": (*BLANK, *ODD, *FAR, [{}, {}]),
    "anchor.snapshot": (*BLANK, *ODD, *FAR, *_DIGESTS, digest(OTHER_TEXT), source_of(TEXT)),
    "anchor.start": (*BLANK, -1, 1.5, 10**9, 2**63, "x", [], [1, 2], 0, 56, 9999),
    "anchor.end": (*BLANK, -1, 1.5, 10**9, 2**63, "x", [], [1, 2], 0, 1, 93),
    "anchor.exact": (*BLANK, *ODD, *FAR, *_DIGESTS),
    "anchor.before": ("", " ", *ODD, *_DIGESTS[1:]),
    "anchor.cites": ("https://doi.org/10.1002/mus.27472", NOWHERE),
    "anchor.pointer": ("/a", "nonsense", 5),
    "links": (
        [{"type": "repeats", "to": IRIS.of("claim", NEW)}],
        [{"type": "repeats", "to": IRIS.of("claim", "nobody")}],
        [{"type": "repeats", "to": "javascript:alert(1)"}],
        [{"type": "hates", "to": IRIS.of("claim", OLD)}],
        [{"to": IRIS.of("claim", OLD)}],
        [{"type": "repeats"}],
        "x",
        [5],
    ),
    "mentions": (
        [{"curie": ALS, "start": 0, "end": 3}],
        [{"curie": ALS, "start": 60, "end": 58}],
        [{"curie": "MONDO:9999999", "start": 56, "end": 58}],
        [{"start": 56, "end": 58}],
        [{"curie": ALS}],
        [5],
    ),
    "restsOn": ([{"id": "javascript:alert(1)"}], [{"id": IRIS.of("claim", "nobody")}], [{"id": 5}], [5], [{}]),
    "evidence": ({"level": "nonsense"}, {"design": 5}, 5, {"nonsense": 1}),
    "type": ("Claim", "", 5, ["claim", "source"], "statement", "\u0441laim", "claim ", CLAIM, {}, True),
    "trust": (1, True, "me", {}, None),
    "@type": ("stemma:Source", "Claim"),
    "@graph": ([], [{}]),
    "rdf:type": ("stemma:Source",),
    "verification": ("verified",),
    "statement.label": ("x",),
    "statement.polarity": ("affirmed",),
    "anchor.quote": (5,),
}
IDS: tuple[Any, ...] = (
    *(5, True, [], {}, " ", "a b", "a<b>", 'a"b', "\u200b"),
    *FAR,
    "https://w3id.org/stemma/claim/",
    "http://w3id.org/stemma/claim/x",
    "https://w3id.org/stemma/claims/x",
    "https://w3id.org/stemma/Claim/x",
    IRIS.of("source", "x"),
    IRIS.of("statement", "0" * 32),
    IRIS.snapshot(digest(TEXT)),
    source_of(TEXT),
)
VERSIONS: tuple[Any, ...] = (None, 0, 2, 99, -1, "one", 1.5, True, [], {}, 2**70)
ACCEPTED: Record = {"status": "accepted", "by": [REVIEWER], "at": "2026-02-01T00:00:00Z"}
REVIEWS: tuple[Any, ...] = (
    {**ACCEPTED, "by": ["agent:pass-1"]},
    {**ACCEPTED, "by": [REVIEWER, "agent:pass-1"]},
    {"status": "accepted"},
    {**ACCEPTED, "by": []},
    {**ACCEPTED, "by": ["everyone we asked"]},
    {**ACCEPTED, "by": [5]},
    {**ACCEPTED, "status": "rejected"},
    {**ACCEPTED, "status": "retracted"},
    {**ACCEPTED, "status": "superseded"},
    {**ACCEPTED, "status": "true"},
    {**ACCEPTED, "status": "acc\u0435pted"},
    {**ACCEPTED, "status": ["accepted", "proposed"]},
    {**ACCEPTED, "at": "yesterday"},
    {**ACCEPTED, "by": ["orcid:0000-0002-1825-0098"]},
    {**ACCEPTED, "reason": "nonsense"},
    {**ACCEPTED, "nonsense": 1},
)
SOURCES: tuple[Record, ...] = (
    {"kind": "news"},
    {"title": "T"},
    {"kind": "nonsense", "title": "T"},
    {"kind": ["news", "web-page"], "title": "T"},
    {"kind": "news", "title": ""},
    {"kind": "news", "title": ["a", "b"]},
    {"kind": "news", "title": 5},
    {"kind": "news", "title": "T", "url": "javascript:alert(1)"},
    {"kind": "news", "title": "T", "url": "file:///etc/passwd"},
    {"kind": "news", "title": "T", "url": "x"},
    {"kind": "news", "title": "T", "published": "soon"},
    {"kind": "news", "title": "T", "published": "2026-02-31"},
    {"kind": "news", "title": "T", "nonsense": 1},
    {"kind": "news", "title": "T", "polarity": "affirmed"},
    {"kind": "news", "title": "T", "about": "nonsense"},
    {"kind": "news", "title": "T", "id": IRIS.of("claim", "x")},
    {"kind": "news", "title": "T", "id": NOWHERE},
    {"kind": "news", "title": "Mine now", "id": source_of(TEXT)},
    {"kind": "news", "title": "Mine now", "id": source_of(TEXT), "version": 99},
)
SNAPSHOTS: tuple[Record, ...] = (
    {},
    {"id": "sha256:" + "a" * 64},
    {"id": "sha256:" + "a" * 64, "length": 5},
    {"id": "sha256:" + "a" * 64, "length": 5, "source": []},
    {"id": "sha256:" + "a" * 64, "length": 5, "source": [NOWHERE]},
    {"id": "sha256:" + "a" * 64, "length": 5, "source": [IRIS.of("claim", OLD)]},
    {"id": "sha256:" + "a" * 64, "length": -5, "source": [source_of(TEXT)]},
    {"id": "sha256:" + "a" * 64, "length": "x", "source": [source_of(TEXT)]},
    {"id": "sha256:" + "a" * 64, "source": [source_of(TEXT)]},
    {"id": "sha256:short", "length": 5, "source": [source_of(TEXT)]},
    {"id": digest(TEXT), "length": 5, "source": [source_of(TEXT)]},
    {"id": digest(TEXT), "length": 5, "source": [source_of(TEXT)], "version": 1},
    {"id": digest(TEXT), "length": len(TEXT), "source": [source_of(OTHER_TEXT)], "version": 1},
)


def new() -> Record:
    """A valid claim that is not in yet; no other makes its statement."""
    return claim(NEW, "Said.", 0, statement={**STATEMENTS[0], "qualifiers": {"followUp": "P7M"}})


def _json() -> Iterator[Payload]:
    for path, values in WRONG.items():
        for value in values:
            yield Payload(f"{path} is {_shown(value)}", _with(new(), path, value))
    for path in ("category", "paraphrase", "polarity", "certainty", "statement", "source", "anchor"):
        record = new()
        del record[path]
        yield Payload(f"no {path}", record)
    for value in IDS:
        yield Payload(f"id is {_shown(value)}", {**new(), "id": value})
    for value in VERSIONS:
        record = {**claim(OLD, "Edited by a stranger.", 1), "version": value}
        yield Payload(f"another's claim at version {_shown(value)}", record)
    for review in REVIEWS:
        yield Payload(f"review {_shown(review)}", {**new(), "review": review}, keep_review=True)
    for source in SOURCES:
        yield Payload(f"source {_shown(source)}", {"type": "source", **source})
    for snapshot in SNAPSHOTS:
        yield Payload(f"snapshot {_shown(snapshot)}", {"type": "snapshot", **snapshot})
    for record in (5, "x", None, [], [[]], True, {"type": "statement", "subject": MSC}):
        yield Payload(f"a record that is {_shown(record)}", record)


def _with(record: Record, path: str, value: Any) -> Record:
    made = copy.deepcopy(record)
    *steps, last = path.split(".")
    inside = made
    for step in steps:
        inside = inside.setdefault(step, {})
    inside[last] = value
    return made


def _shown(value: Any) -> str:
    return ascii(value)[:60]


# ---- as quads

ME = {name: NamedNode(IRIS.of("claim", name)) for name in (NEW, OLD)}
TYPE = NamedNode(RDF_TYPE)
FACT = Triple(
    NamedNode("http://purl.obolibrary.org/obo/CL_0000134"),
    NamedNode(STEMMA + "slows"),
    NamedNode("http://purl.obolibrary.org/obo/MONDO_0004976"),
)
_OPTIONAL = frozenset(NamedNode(STEMMA + n) for n in ("before", "after"))
_OWN = frozenset(NamedNode(STEMMA + n) for n in ("agent", "at", "version", "reviewStatus"))


def _n(text: str) -> NamedNode:
    return NamedNode(text)


def _instead(quad: Quad) -> Iterator[Any]:
    """Terms that may not stand where one of a record does."""
    yield from (
        Literal(""),
        Literal("x", language="en"),
        Literal("x", datatype=_n("https://example.org/type")),
        Literal("maybe", datatype=_n(XSD + "boolean")),
        Literal("-7", datatype=_n(XSD + "integer")),
        Literal("9" * 400, datatype=_n(XSD + "integer")),
        Literal("2026-99-99", datatype=_n(XSD + "date")),
        BlankNode("b"),
        _n("javascript:alert(1)"),
        _n(NOWHERE),
        _n("urn:x:y"),
        _n(RDF + "nil"),
        FACT,
    )
    if isinstance(quad.object, NamedNode):
        yield Literal(quad.object.value)
        yield _n(quad.object.value + "\u200b")
        yield quad.subject
    elif isinstance(quad.object, Literal):
        yield Literal(quad.object.value, language="de")


def _quads(base: dict[str, tuple[Quad, ...]]) -> Iterator[Payload]:
    """What may not come as quads.

    :param base: by name of the claim, quads that might.
    """
    for name, quads in base.items():
        kind = "new" if name == NEW else "edited"
        for quad in quads:
            if quad.predicate in _OWN:
                continue
            rest = tuple(q for q in quads if q != quad)
            about = f"{quad.predicate.value.rpartition('/')[2].rpartition('#')[2]} of the {_record(quad)}, {kind}"
            if quad.predicate not in _OPTIONAL:
                yield Payload(f"no {about}", quads=rest)
            for term in _instead(quad):
                other = Quad(quad.subject, quad.predicate, term, quad.graph_name)
                yield Payload(f"{_shown(str(term))} as {about}", quads=(*rest, other))
                yield Payload(f"{_shown(str(term))} too as {about}", quads=(*quads, other))
        yield from _smuggled(ME[name], quads, kind)


def _record(quad: Quad) -> str:
    return quad.subject.value.split("/")[-2]  # type: ignore[union-attr]


def _smuggled(me: NamedNode, quads: tuple[Quad, ...], kind: str) -> Iterator[Payload]:
    """Quads that come along with a record."""
    foreign, ontology, marks = _n(NOWHERE), _n(STEMMA.rstrip("/")), _n(IRIS.of("graph", "commit"))
    other, page = _n(IRIS.of("claim", "first-2")), _n(source_of(TEXT))
    triples = (
        tuple(FACT),
        (foreign, TYPE, _n(SOURCE)),
        (foreign, TYPE, _n(CLAIM)),
        (me, TYPE, _n(SOURCE)),
        (me, TYPE, _n(SNAPSHOT)),
        (me, TYPE, _n(CLAIM.replace("https", "http"))),
        (_n("https://example.org/Page"), _n(RDFS + "subClassOf"), _n(SOURCE)),
        (foreign, _n(OWL + "sameAs"), page),
        (me, _n(STEMMA + "slows"), FACT.object),
        (me, _n(NOWHERE), Literal("x")),
        (me, _n(STEMMA + "reviewedBy"), _n("https://w3id.org/stemma/agent/pass-2")),
        (_n(STEMMA + "source"), _n(RDFS + "range"), _n(SOURCE)),
        (_n("https://w3id.org/stemma/shapes/Claim-source"), _n("http://www.w3.org/ns/shacl#deactivated"), _TRUE),
        (_n(IRIS.base), _n(STEMMA + "commit"), Literal("99", datatype=_n(XSD + "integer"))),
        (BlankNode("b"), TYPE, _n(CLAIM)),
        (me, _n(RDF + "reifies"), FACT),
    )
    for triple in triples:
        for graph in (me, other, page, foreign, ontology, marks, DefaultGraph(), _n(IRIS.of("claim", "elsewhere"))):
            if triple[2] == _n(CLAIM) and graph == me and triple[0] == me:
                continue
            if triple[1] == _n(STEMMA + "reviewedBy") and graph in (me, DefaultGraph()) and kind == "new":
                continue  # a decision that comes along with a new claim is left behind, and the claim is proposed
            extra = Quad(*triple, graph)
            where = "the default graph" if isinstance(graph, DefaultGraph) else graph.value[-30:]
            yield Payload(f"{_shown(str(extra.triple))} in {where}, {kind}", quads=(*quads, extra))


_TRUE = Literal("true", datatype=_n(XSD + "boolean"))

# ---- as updates


def _updates() -> Iterator[Payload]:
    claims = [IRIS.of("claim", f"first-{i}") for i in range(3)]
    page, snapshot = source_of(TEXT), IRIS.snapshot(digest(TEXT))
    whole = "?s ?p ?o"
    for graph in (*claims, page, snapshot, STEMMA.rstrip("/"), IRIS.of("graph", "commit")):
        yield Payload(
            f"everything of {graph[-30:]} deleted", update=f"DELETE WHERE {{ GRAPH <{graph}> {{ {whole} }} }}"
        )
        for verb in ("DROP", "CLEAR"):
            yield Payload(f"{verb} {graph[-30:]}", update=f"{verb} GRAPH <{graph}>")
        for verb in ("COPY", "MOVE", "ADD"):
            yield Payload(f"{verb} {graph[-30:]}", update=f"{verb} <{graph}> TO <{NOWHERE}>")
            yield Payload(f"{verb} {graph[-30:]} to a claim", update=f"{verb} <{graph}> TO <{IRIS.of('claim', 'x')}>")
        part = f"GRAPH <{graph}> {{ ?s a ?t }}"
        yield Payload(f"the type of {graph[-30:]} deleted", update=f"DELETE {{ {part} }} WHERE {{ {part} }}")
    for name in ("source", "statement", "polarity", "snapshot", "exact", "category"):
        part = f"GRAPH ?g {{ ?s <{STEMMA}{name}> ?o }}"
        yield Payload(f"every {name} deleted", update=f"DELETE {{ {part} }} WHERE {{ {part} }}")
        wrong = f"GRAPH ?g {{ ?s <{STEMMA}{name}> <{NOWHERE}> }}"
        yield Payload(f"every {name} is another", update=f"DELETE {{ {part} }} INSERT {{ {wrong} }} WHERE {{ {part} }}")
        yield Payload(f"every {name} twice", update=f"INSERT {{ {wrong} }} WHERE {{ {part} }}")
    for status, by in (("accepted", "pass-2"), ("accepted", "pass-1"), ("rejected", "pass-2"), ("retracted", "x")):
        said = f"<{STEMMA}reviewStatus> <{STEMMA}{status}> ; <{STEMMA}reviewedBy> <{IRIS.of('agent', by)}>"
        for graph in claims:
            old = f"GRAPH <{graph}> {{ <{graph}> <{STEMMA}reviewStatus> ?o }}"
            new = f"GRAPH <{graph}> {{ <{graph}> {said} }}"
            text = f"DELETE {{ {old} }} INSERT {{ {new} }} WHERE {{ {old} }}"
            yield Payload(f"{graph[-10:]} is {status} by {by}", update=text)
    for version in ("7", "0", "-1"):
        old = f"GRAPH <{claims[0]}> {{ ?s <{STEMMA}version> ?o }}"
        new = f"GRAPH <{claims[0]}> {{ ?s <{STEMMA}version> {version} }}"
        yield Payload(f"version {version}", update=f"DELETE {{ {old} }} INSERT {{ {new} }} WHERE {{ {old} }}")
    yield Payload("DROP ALL", update="DROP ALL")
    yield Payload("CLEAR NAMED", update="CLEAR NAMED")
    yield Payload("LOAD a file", update="LOAD <file:///etc/passwd>")
    yield Payload("LOAD a page", update="LOAD <http://127.0.0.1:9/x> INTO GRAPH <https://w3id.org/stemma/claim/x>")
    yield Payload(
        "SERVICE", update=f"INSERT {{ GRAPH ?g {{ {whole} }} }} WHERE {{ SERVICE <http://127.0.0.1:9/> {{ {whole} }} }}"
    )


def payloads(base: dict[str, tuple[Quad, ...]]) -> list[Payload]:
    """Every payload, each once."""
    made = {p.name: p for p in (*_json(), *_quads(base), *_updates())}
    return list(made.values())
