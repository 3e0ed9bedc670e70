"""A claim's anchor in the full form of the W3C Web Annotation Data Model.

A record keeps its anchor flat on the claim; an export for reading tells it to the tools that know
Web Annotation. Every node of it is named below the claim's IRI, so there is no blank node.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from kg.model.node import Node
from kg.model.values import Atom
from kg.schema.names import DCTERMS, OA, RDF, RDF_TYPE, STEMMA, XSD

JSON_POINTER = "http://tools.ietf.org/rfc/rfc6901"
"""What a fragment selector conforms to in the snapshot of a record (RFC 6901)."""

_DIGESTS = (STEMMA + "exact", STEMMA + "before", STEMMA + "after")


def annotation(claim: Node) -> list[Triple]:
    """The annotation of a claim: its body is the claim, its target the words.

    :returns: an ``oa:Annotation`` whose target is a place in the snapshot, or the cited work if
        no snapshot was ever taken. The words are named by their digest, never quoted.
    """
    me = NamedNode(claim.id + "#annotation")
    told = [
        _triple(me, RDF_TYPE, NamedNode(OA + "Annotation")),
        _triple(me, OA + "motivatedBy", NamedNode(OA + "describing")),
        _triple(me, OA + "hasBody", NamedNode(claim.id)),
    ]
    made = {STEMMA + "agent": DCTERMS + "creator", STEMMA + "at": DCTERMS + "created"}
    told += [_triple(me, made[p], v) for p in made for v in _atoms(claim, p)]
    snapshot = claim.one(STEMMA + "snapshot")
    if snapshot is None:
        return [*told, *(_triple(me, OA + "hasTarget", v) for v in _atoms(claim, STEMMA + "cites"))]
    target, selector = NamedNode(claim.id + "#target"), NamedNode(claim.id + "#selector")
    return [
        *told,
        _triple(me, OA + "hasTarget", target),
        _triple(target, RDF_TYPE, NamedNode(OA + "SpecificResource")),
        _triple(target, OA + "hasSource", NamedNode(snapshot)),
        _triple(target, OA + "hasSelector", selector),
        *_selector(claim, selector),
    ]


def _selector(claim: Node, me: NamedNode) -> Iterator[Triple]:
    """Where the words stand: code points of a text, or a string of a record and code points in it."""
    pointer = claim.one(STEMMA + "pointer")
    if pointer is None:
        yield from _position(claim, me)
        return
    yield _triple(me, RDF_TYPE, NamedNode(OA + "FragmentSelector"))
    yield _triple(me, DCTERMS + "conformsTo", NamedNode(JSON_POINTER))
    yield _triple(me, RDF + "value", Literal(pointer))
    if claim.one(STEMMA + "end") is None:
        yield from _digests(claim, me)
        return
    inner = NamedNode(claim.id + "#refinement")
    yield _triple(me, OA + "refinedBy", inner)
    yield from _position(claim, inner)


def _position(claim: Node, me: NamedNode) -> Iterator[Triple]:
    yield _triple(me, RDF_TYPE, NamedNode(OA + "TextPositionSelector"))
    for name in ("start", "end"):
        offset = claim.one(STEMMA + name) or "0"
        yield _triple(me, OA + name, Literal(offset, datatype=NamedNode(XSD + "nonNegativeInteger")))
    yield from _digests(claim, me)


def _digests(claim: Node, me: NamedNode) -> Iterator[Triple]:
    return (_triple(me, path, value) for path in _DIGESTS for value in _atoms(claim, path))


def _atoms(claim: Node, path: str) -> Iterator[Atom]:
    return (v for v in claim.values.get(path, ()) if not isinstance(v, Node))


def _triple(subject: NamedNode, predicate: str, value: Atom) -> Triple:
    return Triple(subject, NamedNode(predicate), value)
