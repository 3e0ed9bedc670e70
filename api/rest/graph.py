"""``/api/v1/graph``: the claims as a graph to draw."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from networkx import node_link_data

from api.deps import WorkspaceDep

router = APIRouter(prefix="/api/v1", tags=["Graph"])

View = Annotated[
    str, Query(description="`entities`: claims folded into edges; `claims`: claims as nodes; `sources`: lineage.")
]


@router.get("/graph", operation_id="readGraph", summary="The claims as a graph")
def read(workspace: WorkspaceDep, view: View = "entities") -> JSONResponse:
    """Nodes and links as D3, Cytoscape and `networkx.node_link_graph(..., edges="links")` read them."""
    graph: dict[str, Any] = node_link_data(workspace.graph(view), edges="links")
    return JSONResponse(graph)
