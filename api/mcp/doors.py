"""The two ways to the service's answers: within this process, or from a service that runs elsewhere.

Either way the same routes answer, so that what a model is told is what any other client is told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlencode, urlsplit
from urllib.request import Request, urlopen

import anyio
import anyio.to_thread
from starlette.types import ASGIApp, Message

from kg.errors import NotFound, UsageError, WorkspaceError
from kg.version import __version__

Parameters = Sequence[tuple[str, str]]
PATIENCE = 60.0
"""How long an answer from elsewhere may take, in seconds."""

MAX_ANSWER = 32 << 20
"""Longest answer that is read, in bytes."""


class Door(Protocol):
    """Asks the service."""

    async def get(self, path: str, parameters: Parameters = (), accept: str = "application/json") -> Any:
        """What it answers with, as JSON.

        :raises NotFound: if there is nothing of that name.
        :raises UsageError: if it refuses the question; the message says why.
        :raises WorkspaceError: if it does not answer.
        """


@dataclass(frozen=True)
class Within:
    """Asks an application in this process, without a socket."""

    app: ASGIApp

    async def get(self, path: str, parameters: Parameters = (), accept: str = "application/json") -> Any:
        """See :meth:`Door.get`."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode("ascii"),
            "query_string": urlencode(parameters).encode("ascii"),
            "root_path": "",
            "headers": [(b"host", b"127.0.0.1"), (b"accept", accept.encode("ascii"))],
            "client": ("127.0.0.1", 0),
            "server": ("127.0.0.1", 80),
            "state": {},
        }
        status, parts = 500, list[bytes]()
        messages: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]
        ended = anyio.Event()

        async def receive() -> Message:
            if messages:
                return messages.pop()
            await ended.wait()  # who listens whether the client is still there is told nothing until the end
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        try:
            await self.app(scope, receive, send)
        finally:
            ended.set()
        return _read(status, b"".join(parts), path)


@dataclass(frozen=True)
class Elsewhere:
    """Asks a service over HTTP.

    :param url: where it is.
    :param key: what it knows the caller by, if it wants to.
    """

    url: str
    key: str | None = None

    def __post_init__(self) -> None:
        """:raises UsageError: if the URL is none."""
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise UsageError(
                "this is no address of a service", where=self.url, hint="For example: http://127.0.0.1:8000"
            )

    async def get(self, path: str, parameters: Parameters = (), accept: str = "application/json") -> Any:
        """See :meth:`Door.get`."""
        return await anyio.to_thread.run_sync(self._get, path, parameters, accept)

    def _get(self, path: str, parameters: Parameters, accept: str) -> Any:
        url = self.url.rstrip("/") + path + (f"?{urlencode(parameters)}" if parameters else "")
        headers = {"Accept": accept, "User-Agent": f"stemma-mcp/{__version__}"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        try:
            with urlopen(Request(url, headers=headers), timeout=PATIENCE) as answer:  # http or https: see above
                return _read(answer.status, answer.read(MAX_ANSWER), path)
        except HTTPError as e:
            with e:
                return _read(e.code, e.read(MAX_ANSWER), path)
        except (URLError, OSError) as e:
            reason = getattr(e, "reason", e)
            raise WorkspaceError(f"the service does not answer: {reason}", where=self.url) from None


def _read(status: int, body: bytes, path: str) -> Any:
    try:
        told = json.loads(body)
    except ValueError:
        raise WorkspaceError("the service answered with no JSON", where=f"{path} ({status})") from None
    if status < 400:
        return told
    problem: Mapping[str, Any] = told if isinstance(told, dict) else {}
    error = NotFound if status in (404, 410) else UsageError if status < 500 else WorkspaceError
    where, hint = str(problem.get("where", "")), str(problem.get("hint", ""))
    raise error(str(problem.get("detail", f"the service answered {status}")), where=where, hint=hint)
