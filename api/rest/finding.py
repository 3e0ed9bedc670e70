"""Search, suggestions, facets and roll-ups, statements, snapshots and figures of the whole."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from api.deps import BrowserDep, WorkspaceDep
from api.rest.claims import PAGING, Cursor, Limit, filters, next_link, paged
from api.rest.fresh import answer, commit_tag, refuse_unknown
from api.rest.sources import snapshot_json
from kg.browse import STANDING, Page, cut
from kg.errors import NotFound
from kg.model.node import Node
from kg.workspace import Workspace

router = APIRouter(prefix="/api/v1", tags=["Finding"])

Few = Annotated[int, Query(description="How many, from 1 to 100.", ge=1, le=100)]
_BY = ("subject", "relation", "object", "disease")


@router.get("/search", operation_id="search", summary="Search claims by words")
def search(
    request: Request,
    browser: BrowserDep,
    q: Annotated[str, Query(description="Words; a longer one may also be the beginning of one.", min_length=1)],
    limit: Limit = 20,
    cursor: Cursor = None,
) -> JSONResponse:
    """The claims that tell every word and pass every filter, nearest first.

    Searched are our paraphrase, the notes, the source's title and the names of the terms; shown of the
    words found is our paraphrase alone.
    """
    asked = {name: values for name, values in filters(request).items() if name != "q"}
    hits = browser.search(q, asked, limit=limit, cursor=cursor)
    body = {"items": [asdict(h) for h in hits.items], "total": hits.total, "next": hits.next}
    return JSONResponse(body, headers=next_link(request, hits.next))


@router.get("/suggest", operation_id="suggest", summary="Complete a word to terms and sources")
def suggest(
    browser: BrowserDep,
    q: Annotated[str, Query(description="The beginning of a label, synonym, CURIE or title.", min_length=1)],
    limit: Few = 10,
) -> dict[str, Any]:
    """The terms and sources that a beginning can mean, those with the most claims first."""
    return {"items": [asdict(s) for s in browser.suggest(q, limit)]}


@router.get("/facets", operation_id="countFacets", summary="Count claims by every filter's values")
def facets(request: Request, browser: BrowserDep) -> dict[str, Any]:
    """How many of the claims that pass every filter each value of each filter would find, most first."""
    asked = filters(request)
    told = {name: [{"value": v, "claims": n} for v, n in tally] for name, tally in browser.facets(asked).items()}
    return {"total": browser.count(asked), "facets": told}


@router.get("/rollup", operation_id="rollUp", summary="Fold claims by what they say")
def rollup(
    request: Request,
    browser: BrowserDep,
    by: Annotated[list[str] | None, Query(description=f"Filters; default: {', '.join(_BY)}.")] = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """The claims that pass every filter, folded by their values of some, with counts by word; most claims first."""
    asked = {name: values for name, values in filters(request).items() if name != "by"}
    folds = browser.rollup(asked, tuple(by or _BY))
    return {"items": [asdict(f) for f in folds[:limit]], "total": len(folds)}


@router.get("/statements", operation_id="listStatements", summary="List the statements")
def statements(request: Request, workspace: WorkspaceDep, limit: Limit = 50, cursor: Cursor = None) -> JSONResponse:
    """Every statement, sorted by id: what is said, free of who says it."""
    refuse_unknown(request, PAGING)
    ids = workspace.records.ids("statement")
    shown, after = cut(ids, str, limit, cursor)
    items = tuple(workspace.writer.record(n) for id in shown if (n := workspace.records.get(id)))
    return paged(request, Page(items, len(ids), after))


@router.get("/statements/{id:path}", operation_id="readStatement", summary="Read one statement")
def statement(id: str, workspace: WorkspaceDep) -> dict[str, Any]:
    """A statement, and the claims that make it."""
    node = _record(workspace, "statement", id)
    return {**workspace.writer.record(node), "claims": workspace.records.claims_of(node.id)}


@router.get("/snapshots", operation_id="listSnapshots", summary="List the snapshots")
def snapshots(request: Request, workspace: WorkspaceDep, limit: Limit = 50, cursor: Cursor = None) -> JSONResponse:
    """Every snapshot, sorted by id; never its text."""
    refuse_unknown(request, PAGING)
    ids = workspace.records.ids("snapshot")
    shown, after = cut(ids, str, limit, cursor)
    items = tuple(snapshot_json(workspace, n) for id in shown if (n := workspace.records.get(id)))
    return paged(request, Page(items, len(ids), after))


@router.get("/snapshots/{id:path}", operation_id="readSnapshot", summary="Read what is known of one snapshot")
def snapshot(id: str, workspace: WorkspaceDep) -> dict[str, Any]:
    """A snapshot's record; never its text. `id` is its digest, or its IRI, percent-encoded."""
    try:
        iri = workspace.iris.snapshot(id) if id.startswith("sha256:") else id
    except ValueError:
        iri = id
    return snapshot_json(workspace, _record(workspace, "snapshot", iri))


@router.get("/review", operation_id="listProposals", summary="List what waits for a decision")
def proposals(request: Request, browser: BrowserDep, limit: Limit = 50, cursor: Cursor = None) -> JSONResponse:
    """The claims that are proposed and pass every filter, sorted by id. `POST` decides on them."""
    return paged(request, browser.page({**filters(request), "status": ["proposed"]}, limit=limit, cursor=cursor))


@router.get("/stats", operation_id="readStats", summary="Figures of the whole")
def stats(request: Request, workspace: WorkspaceDep, browser: BrowserDep) -> Response:
    """How many records of each kind there are, how claims stand, and the last commit."""

    def told() -> dict[str, Any]:
        words = ("status", "polarity", "certainty", "category", "verification")
        facets = browser.facets({}, words)
        return {
            "commit": workspace.committer.number,
            "records": {word: len(workspace.records.ids(word)) for word in sorted(workspace.profile.shapes)},
            "claims": {name: dict(tally) for name, tally in facets.items()},
            "standing": browser.count({"status": STANDING}),
            "conflicts": dict(workspace.clashes().kinds()),
        }

    return answer(request, commit_tag(workspace), told)


def _record(workspace: Workspace, word: str, id: str) -> Node:
    node = workspace.records.get(id if ":" in id else workspace.iris.of(word, id))
    if node is None or node.shape.record != word:
        raise NotFound(f"there is no such {word}", where=id)
    return node
