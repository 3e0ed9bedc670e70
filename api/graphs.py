"""``/graphs``: the SPARQL 1.1 Graph Store HTTP Protocol, indirect and direct.

Indirect, ``?graph=IRI`` or ``?default`` tells the graph. Direct, the address itself is the graph's
name: ``http://HOST/graphs/any/path``. POST to ``/graphs`` alone makes a new graph and tells where.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pyoxigraph import Quad

from api.auth import needs
from api.endpoint import Lean, address, named_graph
from api.parts import parts
from api.problems import UnknownMediaType, Unmet
from api.sparql import engine
from api.sparql.endpoint import WRITER
from api.sparql.formats import SHOWN, TRIPLES, choose
from api.sparql.reply import COMMIT
from api.sparql.request import body_of, media_of, media_type, parameters
from kg.door import MEDIA
from kg.errors import NotAcceptable, NotFound, UsageError
from kg.quads import Quads
from kg.store.plan import Receipt
from kg.workspace import Workspace

PATH = "/graphs"
MAX_GRAPH = 32 << 20
"""Longest graph that is read, in bytes."""

READ = {**{m: m for m in MEDIA}, "application/x-turtle": "text/turtle"}
"""Media types of graphs that are read, and what they are read as."""
_ENDINGS = {TRIPLES[m]: m for m in MEDIA} | {"xml": "application/rdf+xml", "owl": "application/rdf+xml"}
"""The endings of files' names that tell a media type."""
_MULTIPART = "multipart/form-data"
_TEXT: dict[str, Any] = {"schema": {"type": "string"}}
_GRAPHS: dict[str, Any] = {m: {} if m.endswith("json") else _TEXT for m in MEDIA}
_FILES = {"type": "object", "additionalProperties": {"type": "string", "format": "binary"}}
_BODY = {"content": {**_GRAPHS, _MULTIPART: {"schema": _FILES}}}
_WHICH: list[dict[str, Any]] = [
    {"name": "graph", "in": "query", "description": "IRI of the graph.", "schema": {"type": "string", "format": "iri"}},
    {"name": "default", "in": "query", "description": "The default graph.", "schema": {"type": "string", "enum": [""]}},
]

_PATH: list[dict[str, Any]] = [
    {
        "name": "path",
        "in": "path",
        "required": True,
        "description": "The graph whose IRI is the address that is asked.",
        "schema": {"type": "string"},
    }
]

router = APIRouter(tags=["Graphs"], route_class=Lean)


@dataclass(frozen=True, slots=True)
class Target:
    """The graph that a request is about.

    :param name: its IRI; ``None`` for the default graph.
    :param base: what relative IRIs in its content are resolved against.
    :param new: whether the name is one that was made for it just now.
    """

    name: str | None
    base: str
    new: bool = False


async def get(request: Request) -> Response:
    """A graph, in the format that the client likes best."""
    target = _target(request)
    named = parameters(request.scope["query_string"].decode("latin-1")).get("format", ())
    chosen = choose(request.headers.get("accept"), named, TRIPLES)
    if chosen is None:
        offered = ", ".join(m for m in TRIPLES if m in SHOWN)
        raise NotAcceptable("a graph is answered in none of the formats you accept", hint=f"Offered: {offered}.")
    workspace: Workspace = request.app.state.workspace
    known = _tags(request, "if-none-match")

    def told() -> tuple[str, bytes | None]:
        quads = workspace.quads.graph_get(target.name)
        if quads is None:
            raise NotFound("there is no such graph", where=target.name or "", hint="PUT or POST makes one.")
        tag = f'"{_digest(quads)}-{chosen[1]}"'
        return tag, None if tag in known else engine.write_graph(workspace, quads, chosen[1])

    tag, body = await engine.off_loop(told)
    headers = {"ETag": tag, "Vary": "Accept", "Cache-Control": "no-cache"}
    if body is None:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=chosen[0], headers=headers)


async def put(request: Request) -> Response:
    """Make a graph hold what was sent, and nothing else."""
    target = _target(request)
    quads = await _payload(request, target)
    return await _write(request, target, lambda store, agent: store.graph_put(target.name, quads, agent=agent))


async def post(request: Request) -> Response:
    """Add what was sent to a graph; without a name, to a new one."""
    target = _target(request, new=True)
    quads = await _payload(request, target)
    return await _write(request, target, lambda store, agent: store.graph_post(target.name, quads, agent=agent))


async def delete(request: Request) -> Response:
    """Let a graph go; the default graph is emptied."""
    target = _target(request)
    return await _write(request, target, lambda store, agent: store.graph_delete(target.name, agent=agent))


