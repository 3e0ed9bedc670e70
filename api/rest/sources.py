"""``/api/v1/sources``: what speaks, its snapshots, and how many claims it makes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api.deps import BrowserDep, WorkspaceDep
from api.rest.claims import Cursor, Limit, paged
from kg.browse import Asked, Browser, Page, Question, cut
from kg.errors import NotFound
from kg.model.node import Node
from kg.workspace import Workspace

router = APIRouter(prefix="/api/v1", tags=["Records"])

COUNTED = ("polarity", "certainty", "verification", "status")
"""What claims are counted by."""


@router.get("/sources", operation_id="listSources", summary="List the sources")
def find(
    request: Request, workspace: WorkspaceDep, browser: BrowserDep, limit: Limit = 50, cursor: Cursor = None
) -> JSONResponse:
    """Every source with its snapshots and the number of its claims, sorted by id."""
    ids = workspace.records.ids("source")
    shown, after = cut(ids, str, limit, cursor)
    items = tuple(source_json(workspace, browser, n) for id in shown if (n := workspace.records.get(id)))
    return paged(request, Page(items, len(ids), after))


@router.get("/sources/{id:path}", operation_id="readSource", summary="Read one source")
def read(id: str, workspace: WorkspaceDep, browser: BrowserDep) -> dict[str, Any]:
    """The record of a source, its snapshots without their text, and the number of its claims.

    `id` is the last part of its IRI, or the whole IRI, percent-encoded.
    """
    node = workspace.records.get(id if ":" in id else workspace.iris.of("source", id))
    if node is None or node.shape.record != "source":
        raise NotFound("there is no such source", where=id, hint="They are listed at /api/v1/sources.")
    return source_json(workspace, browser, node)


def source_json(workspace: Workspace, browser: Browser, source: Node) -> dict[str, Any]:
    """A source's record with its snapshots and the number of its claims."""
    nodes = filter(None, map(workspace.records.get, workspace.records.snapshots_of(source.id)))
    return {
        **workspace.writer.record(source),
        "snapshots": [snapshot_json(workspace, n) for n in nodes],
        "claims": counts(browser, {"source": source.id}),
    }


def snapshot_json(workspace: Workspace, snapshot: Node) -> dict[str, Any]:
    """A snapshot's record, and whether its text is held here; never the text."""
    return {**workspace.writer.record(snapshot), "held": workspace.text(snapshot.id) is not None}


def counts(browser: Browser, asked: Asked | Question) -> dict[str, Any]:
    """How many claims there are, in all and by each word that says how they stand."""
    found = browser.facets(asked, COUNTED)
    return {"total": browser.count(asked), **{name: dict(found[name]) for name in COUNTED}}
