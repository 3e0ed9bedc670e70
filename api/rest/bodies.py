"""Bodies of requests that bring records: JSON or JSON lines, read whole and bounded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request

from api.problems import TooLarge, UnknownMediaType, Unreadable
from kg.codec.read import parse_json
from kg.errors import DataError, UsageError

MAX_BODY = 16 << 20
"""Longest body that is read, in bytes."""
JSON, LINES, MERGE = "application/json", "application/x-ndjson", "application/merge-patch+json"


async def read_body(request: Request) -> bytes:
    """The body of a request.

    :raises TooLarge: if it is longer than is read.
    """
    parts: list[bytes] = []
    length = 0
    async for part in request.stream():
        length += len(part)
        if length > MAX_BODY:
            raise TooLarge(f"the body is longer than {MAX_BODY:,} bytes")
        parts.append(part)
    return b"".join(parts)


def media_type(request: Request) -> str:
    """The media type of a body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def records(request: Request, body: bytes) -> list[Mapping[str, Any]]:
    """The records of a body: one object, an array of them, or one a line.

    :raises UsageError: if it holds none, or is none.
    """
    media = media_type(request)
    if media == LINES:
        lines = [line for line in _text(body).split("\n") if line.strip()]
        found = [_parsed(line, f"line {n}") for n, line in enumerate(lines, start=1)]
    elif media == JSON:
        value = _parsed(_text(body), "body")
        found = value if isinstance(value, list) else [value]
    else:
        raise _unknown(media, (JSON, LINES))
    if not found:
        raise UsageError("the body holds no record", where="body")
    return found


def one_object(request: Request, body: bytes, media: Sequence[str] = (JSON,)) -> dict[str, Any]:
    """The one JSON object of a body.

    :raises UsageError: if it is none.
    """
    if media_type(request) not in media:
        raise _unknown(media_type(request), media)
    value = _parsed(_text(body), "body")
    if not isinstance(value, dict):
        raise UsageError("the body is one JSON object", where="body")
    return value


def merged(target: Any, patch: Any) -> Any:
    """A JSON value with a merge patch applied (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    held = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            held.pop(key, None)
        else:
            held[key] = merged(held.get(key), value)
    return held


def _parsed(text: str, where: str) -> Any:
    try:
        value = parse_json(text, where)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (DataError, UnicodeEncodeError, RecursionError) as e:
        told = e.message if isinstance(e, DataError) else "it holds what is no text, or is nested too deep"
        raise Unreadable(f"this is no JSON: {told}", where=where) from None
    return value


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as e:
        raise Unreadable(f"the body is not UTF-8: byte {e.start}", where="body") from None


def _unknown(media: str, known: Sequence[str]) -> UnknownMediaType:
    hint = f"Send {' or '.join(known)}."
    return UnknownMediaType("a body of this media type is not read here", where=media or "no media type", hint=hint)
