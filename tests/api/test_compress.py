"""Answers compressed as they are made."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator
from typing import Any

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from api.compress import LEAST, Compress, takes_gzip

LONG = "word " * LEAST
TAG = '"v1"'


async def long(request: Request) -> Response:
    tags = [t.strip() for t in request.headers.get("if-none-match", "").split(",")]
    if TAG in tags:
        return Response(status_code=304, headers={"ETag": TAG})
    if request.method == "PUT":
        return PlainTextResponse(request.headers.get("if-match", ""))
    return PlainTextResponse(LONG, headers={"ETag": TAG})


async def short(request: Request) -> Response:
    return PlainTextResponse("word")


async def picture(request: Request) -> Response:
    return Response(b"\x89" * LEAST * 2, media_type="image/png")


async def pieces(request: Request) -> Response:
    async def told() -> AsyncIterator[str]:
        for number in range(3):
            yield f"piece {number}\n"

    return StreamingResponse(told(), media_type=request.query_params["type"])


async def nothing(request: Request) -> Response:
    return Response(status_code=204)


APP = Compress(
    Starlette(
        routes=[
            Route("/long", long, methods=["GET", "PUT"]),
            Route("/short", short),
            Route("/picture", picture),
            Route("/pieces", pieces),
            Route("/nothing", nothing),
        ]
    )
)


def ask(path: str, method: str = "GET", **headers: str) -> httpx.Response:
    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://x") as client:
            return await client.request(method, path, headers={n.replace("_", "-"): v for n, v in headers.items()})

    return anyio.run(asked)


def sent(path: str) -> list[dict[str, Any]]:
    """The messages of an answer, as a server gets them."""
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await anyio.sleep_forever()
        return {}

    async def send(message: Any) -> None:
        messages.append(message)

    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"accept-encoding", b"gzip")],
    }
    anyio.run(APP, scope, receive, send)
    return messages


@pytest.mark.parametrize(
    ("accept", "taken"),
    [
        ("gzip", True),
        ("GZIP;q=0.1", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("*", True),
        ("x-gzip", True),
        ("", False),
        ("identity", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*;q=0", False),
    ],
)
def test_who_takes_gzip(accept: str, taken: bool) -> None:
    assert takes_gzip(accept) is taken
    assert ("content-encoding" in ask("/long", accept_encoding=accept).headers) is taken


def test_long_texts_are_compressed_and_nothing_else() -> None:
    packed, plain = ask("/long", accept_encoding="gzip"), ask("/long", accept_encoding="identity")
    assert packed.text == plain.text == LONG
    assert int(packed.headers["content-length"]) < len(LONG) / 10
    assert plain.headers["content-length"] == str(len(LONG))
    for path in ("/short", "/picture", "/nothing"):
        assert "content-encoding" not in ask(path, accept_encoding="gzip").headers
    for path in ("/long", "/short"):
        assert ask(path, accept_encoding="identity").headers["vary"] == "Accept-Encoding"
    assert "vary" not in ask("/picture", accept_encoding="gzip").headers


def test_each_piece_leaves_when_it_is_made() -> None:
    start, *bodies = sent("/pieces?type=application/x-ndjson")
    assert (b"content-encoding", b"gzip") in start["headers"]
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    read = [unpacker.decompress(m["body"]) for m in bodies if m["body"]]
    assert [r for r in read if r] == [b"piece 0\n", b"piece 1\n", b"piece 2\n"]
    assert gzip.decompress(b"".join(m["body"] for m in bodies)) == b"piece 0\npiece 1\npiece 2\n"
    assert bodies[-1]["more_body"] is False


def test_events_are_not_compressed() -> None:
    start, *bodies = sent("/pieces?type=text/event-stream")
    assert b"content-encoding" not in dict(start["headers"])
    assert [m["body"] for m in bodies][:3] == [b"piece 0\n", b"piece 1\n", b"piece 2\n"]


def test_a_compressed_answer_has_a_tag_of_its_own_that_comes_back() -> None:
    packed, plain = ask("/long", accept_encoding="gzip"), ask("/long", accept_encoding="identity")
    assert (packed.headers["etag"], plain.headers["etag"]) == ('"v1.gzip"', '"v1"')
    again = ask("/long", accept_encoding="gzip", if_none_match=packed.headers["etag"])
    assert (again.status_code, again.headers["etag"]) == (304, packed.headers["etag"])
    assert ask("/long", if_none_match=f'"other", {plain.headers["etag"]}').status_code == 304
    assert ask("/long", "PUT", if_match=packed.headers["etag"]).text == '"v1"'
