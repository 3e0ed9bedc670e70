"""A document about one thing: the same in many formats, with the headers that say how they hang together.

The address ``/id/x`` negotiates; ``/id/x.ttl`` is its twin in one format. Every answer bears an entity
tag over its own bytes (RFC 9110, section 8.8.3) and Signposting links (https://signposting.org/FAIR/).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response
from pyoxigraph import Triple

from api.formats import FORMATS, RDF_FORMATS, write
from api.negotiate import choose
from kg.errors import NotFound, UsageError
from kg.schema.prefixes import Prefixes

_URI = ":/?#[]@!$&'()*+,;=-._~%"
Maker = Callable[[], bytes]

PAGE_TYPE = "https://schema.org/AboutPage"
"""What Signposting calls a page that is about a thing."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the Link header (RFC 8288).

    :param target: an absolute IRI, or an address of this server that begins with ``/``.
    :param type: the media type behind it.
    """

    rel: str
    target: str
    type: str | None = None

    def written(self, root: str) -> str:
        """As the header has it; addresses of this server become absolute."""
        target = root.rstrip("/") + self.target if self.target.startswith("/") else self.target
        uri = quote(target, safe=_URI)  # a header holds ASCII: an IRI goes as its URI (RFC 3987, section 3.1)
        return f'<{uri}>; rel="{self.rel}"' + (f'; type="{self.type}"' if self.type else "")


@dataclass(frozen=True)
class Document:
    """What is told of one thing.

    :param iri: what it is about.
    :param address: where it stands on this server, percent-encoded, without a suffix.
    :param makers: name of a format to what makes the body, in the order of preference.
    :param modified: when what it tells last changed, where that is known.
    :param lasting: formats that change only when ``modified`` does, so that a date may answer for them.
    :param links: more links than follow from the rest.
    :param medias: media types that differ from those of the formats.
    """

    iri: str
    address: str
    makers: Mapping[str, Maker]
    modified: datetime | None = None
    lasting: frozenset[str] = frozenset()
    links: tuple[Link, ...] = ()
    status: int = 200
    medias: Mapping[str, str] = field(default_factory=dict)

    def media(self, format: str) -> str:
        """The media type of a format of it."""
        return self.medias.get(format, FORMATS[format].media)

    def twin(self, format: str) -> str:
        """The address of one format of it."""
        return f"{self.address}.{format}"


def answer(request: Request, document: Document, format: str | None = None) -> Response:
    """A document in the format that is asked for, or 304 if the client has it.

    :param format: the format of a twin; ``None`` to negotiate, by ``?format=`` and by Accept.
    :raises NotFound: if there is no twin in that format.
    :raises NotAcceptable: if the client takes none of its formats.
    """
    if format is not None and format not in document.makers:
        hint = f"Formats: {', '.join(document.makers)}."
        raise NotFound("this is not told in such a format", where=document.twin(format), hint=hint)
    offers = {media: name for name in document.makers for media in (document.media(name), FORMATS[name].media)}
    _, chosen = choose(request.headers.get("accept"), _fixed(request, format), offers)
    body = document.makers[chosen]()
    headers = _headers(request, document, chosen, body)
    if format is not None:
        del headers["Vary"]
    if document.status == 200 and _has(request, headers, dated=chosen in document.lasting):
        return Response(status_code=304, headers=headers)
    return Response(body, document.status, headers, media_type=document.media(chosen))


def negotiated(
    *formats: str, also: Mapping[int, str] | None = None, beside: Mapping[int, str] | None = None
) -> dict[str, Any]:
    """How a route of documents describes itself: keywords for its decorator.

    :param formats: the formats it is told in.
    :param also: other statuses that have these bodies, with what they mean; ``beside``: those that have none.
    """
    bodies: dict[str, Any] = {FORMATS[name].media: {} for name in formats}
    told: dict[int | str, dict[str, Any]] = {
        200: {"description": "The document, in the format that Accept or `format` names.", "content": bodies},
        304: {"description": "The client has it already."},
    }
    for status, meaning in (also or {}).items():
        told[status] = {"description": meaning, "content": {**bodies, "application/problem+json": {}}}
    told |= {status: {"description": meaning} for status, meaning in (beside or {}).items()}
    format = {"name": "format", "in": "query", "description": "Instead of Accept.", "schema": {"enum": list(formats)}}
    return {"response_class": Response, "responses": told, "openapi_extra": {"parameters": [format]}}


def rdf_makers(triples: Callable[[], list[Triple]], prefixes: Prefixes, graph: str | None = None) -> dict[str, Maker]:
    """What makes each format of RDF of some triples.

    :param graph: the graph they stand in, for formats that hold graphs.
    """
    return {name: partial(_written, triples, name, prefixes, graph) for name in RDF_FORMATS}


def _written(triples: Callable[[], list[Triple]], format: str, prefixes: Prefixes, graph: str | None) -> bytes:
    return write(triples(), format, prefixes, graph)


def alternates(document_address: str, formats: Iterable[str] = RDF_FORMATS) -> list[tuple[str, str, str]]:
    """The other formats of a document, for its page: label, media type and address."""
    return [(FORMATS[f].label, FORMATS[f].media, f"{document_address}.{f}") for f in formats]


def is_known(request: Request, etag: str) -> bool:
    """Whether If-None-Match names an entity tag (weakly, RFC 9110, section 13.1.2)."""
    known = [t.strip().removeprefix("W/") for t in request.headers.get("if-none-match", "").split(",")]
    return etag in known or known == ["*"]


def tag(body: bytes) -> str:
    """The entity tag of a body."""
    return f'"{sha256(body).hexdigest()[:32]}"'


def _fixed(request: Request, suffix: str | None) -> str | None:
    """The format that the address names, by suffix or by ``?format=``.

    :raises UsageError: if ``?format=`` stands there twice.
    :raises NotFound: if it is another than that of the suffix.
    """
    asked = request.query_params.getlist("format")
    if len(asked) > 1:
        raise UsageError("there are several of these; one is enough", where="format")
    if suffix and asked and asked != [suffix]:
        raise NotFound(f"what ends in .{suffix} is in that format alone", where=asked[0], hint="Leave out `format`.")
    return suffix or next(iter(asked), None)


def _headers(request: Request, document: Document, format: str, body: bytes) -> dict[str, str]:
    headers = {
        "ETag": tag(body),
        "Vary": "Accept",
        "Content-Location": document.twin(format),
        "Link": ", ".join(link.written(str(request.base_url)) for link in _links(document, format)),
        "Cache-Control": "no-cache",
    }
    if document.modified is not None:
        headers["Last-Modified"] = format_datetime(document.modified.astimezone(UTC), usegmt=True)
    return headers


def _links(document: Document, format: str) -> list[Link]:
    """The links of FAIR Signposting, level 1: from the page to what describes it, and back."""
    found = [Link("cite-as", document.iri)]
    if format == "html":
        found.append(Link("type", PAGE_TYPE))
        described = [name for name in document.makers if name in RDF_FORMATS or name == "json"]
        found += [Link("describedby", document.twin(name), document.media(name)) for name in described]
    elif "html" in document.makers:
        found.append(Link("describes", document.twin("html"), "text/html"))
    return [*found, *document.links]


def _has(request: Request, headers: Mapping[str, str], *, dated: bool) -> bool:
    """Whether the client's copy is this one; a date counts only where there is no tag (section 13.1.3)."""
    if "if-none-match" in request.headers:
        return is_known(request, headers["ETag"])
    since = request.headers.get("if-modified-since")
    if not dated or since is None or "Last-Modified" not in headers:
        return False
    try:
        return parsedate_to_datetime(headers["Last-Modified"]) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):  # no date, or one without a zone
        return False
