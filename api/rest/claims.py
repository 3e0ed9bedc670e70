"""``/api/v1/claims``: find claims, and read one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from api.deps import BrowserDep, WorkspaceDep
from api.rest.fresh import answer
from kg.browse import MAX_LIMIT, Page
from kg.errors import UsageError
from kg.schema.jsonschema import json_schema
from kg.workspace import Workspace

router = APIRouter(prefix="/api/v1", tags=["Records"])

PAGING = ("limit", "cursor", "fields")
"""Parameters that are no filter."""
LINES = "application/x-ndjson"

Limit = Annotated[int, Query(description=f"How many, from 1 to {MAX_LIMIT}.")]
Fields = Annotated[str | None, Query(description="Only these members of each record, separated by commas.")]
Cursor = Annotated[str | None, Query(description="`next` of the page before.")]


@router.get("/claims", operation_id="findClaims", summary="Find claims")
def find(
    request: Request,
    browser: BrowserDep,
    workspace: WorkspaceDep,
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """The claims that pass every filter; of one filter given twice, either value is enough.

    A filter takes a CURIE, an IRI or a word: a label, a synonym, or a word of a closed list. With
    `Accept: application/x-ndjson` all of them come, one a line.
    """
    chosen = _chosen(fields, workspace)
    if LINES in request.headers.get("accept", ""):
        question = browser.question(filters(request))
        lines = (json.dumps(only(r, chosen), ensure_ascii=False) + "\n" for r in browser.records(question))
        return StreamingResponse(lines, media_type=LINES)
    page = browser.page(filters(request), limit=limit, cursor=cursor)
    return paged(request, replace(page, items=tuple(only(r, chosen) for r in page.items)))


@router.get("/claims/{id:path}", operation_id="readClaim", summary="Read one claim")
def read(request: Request, id: str, workspace: WorkspaceDep, fields: Fields = None) -> Response:
    """The record of a claim, as `export` writes it and `add` takes it.

    `id` is the last part of its IRI, or the whole IRI, percent-encoded.
    """
    claim, chosen = workspace.claim(id), _chosen(fields, workspace)
    return answer(request, etag(workspace, claim), lambda: only(claim, chosen))


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
    return JSONResponse(body, headers=next_link(request, page.next))


def next_link(request: Request, cursor: str | None, *, name: str = "cursor") -> dict[str, str]:
    """The header that tells the address of the next page, if there is one.

    :param name: the parameter that holds the cursor.
    """
    if cursor is None:
        return {}
    told = [(key, value) for key, value in request.query_params.multi_items() if key != name]
    return {"Link": f'<{request.url.path}?{urlencode([*told, (name, cursor)])}>; rel="next"'}


def only(record: Mapping[str, Any], fields: frozenset[str]) -> dict[str, Any]:
    """A record with the chosen members and its id; with all of them if none is chosen."""
    return {k: v for k, v in record.items() if not fields or k in fields or k == "id"}


def _chosen(fields: str | None, workspace: Workspace) -> frozenset[str]:
    chosen = frozenset(name for name in (fields or "").split(",") if name)
    known = json_schema(workspace.profile, "claim")["properties"] if chosen else {}
    if not chosen <= known.keys():
        unknown = ", ".join(sorted(chosen - known.keys()))
        hint = f"Known: {', '.join(sorted(known))}."
        raise UsageError("a claim has no such member", where=f"fields={unknown}", hint=hint)
    return chosen
