"""What bears a name of ours and is no record: agents, shapes, the profile, problems, graphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any

from pyoxigraph import NamedNode, RdfFormat, Triple, parse
from rdflib import URIRef

from api.chronicle import Chronicle
from api.pages.site import Site
from api.problems import PROBLEMS, STATUS
from kg.catalogue.names import PROF, ROLE
from kg.catalogue.triples import Writer
from kg.errors import KgError
from kg.profile import ONTOLOGY_GRAPH
from kg.schema.names import DCTERMS, DEFAULT_BASE, RDFS, SH, SHAPES, STEMMA, local_name

Values = list[tuple[str, str | None]]

MOST = 1000
"""Most of the records that a thing's RDF names; its JSON tells how many there are."""

_OF_HTTP = {
    "gone": (410, "The claim was retracted; the problem tells the reason."),
    "internal": (500, "Something went wrong here that is not the caller's fault."),
    "method": (405, "What is at this address does not do that; Allow tells what it does."),
    "validation": (422, "A parameter or the body is not of the type that is declared for it."),
}
"""Problems that only HTTP has, with their status."""

_SOFTWARE = "http://www.w3.org/ns/prov#SoftwareAgent"
_DESCRIPTOR = PROF + "ResourceDescriptor"


@dataclass(frozen=True)
class Thing:
    """What is told of something that is no record.

    :param facts: label, and the values: text, and the IRI behind it or ``None``.
    :param json: the same for programs.
    """

    iri: str
    kind: str
    title: str
    lead: str
    facts: tuple[tuple[str, Values], ...]
    json: Mapping[str, Any]
    triples: list[Triple]
    notes: tuple[str, ...] = ()


def find(site: Site, chronicle: Chronicle, name: str) -> Thing | None:
    """The thing that bears a name below the base; ``None`` if there is none.

    :param name: what follows the base in its IRI: ``agent/pass-1``.
    """
    kind, _, rest = name.partition("/")
    if kind in _FINDERS and rest:
        return _FINDERS[kind](site, chronicle, rest)
    return None


def _agent(site: Site, chronicle: Chronicle, name: str) -> Thing | None:
    """Software that made or decided claims, or committed."""
    iri = f"{DEFAULT_BASE}agent/{name}"
    try:
        node = NamedNode(iri)
    except ValueError:
        return None
    held: Counter[str] = Counter()

    def named() -> Iterator[tuple[str, str]]:
        for q in site.workspace.store.quads(object=node):
            held[q.predicate.value] += 1
            yield q.predicate.value, q.graph_name.value  # type: ignore[union-attr]

    told = nsmallest(MOST, named())
    work = chronicle.work(iri)
    if not told and work is None:
        return None
    to = Writer()
    to.type(iri, STEMMA + "Agent", _SOFTWARE)
    to.text(iri, RDFS + "label", name)
    for path, record in told:
        to.link(record, path, iri)
    facts: list[tuple[str, Values]] = [
        (site.teller.label(p), [(f"{n:,} records", None)]) for p, n in sorted(held.items())
    ]
    if work:
        facts += [("commits", [(f"{work.commits:,}", None)]), ("first", [(work.first, None)])]
        facts += [("last", [(work.last, None)])]
    json = {
        "id": iri,
        "curie": site.workspace.profile.prefixes.compress(iri),
        "label": name,
        "kind": "software",
        "records": {local_name(p): n for p, n in held.items()},
        "commits": {"total": work.commits, "first": work.first, "last": work.last} if work else {"total": 0},
    }
    notes = ("Software: no person stands behind a decision that only software made.",)
    return Thing(iri, "agent · software", name, "", tuple(facts), json, to.triples, notes)


