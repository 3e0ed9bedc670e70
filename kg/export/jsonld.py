"""JSON-LD: the JSON records themselves under the context that the shapes give.

What the records' context cannot say stands beside them with prefixed names: the links between
claims and the Web Annotations. So does what stands under a nested key (``anchor.start``): contexts
within ``@nest`` came after the Recommendation of 2020, and a reader without them, such as rdflib,
would lose it. Parts and statements get the names and types that they have in the store. The
document says what the Turtle export says, to either kind of reader, with no blank node.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from kg.export.annotation import annotation
from kg.export.base import Exportable
from kg.model.node import Node
from kg.schema.context import context
from kg.schema.names import RDF_TYPE, XSD
from kg.schema.prefixes import Prefixes
from kg.schema.shapes import Kind

Json = dict[str, Any]


def records_jsonld(workspace: Exportable, nodes: Iterable[Node]) -> str:
    """Many records: a block a kind, each with that kind's context; statements stand in their claims."""
    return _text([b for b in _blocks(workspace, list(nodes)) if b["@included"]])


def record_jsonld(workspace: Exportable, node: Node, referred: Sequence[Node]) -> str:
    """One record, and what it refers to beside it."""
    others = _blocks(workspace, referred)[:-1]
    included = [*others, _extras(workspace, [node, *referred])]
    apart = [{**b, "@context": [None, b["@context"]]} for b in included if b["@included"]]
    told = {"@context": _context(workspace, str(node.shape.record)), **_record(workspace, node)}
    return _text({**told, "@included": apart} if apart else told)


def triples_jsonld(triples: Iterable[Triple], prefixes: Prefixes) -> str:
    """Any triples without blank nodes, with prefixed names."""
    return _text(_block(triples, prefixes, "@graph"))


def _blocks(workspace: Exportable, nodes: Sequence[Node]) -> list[Json]:
    kinds = dict.fromkeys(str(n.shape.record) for n in nodes if n.shape.record != "statement")
    blocks = [
        {
            "@context": _context(workspace, kind),
            "@included": [_record(workspace, n) for n in nodes if n.shape.record == kind],
        }
        for kind in kinds
    ]
    return [*blocks, _extras(workspace, nodes)]


def _context(workspace: Exportable, kind: str) -> Json:
    """The context of a kind of record, in which no nested key means anything where it stands alone."""
    found: Json = context(workspace.profile, kind, base=workspace.iris.base)["@context"]
    nested = {f.key[-1] for f in workspace.profile.shapes[kind].fields if len(f.key) > 1}
    return {**found, **dict.fromkeys(sorted(nested & found.keys()))}


def _record(workspace: Exportable, node: Node) -> Json:
    """The record with its type, its parts with the names that they have in the store."""
    if node.shape.record != "claim":
        return {"type": node.shape.record, **workspace.writer.record(node)}
    told: Json = {"type": node.shape.record, **workspace.claim_json(node)}
    told["statement"] = {"@type": workspace.profile.shapes["statement"].target, **told["statement"]}
    for f in node.shape.fields:
        if f.kind is Kind.PART and (parts := node.parts(f.path)):
            *steps, last = f.key
            holder = told
            for step in steps:
                holder = holder[step]
            written = holder[last] if f.many else [holder[last]]
            named = [{"@id": p.id, **w} for p, w in zip(parts, written, strict=True)]
            holder[last] = named if f.many else named[0]
    return told


def _extras(workspace: Exportable, nodes: Iterable[Node]) -> Json:
    """What the records' context cannot say, or not to every reader."""
    triples: list[Triple] = []
    for node in nodes:
        aside = {f.path for f in node.shape.fields if f.kind is Kind.LINK or len(f.key) > 1}
        values = {path: found for path, found in node.values.items() if path in aside}
        triples += [q.triple for q in replace(node, values=values).quads()] if values else []
        triples += annotation(node) if node.shape.record == "claim" else []
    return _block(triples, workspace.profile.prefixes, "@included")


def _block(triples: Iterable[Triple], prefixes: Prefixes, key: str) -> Json:
    """Triples as node objects with prefixed names, below their prefixes."""
    short = _Shortener(prefixes)
    subjects: dict[str, Json] = {}
    for t in triples:
        assert isinstance(t.subject, NamedNode)
        about = subjects.setdefault(t.subject.value, {"@id": t.subject.value})
        if t.predicate.value == RDF_TYPE and isinstance(t.object, NamedNode):
            about.setdefault("@type", []).append(short.name(t.object.value))
        else:
            about.setdefault(short.name(t.predicate.value), []).append(short.value(t.object))
    return {"@context": short.context(), key: list(subjects.values())}


class _Shortener:
    """Shortens IRIs to prefixed names, and knows which prefixes it used."""

    def __init__(self, prefixes: Prefixes) -> None:
        self._prefixes = prefixes
        self._used: set[str] = set()

    def name(self, iri: str) -> str:
        curie = self._prefixes.compress(iri)
        if curie is None:
            return iri
        self._used.add(curie.split(":")[0])
        return curie

    def value(self, term: object) -> dict[str, str]:
        if isinstance(term, NamedNode):
            return {"@id": self.name(term.value)}
        assert isinstance(term, Literal)
        if term.language:
            return {"@value": term.value, "@language": term.language}
        if term.datatype.value == XSD + "string":
            return {"@value": term.value}
        return {"@value": term.value, "@type": self.name(term.datatype.value)}

    def context(self) -> Json:
        # A namespace that ends in a letter or _, as OBO's do, is a prefix only if it says so.
        return {p: {"@id": self._prefixes.namespaces[p], "@prefix": True} for p in sorted(self._used)}


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
