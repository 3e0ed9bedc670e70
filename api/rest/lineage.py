"""``/api/v1/lineage``: where claims come from, and what sources do not tell."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.deps import WorkspaceDep
from api.rest.fresh import answer, commit_tag, refuse_unknown

router = APIRouter(prefix="/api/v1", tags=["Reasoning"])

OneSource = Annotated[str | None, Query(description="Only of this source: its IRI, or the last part of it.")]


@router.get("/lineage", operation_id="findLineage", summary="The lineage of a source, or of all claims")
def find(request: Request, workspace: WorkspaceDep, source: OneSource = None) -> Response:
    """Roots, the steps that lead to them, typed links (`basis`: `record` or `rule`), and silences."""
    refuse_unknown(request, ("source",))
    return answer(
        request, f"lineage-{commit_tag(workspace)}", lambda: workspace.lineage(source=source or None).as_dict()
    )


@router.get("/lineage/{claim:path}", operation_id="readLineage", summary="The lineage of one claim")
def read(request: Request, claim: str, workspace: WorkspaceDep) -> Response:
    """The same of one claim that is proposed or accepted, its conflicts among the links.

    `claim` is the last part of its IRI, or the whole IRI, percent-encoded.
    """

    def told() -> dict[str, Any]:
        return workspace.lineage(claim).as_dict()

    return answer(request, f"lineage-{commit_tag(workspace)}", told)