def _shape(site: Site, chronicle: Chronicle, name: str) -> Thing | None:
    """A named shape, which is what the code of a finding names."""
    graph, me = site.workspace.profile.shapes_graph, URIRef(SHAPES + name)
    if not all(c.isalnum() or c in "-._" for c in name) or (me, None, None) not in graph:
        return None
    text = graph.cbd(me).serialize(format="nt")
    triples = sorted((q.triple for q in parse(input=text, format=RdfFormat.N_TRIPLES)), key=str)
    own = [t for t in triples if t.subject == NamedNode(str(me))]

    def values(predicate: str) -> list[str]:
        return [t.object.value for t in own if t.predicate.value == predicate and not isinstance(t.object, Triple)]

    message = next(iter(values(SH + "message")), "")
    facts: list[tuple[str, Values]] = [
        (site.teller.label(predicate) if label is None else label, [(site.term(v).get("label", v), v) for v in found])
        for predicate, label in (
            (SH + "path", "property"),
            (SH + "targetClass", "about"),
            (SH + "severity", "severity"),
        )
        if (found := [v for v in values(predicate) if v.startswith("http")])
    ]
    json = {
        "id": str(me),
        "code": name,
        "message": message,
        "severity": next((local_name(v) for v in values(SH + "severity")), None),
        "path": next((v for v in values(SH + "path") if v.startswith("http")), None),
    }
    return Thing(str(me), "shape", name, message, tuple(facts), json, triples)


def _profile(site: Site, chronicle: Chronicle, name: str) -> Thing | None:
    """The profile that the workspace has: which ontology, shapes and schemas are one set."""
    profile, base = site.workspace.profile, site.workspace.iris.base
    if name != profile.name:
        return None
    iri = f"{base}profile/{name}"
    parts = (
        ("ontology", ONTOLOGY_GRAPH, "vocabulary"),
        ("shapes", SHAPES.rstrip("/"), "validation"),
        ("context", base + "context.jsonld", "schema"),
    )
    to = Writer()
    to.type(iri, PROF + "Profile")
    to.text(iri, DCTERMS + "title", name)
    to.text(iri, STEMMA + "profileDigest", profile.digest)
    for part, artifact, role in parts:
        resource = f"{iri}#{part}"
        to.link(iri, PROF + "hasResource", resource)
        to.type(resource, _DESCRIPTOR)
        to.link(resource, PROF + "hasArtifact", artifact)
        to.link(resource, PROF + "hasRole", ROLE + role)
    facts: list[tuple[str, Values]] = [(part, [(artifact, artifact)]) for part, artifact, _ in parts]
    records: Values = [(word, None) for word in profile.shapes]
    json = {
        "id": iri,
        "name": name,
        "digest": profile.digest,
        "terms": len(profile.vocabulary.terms),
        "records": list(profile.shapes),
        **{part: artifact for part, artifact, _ in parts},
    }
    return Thing(iri, "profile", name, "", (*facts, ("records", records)), json, to.triples)


def _problem(site: Site, chronicle: Chronicle, name: str) -> Thing | None:
    """A kind of error: what the ``type`` of a problem names."""
    found = next((e for e in _errors(KgError) if e.code == name), None)
    if found is not None:
        lead = " ".join((found.__doc__ or "").split("\n\n")[0].split())
        status = next(STATUS[c] for c in found.__mro__ if c in STATUS)
    elif name in _OF_HTTP:
        status, lead = _OF_HTTP[name]
    else:
        return None
    iri = PROBLEMS + name
    to = Writer()
    to.text(iri, RDFS + "label", name)
    to.text(iri, RDFS + "comment", lead, language="en")
    json = {"id": iri, "code": name, "detail": lead, "status": status}
    return Thing(iri, "problem", name, lead, (("HTTP status", [(str(status), None)]),), json, to.triples)


def _errors(error: type[KgError]) -> Iterator[type[KgError]]:
    yield error
    for below in error.__subclasses__():
        yield from _errors(below)


def _graph(site: Site, chronicle: Chronicle, name: str) -> Thing | None:
    """A graph of ours that is no record, such as that of the commit number."""
    iri = site.workspace.iris.of("graph", name)
    try:
        triples = [q.triple for q in site.workspace.store.quads(graph=NamedNode(iri))]
    except ValueError:
        return None
    if not triples:
        return None
    facts: list[tuple[str, Values]] = [
        (site.teller.label(t.predicate.value), [(getattr(t.object, "value", ""), None)]) for t in triples
    ]
    json = {"id": iri, "triples": [str(t) for t in triples]}
    return Thing(iri, "graph", name, "", tuple(facts), json, triples)


_FINDERS: Mapping[str, Callable[[Site, Chronicle, str], Thing | None]] = {
    "agent": _agent,
    "shapes": _shape,
    "profile": _profile,
    "problem": _problem,
    "graph": _graph,
}
