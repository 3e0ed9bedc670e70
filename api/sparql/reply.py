"""An answer as an HTTP response: streamed, with what it saw in its headers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.sparql.engine import off_loop
from kg.sparql.answer import Answer

COMMIT = "Stemma-Commit"
"""Header with the number of the commit that an answer saw, or that a change made."""

_WHOLE = 256 << 10
"""Longest answer that is sent in one piece, in bytes."""
_CHUNK = 64 << 10
_FICKLE = re.compile(r"\b(?:now|rand|uuid|struuid|bnode)\s*\(", re.IGNORECASE)


def reply(answer: Answer, media: str, headers: Mapping[str, str]) -> Response:
    """Send an answer.

    :param media: its media type.
    :param headers: more headers.
    """
    told = {"Vary": "Accept", COMMIT: str(answer.commit), **headers}
    if answer.length <= _WHOLE:
        with answer.body as body:
            return Response(body.read(), media_type=media, headers=told)
    told["Content-Length"] = str(answer.length)
    return StreamingResponse(_pieces(answer), media_type=media, headers=told)


def etag(request: Request, text: str, number: int) -> str | None:
    """A validator of what a query by GET is answered with; ``None`` if the same query can differ.

    :param text: the query.
    :param number: number of the last commit.
    """
    if request.method != "GET" or _FICKLE.search(text):
        return None
    asked = request.scope["query_string"] + b"\n" + request.headers.get("accept", "").encode("latin-1")
    return f'W/"{number}-{sha256(asked).hexdigest()[:16]}"'


def is_known(request: Request, tag: str) -> bool:
    """Whether the client holds an answer with this validator (weak comparison, RFC 9110, section 8.8.3.2)."""
    held = request.headers.get("if-none-match", "")
    return tag.removeprefix("W/") in [t.strip().removeprefix("W/") for t in held.split(",")]


async def _pieces(answer: Answer) -> AsyncIterator[bytes]:
    with answer.body as body:
        while chunk := await off_loop(lambda: body.read(_CHUNK)):
            yield chunk
