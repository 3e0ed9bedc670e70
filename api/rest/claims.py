"""``/api/v1/claims``: find claims, and read one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from api.deps import BrowserDep, WorkspaceDep
from api.rest.fresh import answer
from kg.browse import MAX_LIMIT, Page
from kg.workspace import Workspace

router = APIRouter(prefix="/api/v1", tags=["Records"])

PAGING = ("limit", "cursor")
"""Parameters that are no filter."""

Limit = Annotated[int, Query(description=f"How many, from 1 to {MAX_LIMIT}.")]
Cursor = Annotated[str | None, Query(description="`next` of the page before.")]


@router.get("/claims", operation_id="findClaims", summary="Find claims")
def find(request: Request, browser: BrowserDep, limit: Limit = 50, cursor: Cursor = None) -> JSONResponse:
    """The claims that pass every filter; of one filter given twice, either value is enough.

    A filter takes a CURIE, an IRI or a word: a label, a synonym, or a word of a closed list.
    """
    page = browser.page(filters(request), limit=limit, cursor=cursor)
    return paged(request, page)


@router.get("/claims/{id:path}", operation_id="readClaim", summary="Read one claim")
def read(request: Request, id: str, workspace: WorkspaceDep) -> Response:
    """The record of a claim, as `export` writes it and `add` takes it.

    `id` is the last part of its IRI, or the whole IRI, percent-encoded.
    """
    claim = workspace.claim(id)
    return answer(request, etag(workspace, claim), lambda: claim)


def etag(workspace: Workspace, claim: Mapping[str, Any]) -> str:
    """A claim's entity tag: its version, the last commit (which may change labels), and whether its anchor holds."""
    return f"{claim['version']}-{workspace.committer.number}-{claim['anchor']['verification']}"


def filters(request: Request) -> dict[str, list[str]]:
    """The filters of a request: every parameter that is not about paging."""
    told = request.query_params
    return {name: told.getlist(name) for name in told if name not in PAGING}


def paged(request: Request, page: Page) -> JSONResponse:
    """A page as JSON, with the address of the next one in a Link header (RFC 8288)."""
    body = {"items": list(page.items), "total": page.total, "next": page.next}
    return JSONResponse(body, headers={"Link": f'<{_next(request, page.next)}>; rel="next"'} if page.next else None)


def _next(request: Request, cursor: str) -> str:
    told = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{request.url.path}?{urlencode([*told, ('cursor', cursor)])}"
