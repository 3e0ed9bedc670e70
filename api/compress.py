"""Answers compressed with gzip for those who take it, piece by piece as they are made.

A compressed answer is another representation, so its ETag is another one: ``"x"`` becomes
``"x.gzip"``. What a client sends back in If-Match and If-None-Match is read without that ending, so
that no endpoint need know (RFC 9110, section 8.8.3.3).
"""

from __future__ import annotations

import re
import zlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LEAST = 1024
"""Shortest answer that is worth it, in bytes."""
_LEVEL = 1
_TEXTS = ("text/", "application/json", "application/xml", "image/svg+xml")
_ENDINGS = ("+json", "+xml", "/javascript", "/x-ndjson", "/ndjson", "/trig", "/n-triples", "/n-quads", "/x-turtle")
_GZIPPED = re.compile(rb"\.gzip\"")
_CONDITIONS = (b"if-match", b"if-none-match")


class Compress:
    """Compresses text for clients whose ``Accept-Encoding`` takes gzip; never an event stream."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer compressed where that is wanted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        marked = any(name in _CONDITIONS and b'.gzip"' in value for name, value in scope["headers"])
        if marked:
            told = [(n, _GZIPPED.sub(b'"', v) if n in _CONDITIONS else v) for n, v in scope["headers"]]
            scope = {**scope, "headers": told}
        wanted = takes_gzip(Headers(scope=scope).get("accept-encoding", ""))
        await self._app(scope, receive, _Packer(send, wanted=wanted, marked=marked).send)


def takes_gzip(accept: str) -> bool:
    """Whether an Accept-Encoding header takes gzip (RFC 9110, section 12.5.3).

    >>> takes_gzip("br, gzip;q=0.5"), takes_gzip("*"), takes_gzip("gzip;q=0, *"), takes_gzip("")
    (True, True, False, False)
    """
    found: dict[str, bool] = {}
    for part in accept.lower().split(","):
        coding, *parameters = (p.replace(" ", "") for p in part.split(";"))
        found[coding] = not any(re.fullmatch(r"q=0(?:\.0*)?", p) for p in parameters)
    return found.get("gzip", found.get("x-gzip", found.get("*", False)))


class _Packer:
    """Sends the messages of one answer on, compressed if that is wanted and worth it."""

    def __init__(self, send: Send, *, wanted: bool, marked: bool) -> None:
        self._send, self._wanted, self._marked = send, wanted, marked
        self._start: Message | None = None
        self._packer: zlib._Compress | None = None

    async def send(self, message: Message) -> None:
        """Send one message on; the first one waits for the body's first piece."""
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] != "http.response.body":
            await self._send(message)
        else:
            await self._body(message)

    async def _body(self, message: Message) -> None:
        body, more = message.get("body", b""), message.get("more_body", False)
        if self._start is not None:
            start, self._start = self._start, None
            body = self._begin(start, body, more=more)
            await self._send(start)
        elif self._packer is not None:
            body = self._pack(body, more=more)
        if body or not more:
            await self._send({**message, "body": body})

    def _begin(self, start: Message, body: bytes, *, more: bool) -> bytes:
        """Complete the headers, and give the first piece as it is sent."""
        headers = MutableHeaders(scope=start)
        if start["status"] == 304 and self._marked:
            _mark(headers)
        if "content-encoding" in headers or not _is_text(headers.get("content-type", "")):
            return body
        headers.add_vary_header("Accept-Encoding")
        if not self._wanted or start["status"] in (204, 206, 304) or (not more and len(body) < LEAST):
            return body
        self._packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        packed = self._pack(body, more=more)
        headers["Content-Encoding"] = "gzip"
        del headers["Content-Length"]
        if not more:
            headers["Content-Length"] = str(len(packed))
        _mark(headers)
        return packed

    def _pack(self, body: bytes, *, more: bool) -> bytes:
        assert self._packer is not None
        packed = self._packer.compress(body) if body else b""
        return packed + self._packer.flush(zlib.Z_SYNC_FLUSH if more else zlib.Z_FINISH)


def _mark(headers: MutableHeaders) -> None:
    tag = headers.get("etag", "")
    if tag.endswith('"') and not tag.endswith('.gzip"'):
        headers["ETag"] = tag[:-1] + '.gzip"'


def _is_text(content_type: str) -> bool:
    media = content_type.partition(";")[0].strip().lower()
    return media != "text/event-stream" and (media.startswith(_TEXTS) or media.endswith(_ENDINGS))
