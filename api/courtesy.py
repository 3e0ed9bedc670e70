"""What every answer carries, and what every request may do: one small ASGI layer."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.negotiate import wants_page

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content security policy: nothing from elsewhere, nothing inline."""

_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_PROGRAMS = (
    *("/api/", "/sparql", "/openapi.json", "/shapes", "/ontology", "/context.jsonld", "/static/"),
    *("/health", "/ready", "/metrics"),
)


class Courtesy:
    """Adds the security headers, answers HEAD as GET without a body, and notes who reads pages.

    ``request.state.page`` tells whether an error is best told as a page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its answer's headers completed."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reader = wants_page(Headers(scope=scope).get("accept")) and not scope["path"].startswith(_PROGRAMS)
        scope.setdefault("state", {})["page"] = reader
        head = scope["method"] == "HEAD"

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"} if head else scope, receive, complete)
