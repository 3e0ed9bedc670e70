"""The media types of answers and of graphs, and the names that people give them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from api.negotiate import preferred
from kg.errors import NotAcceptable, UsageError

ROWS = {
    "application/sparql-results+json": "json",
    "application/json": "json",
    "application/sparql-results+xml": "xml",
    "application/xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "text/xml": "xml",
}
"""Media types of rows and truths (SPARQL 1.1 Query Results), the favourite first."""

TRIPLES = {
    "text/turtle": "ttl",
    "application/n-triples": "nt",
    "application/ld+json": "jsonld",
    "application/rdf+xml": "rdf",
    "application/trig": "trig",
    "application/n-quads": "nq",
    "application/json": "jsonld",
    "application/xml": "rdf",
    "application/x-turtle": "ttl",
    "text/n3": "ttl",
    "text/rdf+n3": "ttl",
    "text/plain": "nt",
    "text/xml": "rdf",
}
"""Media types of triples, the favourite first; N3 is answered in Turtle, which is a part of it."""

SHOWN = tuple(m for m in (*ROWS, *TRIPLES) if m not in ("application/json", "application/xml", "text/xml"))
"""The media types that are told in descriptions."""

_ALSO = {
    "turtle": "ttl",
    "n3": "ttl",
    "ntriples": "nt",
    "n-triples": "nt",
    "json": "jsonld",
    "json-ld": "jsonld",
    "xml": "rdf",
    "rdfxml": "rdf",
    "rdf+xml": "rdf",
    "rdf/xml": "rdf",
    "nquads": "nq",
    "n-quads": "nq",
    "srj": "json",
    "srx": "xml",
}
_FORMATS = frozenset({*ROWS.values(), *TRIPLES.values(), *_ALSO})


def choose(accept: str | None, named: Iterable[str], offers: Mapping[str, str]) -> tuple[str, str] | None:
    """The media type and format of an answer, by the first name that fits and else by Accept.

    :param named: what ``format`` and its likes say: short names or media types.
    :param offers: media type to format: ``ROWS`` or ``TRIPLES``.
    :returns: ``None`` if the client takes none of them.
    :raises UsageError: if a name is no format of any kind.
    """
    wanted = [name for several in named for n in several.split(",") if (name := n.partition(";")[0].strip().lower())]
    for name in wanted:
        for media, format in offers.items():
            if name in (format, media) or _ALSO.get(name) == format:
                return media, format
    if wanted:
        if not any(n in _FORMATS or n in ROWS or n in TRIPLES for n in wanted):
            raise UsageError("no such format", where=wanted[0], hint=f"Formats: {', '.join(dict.fromkeys(SHOWN))}.")
        return None
    try:
        media = preferred(accept, offers)
    except NotAcceptable:
        return None
    return media, offers[media]