async def _write(request: Request, target: Target, change: Callable[[Quads, str | None], Receipt]) -> Response:
    """Change a graph if it is what the client thinks it is.

    :param change: makes the change, in whose name.
    :raises Unmet: if ``If-Match`` or ``If-None-Match`` says otherwise.
    """
    workspace: Workspace = request.app.state.workspace

    def written() -> tuple[bool, Receipt]:
        with workspace.committer.still():  # nobody else writes between the look and the change
            held = workspace.quads.graph_get(target.name)
            _check(request, target, held)
            return held is None, change(workspace.quads, request.state.caller.agent)

    new, receipt = await engine.off_loop(written)
    headers = {COMMIT: str(receipt.number), "Cache-Control": "no-store"}
    if target.new and target.name is not None:
        headers["Location"] = target.name
    return Response(status_code=201 if new else 204, headers=headers)


def _target(request: Request, *, new: bool = False) -> Target:
    """The graph that a request is about.

    :param new: whether a request without a name is about a graph that is yet to be made.
    """
    here = address(request)
    told = parameters(request.scope["query_string"].decode("latin-1"))
    names, default = told.get("graph", []), "default" in told
    if request.scope["path"].rstrip("/") != PATH:
        if names or default:
            hint = f"Leave out the parameter, or ask at {PATH}."
            raise UsageError("the graph is named twice, by its address and by a parameter", where=here, hint=hint)
        return Target(here, here)
    if len(names) + default > 1:
        raise UsageError("one graph is needed, and more are named", where="graph, default")
    if default:
        return Target(None, here)
    if names:
        name = named_graph(names[0], here, "graph")
        return Target(name, name)
    if new:
        name = address(request, f"{PATH}/{uuid4().hex}")
        return Target(name, name, new=True)
    raise UsageError("no graph is named", where="graph, default", hint=f"Ask for {PATH}?default or {PATH}?graph=IRI.")


async def _payload(request: Request, target: Target) -> list[Quad]:
    """The triples of a body, of all its parts if it has parts."""
    media = media_of(request)
    body = await body_of(request, MAX_GRAPH)
    if media == _MULTIPART:
        files = parts(body, request.headers["content-type"])
        several = [(bytes(p.content), _readable(media_type(p.headers.get("content-type", "")), p.name)) for p in files]
    elif not body and not media:
        several = []
    else:
        several = [(body, _readable(media))]
    found = []
    for content, told in several:
        found += await engine.off_loop(partial(engine.read_graph, content, told, target.base))
    return found


def _readable(media: str, file: str = "") -> str:
    """What a body is read as, by its media type or else by a file's name."""
    found = READ.get(media)
    if found is None and media in ("", "application/octet-stream", "text/plain"):
        found = _ENDINGS.get(file.rpartition(".")[2].lower())
    if found is None:
        hint = f"Send one of {', '.join(MEDIA)}."
        raise UnknownMediaType("a graph of this media type is not read here", where=media or "no media type", hint=hint)
    return found


def _check(request: Request, target: Target, held: Sequence[Quad] | None) -> None:
    """See that a graph is what the client thinks it is.

    :param held: what it holds; ``None`` if it is not there.
    :raises Unmet: if it is not.
    """
    for name, wanted in (("if-match", True), ("if-none-match", False)):
        if name not in request.headers:
            continue
        tags = [t.strip('"').rpartition("-")[0] or t for t in _tags(request, name)]
        if (held is not None and ("*" in tags or _digest(held) in tags)) is not wanted:
            hint = "Read the graph again, and send the ETag that it has now."
            raise Unmet("the graph is not as the request expects it", where=target.name or "default", hint=hint)


def _digest(quads: Sequence[Quad]) -> str:
    return sha256("\n".join(sorted(map(str, quads))).encode()).hexdigest()[:32]


def _tags(request: Request, name: str) -> list[str]:
    return [t.strip().removeprefix("W/") for t in request.headers.get(name, "").split(",") if t.strip()]


def _add(
    method: str, verb: Callable[[Request], Awaitable[Response]], answers: dict[int | str, Any], *, body: bool
) -> None:
    """Put a verb at both addresses."""
    told = {"requestBody": _BODY} if body else {}
    for path, name, which in (
        (PATH, "Graph", {"parameters": _WHICH}),
        (PATH + "/{path:path}", "DirectGraph", {"parameters": _PATH}),
    ):
        router.add_api_route(
            path,
            verb,
            methods=[method],
            operation_id=f"{method.lower()}{name}",
            summary=(verb.__doc__ or "").rstrip("."),
            responses=answers,
            dependencies=[needs("reader" if method == "GET" else WRITER, costs=True)],
            openapi_extra={**told, **which},
        )


_CHANGED: dict[int | str, Any] = {201: {"description": "The graph was made."}, 204: {"description": "It was done."}}
_add("GET", get, {200: {"description": "The graph.", "content": _GRAPHS}}, body=False)
_add("PUT", put, _CHANGED, body=True)
_add("POST", post, _CHANGED, body=True)
_add("DELETE", delete, {204: {"description": "It is gone."}}, body=False)
