"""RDF that comes from outside, as quads: limits before the parser, and nothing fetched.

Blank nodes get new labels that no other document has, and literals the spelling that the store
keeps. Nesting is counted before the parser sees a text, as deep nesting costs it seconds and
gigabytes; a document type declaration, which could make a kilobyte a gigabyte, is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, Quad, RdfFormat, Store, Triple, parse

from kg.document.read import read_bytes
from kg.errors import DocumentError, UsageError
from kg.report import Finding, Report

MEDIA = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/n-quads": RdfFormat.N_QUADS,
    "application/trig": RdfFormat.TRIG,
}
"""Media types of RDF that are read."""

SUFFIXES = {
    ".ttl": "text/turtle",
    ".nt": "application/n-triples",
    ".rdf": "application/rdf+xml",
    ".jsonld": "application/ld+json",
    ".nq": "application/n-quads",
    ".trig": "application/trig",
}
"""How files of RDF are named, and the media type of each."""

_DATASETS = (RdfFormat.N_QUADS, RdfFormat.TRIG)


@dataclass(frozen=True, slots=True)
class Limits:
    """What is read at most.

    :param bytes: size of the text; ``quads``: how many come of it; ``depth``: of brackets or
        elements in one another; ``quoted``: how often ``<<`` may stand in it.
    """

    bytes: int = 64 << 20
    quads: int = 500_000
    depth: int = 64
    quoted: int = 1000


_TURTLE = re.compile(
    rb'''"""(?:[^"\\]|\\.|"(?!""))*+"""|\'{3}(?:[^'\\]|\\.|'(?!''))*+\'{3}|"(?:[^"\\\n\r]|\\.)*+"'''
    rb"""|'(?:[^'\\\n\r]|\\.)*+'|#[^\n\r]*|<[^<>"{}|^`\x00-\x20]*>|\\.|(?P<open>[(\[{])|(?P<close>[)\]}])""",
    re.DOTALL,
)
_JSON = re.compile(rb'"(?:[^"\\]|\\.)*+"|(?P<open>[\[{])|(?P<close>[\]}])|(?P<broken>")', re.DOTALL)
_XML = re.compile(
    rb"""<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|(?P<broken><!--|<!\[CDATA\[|<\?)|(?P<close></)"""
    rb"""|<[^<>"'/!]*+(?:/(?!>)|"[^"<]*+"|'[^'<]*+'|[^<>"'/])*+/>|(?P<open><[A-Za-z_:\x80-\xff])""",
    re.DOTALL,
)
_NESTING = {
    RdfFormat.TURTLE: _TURTLE,
    RdfFormat.TRIG: _TURTLE,
    RdfFormat.JSON_LD: _JSON,
    RdfFormat.RDF_XML: _XML,
}


def parse_payload(
    data: bytes,
    media: str,
    *,
    base: str | None = None,
    dataset: bool = False,
    contexts: Mapping[str, Any] | None = None,
    limits: Limits = Limits(),
    where: str = "",
) -> list[Quad]:
    """Read RDF of a media type.

    :param media: one of :data:`MEDIA`; parameters behind ``;`` are not looked at.
    :param base: what relative IRIs are resolved against.
    :param dataset: whether named graphs may stand in it.
    :param contexts: the JSON-LD contexts that are known, by their IRI; none is fetched.
    :param where: what to call the text in findings.
    :returns: each quad once, in no order.
    :raises UsageError: if the media type is not known, or means a dataset where a graph is wanted.
    :raises DocumentError: with line and column, if it is not of that type, or beyond the limits.
    :raises Refused: if it holds what is no RDF 1.1: triple terms, or text with a direction.
    """
    name = media.split(";")[0].strip().lower()
    format = MEDIA.get(name)
    if format is None:
        raise UsageError("this is no media type of RDF", where=media, hint=f"Known: {', '.join(MEDIA)}.")
    if format in _DATASETS and not dataset:
        raise UsageError("this media type holds graphs with names, and one graph is wanted", where=media)
    _check(data, format, limits, where)
    if format is RdfFormat.JSON_LD:
        data = _with_contexts(data, contexts or {}, where)
    found = _parsed(data, format, base, limits, where)
    findings = [Finding("term-kind", told, where, value=str(q)[:120]) for q in found if (told := odd_term(q))]
    Report.of(findings[:100]).raise_for_violations()
    if not dataset and any(not isinstance(q.graph_name, DefaultGraph) for q in found):
        raise DocumentError("the payload names graphs, and one graph is wanted", where=where)
    return found


