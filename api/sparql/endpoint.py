"""``/sparql`` and ``/update``: the query and update operations of the SPARQL 1.1 Protocol.

``/sparql`` does both, as clients with one address expect; ``/update`` only updates.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from api.auth.needs import Need, needs
from api.endpoint import Lean
from api.negotiate import wants_page
from api.pages.ask import ask as page
from api.problems import status_of
from api.queries import for_editors
from api.sparql import engine
from api.sparql.description import FORMATS, describe
from api.sparql.formats import ROWS, SHOWN, TRIPLES, choose
from api.sparql.openapi import ANSWERS, CHANGED, QUERY, SENT, UPDATE
from api.sparql.reply import COMMIT, etag, is_known, reply
from api.sparql.request import Asked, asked
from kg.errors import NotAcceptable
from kg.workspace import Workspace

WRITER = "curator"
"""The role of one who may send updates; the gate says what of them may be."""

router = APIRouter(tags=["SPARQL"], route_class=Lean)


@router.get(
    "/sparql",
    operation_id="queryByGet",
    summary="Answer a SPARQL query, or describe the service",
    responses=ANSWERS,
    dependencies=[needs("reader", costs=True)],
    openapi_extra={"parameters": QUERY},
)
async def by_get(request: Request) -> Response:
    """Answer the query in ``?query=``; without one, describe the service or show the editor."""
    told = await asked(request, ("query", "update"))
    if not told.formats and wants_page(request.headers.get("accept")):
        return await engine.off_loop(lambda: _page(request, told.text))
    if told.operation is None:
        return await _described(request, told)
    return await _answer(request, told)


@router.post(
    "/sparql",
    operation_id="queryByPost",
    summary="Answer a SPARQL query, or make the change of an update",
    responses=ANSWERS,
    dependencies=[needs("reader", costs=True)],
    openapi_extra={"requestBody": SENT},
)
async def by_post(request: Request) -> Response:
    """Answer the query, or make the change, that a form or the body holds."""
    told = await asked(request, ("query", "update"))
    if told.operation == "query":
        return await _answer(request, told)
    Need(WRITER).check(request.state.caller, request.app.state.access.roles)
    return await _change(request, told)


@router.post(
    "/update",
    operation_id="update",
    summary="Make the change of a SPARQL update",
    responses=CHANGED,
    dependencies=[needs(WRITER, costs=True)],
    openapi_extra={"requestBody": UPDATE},
)
async def update(request: Request) -> Response:
    """Make the change that a form or the body holds."""
    return await _change(request, await asked(request, ("update",)))


def _page(request: Request, text: str) -> Response:
    """The editor, with the answer to a query in it."""
    shown = page(request.app.state.site, text)
    status = status_of(shown["error"]) if shown["error"] else 200
    response: Response = request.app.state.site.render("query.html", status, **shown)
    response.headers["Vary"] = "Accept"
    return response


async def _answer(request: Request, told: Asked) -> Response:
    workspace, caller = request.app.state.workspace, request.state.caller
    accept = request.headers.get("accept")
    rows, graph = choose(accept, told.formats, ROWS), choose(accept, told.formats, TRIPLES)
    if rows is None and graph is None:
        raise _unfit([*ROWS, *TRIPLES])
    tag = etag(request, told.text, workspace.committer.number)
    headers = {"Cache-Control": "no-cache", "ETag": tag} if tag else {"Cache-Control": "no-store"}
    if tag and is_known(request, tag):
        return Response(status_code=304, headers={**headers, "Vary": "Accept"})
    formats = rows and rows[1], graph and graph[1]
    answer = await engine.off_loop(lambda: engine.ask(workspace, told, caller, *formats))
    chosen = graph if answer.kind == "graph" else rows
    assert chosen is not None  # else it is refused
    return reply(answer, chosen[0], headers)


async def _change(request: Request, told: Asked) -> Response:
    workspace = request.app.state.workspace
    receipt = await engine.off_loop(lambda: engine.update(workspace, told, request.state.caller))
    return JSONResponse(
        engine.receipt_json(receipt), headers={COMMIT: str(receipt.number), "Cache-Control": "no-store"}
    )


async def _described(request: Request, told: Asked) -> Response:
    chosen = choose(request.headers.get("accept"), told.formats, FORMATS)
    if chosen is None:
        raise _unfit([*FORMATS])
    workspace: Workspace = request.app.state.workspace
    state, root = request.app.state, str(request.base_url)
    body = await engine.off_loop(
        lambda: describe(workspace, told.base, chosen[1], for_editors(state.site, state.kept, root))
    )
    return Response(body, media_type=chosen[0], headers={"Vary": "Accept", "Cache-Control": "no-cache"})


def _unfit(offers: list[str]) -> NotAcceptable:
    shown = [m for m in dict.fromkeys(offers) if m in SHOWN]
    return NotAcceptable("this is answered in none of the formats you accept", hint=f"Offered: {', '.join(shown)}.")
