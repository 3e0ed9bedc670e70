"""``/api/v1/graph``: the claims as a graph to draw."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from networkx import node_link_data

from api.deps import KeptDep, WorkspaceDep
from api.rest.fresh import answer
from kg.export.base import check_view
from kg.model.digest import short_hash
from kg.workspace import Workspace

router = APIRouter(prefix="/api/v1", tags=["Graph"])

View = Annotated[
    str, Query(description="`entities`: claims folded into edges; `claims`: claims as nodes; `sources`: lineage.")
]


@router.get("/graph", operation_id="readGraph", summary="The claims as a graph")
def read(request: Request, workspace: WorkspaceDep, kept: KeptDep, view: View = "entities") -> Response:
    """Nodes and links as D3, Cytoscape and `networkx.node_link_graph(..., edges="links")` read them."""
    check_view(view)
    body, digest = kept.get(("graph", view), lambda: _drawn(workspace, view))
    return answer(request, f"graph-{view}-{digest}", lambda: body)


def _drawn(workspace: Workspace, view: str) -> tuple[bytes, str]:
    """A view as JSON, and a digest of it."""
    graph: dict[str, Any] = node_link_data(workspace.graph(view), edges="links")
    body = json.dumps(graph, ensure_ascii=False, separators=(",", ":"))
    return body.encode(), short_hash(body, 16)