def file_quads(path: object) -> list[Quad]:
    """Read a file of RDF for a workspace that takes any; relative IRIs are those of no place.

    :raises UsageError: if it is no file of RDF: there are no records here.
    :raises DocumentError: as :func:`parse_payload`, or if it cannot be read.
    """
    known = ", ".join(SUFFIXES)
    if not isinstance(path, Path | str):
        raise UsageError("this workspace takes RDF, not records", hint=f"Give a file: {known}.")
    media = SUFFIXES.get(Path(path).suffix.lower())
    if media is None:
        message = "this workspace takes RDF, not records; the name of the file tells of none"
        raise UsageError(message, where=str(path), hint=f"Known: {known}.")
    return parse_payload(read_bytes(Path(path)), media, dataset=True, where=str(path))


def odd_term(quad: Quad) -> str | None:
    """What of a quad is not of RDF 1.1, as it is taken here."""
    for term in (quad.subject, quad.object):
        if isinstance(term, Triple):
            return "triple terms are not taken"
        if isinstance(term, Literal) and term.direction is not None:
            return "texts with a direction are not taken"
    return "a graph is named by an IRI" if isinstance(quad.graph_name, BlankNode) else None


def kept(quads: Iterable[Quad]) -> list[Quad]:
    """Quads as the store keeps them, each once."""
    store = Store()
    store.extend(quads)
    return list(store)


def _parsed(data: bytes, format: RdfFormat, base: str | None, limits: Limits, where: str) -> list[Quad]:
    try:
        parser = parse(input=data, format=format, base_iri=base, rename_blank_nodes=True)
        found = list(islice(parser, limits.quads + 1))
    except SyntaxError as e:
        raise DocumentError(f"this is no {format.name}: {_first(e)}", where=where) from None
    except (ValueError, OSError) as e:
        raise DocumentError(f"this cannot be read as {format.name}: {_first(e)}", where=where) from None
    if len(found) > limits.quads:
        raise DocumentError(f"there are more than {limits.quads:,} quads", where=where, hint="Send it in parts.")
    return kept(found)


def _check(data: bytes, format: RdfFormat, limits: Limits, where: str) -> None:
    """Refuse what no parser should see."""
    if len(data) > limits.bytes:
        raise DocumentError(f"there are {len(data):,} bytes; at most {limits.bytes:,} are read", where=where)
    if b"\x00" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DocumentError("the text is not UTF-8", where=where)
    if data.count(b"<<") > limits.quoted:  # the parser can be crashed by nesting them
        raise DocumentError("the text is full of triple terms, which are not taken", where=where)
    if format is RdfFormat.RDF_XML and re.search(rb"<!\s*(?:DOCTYPE|ENTITY)", data, re.IGNORECASE):
        raise DocumentError("a document type declaration is not taken", where=where, hint="Leave out <!DOCTYPE …>.")
    nesting = _NESTING.get(format)
    depth = 0
    for found in nesting.finditer(data) if nesting else ():
        if found.lastgroup == "open":
            depth += 1
            if depth > limits.depth:
                line = data.count(b"\n", 0, found.start()) + 1
                raise DocumentError(f"line {line}: nested more than {limits.depth} deep", where=where)
        elif found.lastgroup == "close":
            depth -= 1
        elif found.lastgroup == "broken":
            raise DocumentError(f"this is no {format.name}: something is not closed", where=where)


def _with_contexts(data: bytes, contexts: Mapping[str, Any], where: str) -> bytes:
    """The JSON with known contexts put in; a context that is not known is refused, never fetched."""
    try:
        value = json.loads(data, parse_constant=_no_constant)
    except ValueError as e:
        raise DocumentError(f"this is no JSON: {_first(e)}", where=where) from None
    return json.dumps(_filled(value, contexts, where), ensure_ascii=False).encode("utf-8", "surrogatepass")


def _filled(value: Any, contexts: Mapping[str, Any], where: str) -> Any:
    if isinstance(value, list):
        return [_filled(v, contexts, where) for v in value]
    if not isinstance(value, dict):
        return value
    if "@import" in value:
        raise DocumentError("@import is not followed", where=where, hint="Write the context out.")
    return {
        k: _context(v, contexts, where) if k == "@context" else _filled(v, contexts, where) for k, v in value.items()
    }


def _context(value: Any, contexts: Mapping[str, Any], where: str) -> Any:
    if isinstance(value, list):
        return [_context(v, contexts, where) for v in value]
    if isinstance(value, str):
        if value not in contexts:
            raise DocumentError(f"this context is not known, and none is fetched: {value[:200]}", where=where)
        known = contexts[value]
        return known.get("@context", known) if isinstance(known, dict) else known
    return _filled(value, contexts, where)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _first(error: Exception) -> str:
    return str(error).splitlines()[0][:300] if str(error) else type(error).__name__
