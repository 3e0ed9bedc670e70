"""Graph files: GraphML, GEXF and Cytoscape JSON, the same bytes for the same claims."""

from __future__ import annotations

import json

from networkx.readwrite.gexf import GEXFWriter
from networkx.readwrite.graphml import GraphMLWriter

from kg.export.base import Exportable
from kg.export.network import network

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def graphml(workspace: Exportable, view: str, status: str | None) -> str:
    """The graph as GraphML, for networkx, igraph, Gephi and yEd."""
    graph = network(workspace, view, status)
    # networkx picks another writer where lxml is installed; this one is always there.
    return f"{_DECLARATION}{GraphMLWriter(graph)}\n"


def gexf(workspace: Exportable, view: str, status: str | None) -> str:
    """The graph as GEXF 1.2, for Gephi; an edge's weight is how many claims it folds."""
    graph = network(workspace, view, status)
    for _, _, key, data in graph.edges(keys=True, data=True):
        data.update(id=key, weight=data["claims"])
    writer = GEXFWriter(version="1.2draft")
    for meta in writer.xml.findall("meta"):  # it holds the day of writing
        writer.xml.remove(meta)
    writer.add_graph(graph)
    return f"{_DECLARATION}{writer}\n"


def cyjs(workspace: Exportable, view: str, status: str | None) -> str:
    """The graph as Cytoscape JSON, for Cytoscape and cytoscape.js."""
    graph = network(workspace, view, status)
    nodes = [{"data": {"id": id, **data}} for id, data in graph.nodes(data=True)]
    edges = [
        {"data": {"id": key, "source": start, "target": end, **data}}
        for start, end, key, data in graph.edges(keys=True, data=True)
    ]
    told = {"format_version": "1.0", "data": {"name": view}, "elements": {"nodes": nodes, "edges": edges}}
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
