"""What a request of the SPARQL 1.1 Protocol asks: all three ways in, for query and for update.

Parameters that the Protocol does not name are passed over: clients send them for other servers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import Request

from api.endpoint import address, named_graph
from api.problems import TooLarge, UnknownMediaType
from kg.errors import QueryError, UsageError
from kg.sparql.operations import MAX_UPDATE
from kg.store.limits import MAX_LENGTH

FORM = "application/x-www-form-urlencoded"
DIRECT = {"application/sparql-query": "query", "application/sparql-update": "update"}
"""Media types of a text that is sent as it is."""

MAX_BODY = 3 * MAX_UPDATE
"""Longest body that is read, in bytes: the longest text, percent-encoded."""
_MAX_FIELDS = 1_000

_LONGEST = {"query": MAX_LENGTH, "update": MAX_UPDATE}
_GRAPHS = {
    "query": ("default-graph-uri", "named-graph-uri"),
    "update": ("using-graph-uri", "using-named-graph-uri"),
}
_NAMED = ("format", "output")
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]*)", re.IGNORECASE)

Told = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of the Protocol.

    :param operation: ``query`` or ``update``; ``None`` if the request holds neither.
    :param text: the SPARQL text.
    :param default: the graphs that the Protocol makes the default graph; empty for the text's own.
    :param named: the graphs that the Protocol names; empty for the text's own.
    :param base: what relative IRIs in the text are resolved against: the address that was asked.
    :param formats: what ``format`` says, in order.
    :param stale: whether an answer may be older than the last commit.
    :param min_commit: number of the commit that the answer must have seen.
    :param at: number of an earlier commit to be asked.
    """

    operation: str | None
    text: str
    base: str
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    stale: bool = False
    min_commit: int | None = None
    at: int | None = None


async def asked(request: Request, operations: Sequence[str]) -> Asked:
    """Read a request.

    :param operations: what is done at this address: ``query``, ``update``, or both.
    :raises UsageError: if there is more than one text, or a parameter is not what it must be.
    :raises UnknownMediaType: if the body is of a media type or charset that is not read.
    :raises TooLarge: if the body is longer than :data:`MAX_BODY`.
    """
    told = parameters(request.scope["query_string"].decode("latin-1"))
    if request.method == "POST":
        for name, values in (await _body(request, operations)).items():
            told.setdefault(name, []).extend(values)
    return _read(told, address(request), operations, posted=request.method == "POST")


def parameters(text: str) -> dict[str, list[str]]:
    """The parameters of an address or a form.

    :raises UsageError: if they are not percent-encoded UTF-8.
    """
    try:
        if not text.isascii():
            raise ValueError(text)
        return parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError:
        hint = f"At most {_MAX_FIELDS:,} parameters are read."
        raise UsageError("the parameters are not percent-encoded UTF-8, or too many", hint=hint) from None


def media_of(request: Request) -> str:
    """The media type of a request's body.

    :raises UnknownMediaType: if its charset is not UTF-8, or it is compressed.
    """
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise UnknownMediaType("a compressed body is not read here", where=coding, hint="Send it as it is.")
    return media_type(request.headers.get("content-type", ""))


def media_type(told: str) -> str:
    """The media type in a Content-Type header, in small letters, without its parameters.

    :raises UnknownMediaType: if its charset is not UTF-8.
    """
    charset = _CHARSET.search(told)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise UnknownMediaType("only UTF-8 is read here", where=charset[1], hint="Send the body as charset=utf-8.")
    return told.partition(";")[0].strip().lower()


async def body_of(request: Request, most: int) -> bytes:
    """The body of a request.

    :param most: the longest that is read, in bytes.
    :raises TooLarge: if it is longer.
    """
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > most:
        raise TooLarge(f"the body is longer than {most:,} bytes")
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > most:
            raise TooLarge(f"the body is longer than {most:,} bytes")
    return bytes(found)


async def _body(request: Request, operations: Sequence[str]) -> Told:
    """The parameters that a body holds, or is."""
    media = media_of(request)
    operation = DIRECT.get(media)
    if media != FORM and operation not in operations:
        forms = [m for m, o in DIRECT.items() if o in operations]
        hint = f"Send the text as {' or '.join(forms)}, or as the field {' or '.join(operations)} of {FORM}."
        raise UnknownMediaType("a body of this media type is not read here", where=media or "no media type", hint=hint)
    text = _utf8(await body_of(request, MAX_BODY))
    return parameters(text) if operation is None else {operation: [text]}


def _read(told: Told, base: str, operations: Sequence[str], *, posted: bool) -> Asked:
    operation = _operation(told, operations, posted=posted)
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    if operation:
        _check_length(operation, told[operation][0])
        default, named = (tuple(named_graph(g, base, name) for g in told.get(name, ())) for name in _GRAPHS[operation])
    return Asked(
        operation,
        told[operation][0] if operation else "",
        base,
        default,
        named,
        formats=next((tuple(told[name]) for name in _NAMED if any(told.get(name, ()))), ()),
        stale=told.get("stale", [""])[0].lower() in ("ok", "true", "1"),
        min_commit=_number(told, "min_commit"),
        at=_number(told, "at"),
    )


def _check_length(operation: str, text: str) -> None:
    if len(text) > _LONGEST[operation]:
        raise TooLarge(f"the {operation} has {len(text):,} characters; at most {_LONGEST[operation]:,} are read")


def _operation(told: Told, operations: Sequence[str], *, posted: bool) -> str | None:
    """The one operation that is asked for."""
    found = [name for name in ("query", "update") if name in told]
    if len(found) > 1:
        raise UsageError("there is a query and an update; one of them is needed", where="query, update")
    if not found and not posted:
        return None
    if not found:
        raise QueryError(f"there is no {' and no '.join(operations)}", where=operations[0])
    name = found[0]
    if name not in operations:
        elsewhere = "/sparql" if name == "query" else "/update"
        raise UsageError(f"no {name} is read at this address", where=name, hint=f"Send it to {elsewhere}.")
    if name == "update" and not posted:
        raise UsageError("an update comes by POST", where=name, hint="Send it by POST, as a form or as it is.")
    if len(told[name]) > 1:
        raise UsageError(f"there are {len(told[name])} of these; one is needed", where=name)
    return name


def _number(told: Told, name: str) -> int | None:
    values = told.get(name, ())
    if not values:
        return None
    if not (values[0].isascii() and values[0].isdigit() and len(values[0]) < 19):
        raise UsageError("a commit is named by its number", where=name, hint=f"This is none: {values[0][:40]!r}.")
    return int(values[0])


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as e:
        raise QueryError(f"the body is not UTF-8: byte {e.start} is 0x{body[e.start]:02x}", where="body") from None
