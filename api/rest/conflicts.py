"""``/api/v1/conflicts``: the pairs of claims that clash, each with the rule that finds it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from api.deps import WorkspaceDep
from api.rest.claims import Cursor, Limit, paged
from kg.browse import Page, cut
from kg.conflict.desk import Conflict

router = APIRouter(prefix="/api/v1", tags=["Records"])

OneClaim = Annotated[str | None, Query(description="Only those of this claim: its IRI, or the last part of it.")]


@router.get("/conflicts", operation_id="findConflicts", summary="Find claims that clash")
def find(
    request: Request, workspace: WorkspaceDep, claim: OneClaim = None, limit: Limit = 50, cursor: Cursor = None
) -> JSONResponse:
    """Every pair of claims, proposed or accepted, that contradict each other or are in tension."""
    found = workspace.conflicts(claim)
    shown, after = cut(found, _pair, limit, cursor)
    return paged(request, Page(tuple(c.as_dict() for c in shown), len(found), after))


def _pair(conflict: Conflict) -> str:
    return " ".join(sorted((conflict.a, conflict.b)))
