"""What every request passes before its body is read: who calls, may they, how often, how much."""

from __future__ import annotations

import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette._utils import get_route_path  # what the router itself goes by
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.access import Access
from api.auth.needs import SAFE, Need
from api.auth.rules import Rules
from api.problems import TooLarge, answer_error
from kg.access.caller import Caller
from kg.errors import Forbidden, KgError, Unauthorized


class Guard:
    """Lets a request pass to its route, or answers why not.

    It finds the route by the application's own list. What it lets pass carries
    ``request.state.caller``, ``request.state.need`` and ``request.state.route``, the template of its path.

    :param access: who may do what.
    :param rules: what every route needs.
    """

    def __init__(self, app: ASGIApp, access: Access, rules: Rules) -> None:
        self._app, self._access, self._rules = app, access, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # no route here speaks anything else
            await send({"type": "websocket.close", "code": 1003})
            return
        state = scope.setdefault("state", {})
        state["route"], need = self._rules.find(scope["method"], get_route_path(scope))
        try:
            headers = await self._check(scope, need)
            passed = self._measured(need, state["caller"], headers, send)
            await self._app(scope, self._capped(scope, receive), passed)
        except KgError as e:
            request = Request(scope)
            await answer_error(request, e)(scope, receive, send)

    async def _check(self, scope: Scope, need: Need | None) -> Mapping[str, str]:
        """Whether a request may pass.

        :returns: header fields for its answer.
        """
        access, state = self._access, scope["state"]
        state["need"], state["caller"] = need, access.door.stranger(scope)
        if need is None:  # there is no such route, or it is not done so: the application says which
            return {}
        if need.role is not None and access.roles.get(need.role) != access.roles.all[0]:
            _check_origin(scope)
        try:
            caller = await access.door.caller(scope)
        except Unauthorized:
            access.pace.request(state["caller"].name, known=False)
            if need.role is None:
                return {}
            raise
        state["caller"] = caller
        need.check(caller, access.roles)
        _check_length(scope, access.settings.max_body)
        if need.role is None:
            return {}
        left = access.pace.request(caller.name, known=caller.known)
        if need.costs:
            access.pace.may_query(caller.name)
        return left.headers() if left else {}

    def _measured(self, need: Need | None, caller: Caller, headers: Mapping[str, str], send: Send) -> Send:
        """A way to send an answer that adds header fields, and charges the caller with the time until then."""
        begun = time.monotonic()

        async def measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
                if need is not None and need.costs:
                    self._access.pace.took(caller.name, time.monotonic() - begun)
            await send(message)

        return measured if headers or (need is not None and need.costs) else send

    def _capped(self, scope: Scope, receive: Receive) -> Receive:
        """A way to receive a body that ends where it gets too long."""
        most = self._access.settings.max_body
        had = 0

        async def capped() -> Message:
            nonlocal had
            message = await receive()
            had += len(message.get("body", b""))
            if had > most:
                raise HTTPException(413, _too_large(most).message)  # what FastAPI lets through while it reads
            return message

        return receive if scope["method"] in SAFE else capped


def _check_length(scope: Scope, most: int) -> None:
    told = Headers(scope=scope).get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise _too_large(most)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"the body is longer than {most:,} bytes", hint="Send it in parts.")


def _check_origin(scope: Scope) -> None:
    """A page of another site may not write with nothing but its visitor's connection."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if scope["method"] in SAFE or origin is None or "authorization" in headers:
        return
    if origin == "null" or urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
        hint = "Send Authorization: Bearer KEY with the request."
        raise Forbidden("a page of another site may not write here", reason="origin", where=origin, hint=hint)
