"""Routes that answer without FastAPI's machinery, what is done at an address, and its name."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from urllib.parse import urljoin

from fastapi.routing import APIRoute, iter_route_contexts
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from kg.errors import UsageError
from kg.model.iris import is_iri


class Lean(APIRoute):
    """A route whose endpoint is given the request and gives the response, with nothing between.

    What it needs of its caller is seen to by :class:`api.auth.guard.Guard`, before it.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint itself."""
        return self.endpoint


def allowed(routes: Sequence[BaseRoute], path: str) -> str:
    """What is done at a path, as the ``Allow`` header tells it.

    :param routes: those of the application.
    """
    found = {"OPTIONS"}
    for route in iter_route_contexts(routes):
        form = getattr(route, "path_regex", None)
        if form is not None and form.match(path):
            found |= route.methods or {"GET"}
    return ", ".join(sorted(found | ({"HEAD"} if "GET" in found else set())))


def address(request: Request, path: str | None = None) -> str:
    """The address that was asked, without its parameters, as the client wrote it.

    :param path: another path at the same host.
    :raises UsageError: if the ``Host`` header makes no IRI.
    """
    scope = request.scope
    raw = scope.get("raw_path") or scope["path"].encode()
    host = request.headers.get("host") or "{}:{}".format(*(scope.get("server") or ("localhost", 80)))
    whole = f"{scope.get('scheme', 'http')}://{host}{path or raw.decode('latin-1')}"
    if not is_iri(whole) or "/" in host or "#" in whole:
        raise UsageError("the address that was asked is no IRI", where="Host", hint="Send a plain Host header.")
    return whole


def named_graph(text: str, base: str, where: str) -> str:
    """The IRI that names a graph, resolved if it is relative.

    :param base: the address that was asked.
    :param where: the parameter that it comes from.
    :raises UsageError: if it is no IRI.
    """
    try:
        found = text if is_iri(text) else urljoin(base, text)
    except ValueError:  # what looks like an address and is none
        found = ""
    if not text or not is_iri(found):
        raise UsageError("the name of a graph is an IRI", where=where, hint=f"This is none: {text[:120]!r}.")
    return found
