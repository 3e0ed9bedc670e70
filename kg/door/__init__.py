"""The door of quads: what SPARQL UPDATE, the Graph Store Protocol and RDF files bring.

In a workspace of records, quads become records with the versions they were made on, and go through
the gate like any other change. In one that admits any RDF, they become one change of quads.
"""

from kg.door.graphs import delete_graph, graph_quads, post_graph, put_graph, put_quads
from kg.door.payload import MEDIA, Limits, file_quads, parse_payload
from kg.door.quads import quad_change
from kg.door.records import changes

__all__ = [
    "MEDIA",
    "Limits",
    "changes",
    "delete_graph",
    "file_quads",
    "graph_quads",
    "parse_payload",
    "post_graph",
    "put_graph",
    "put_quads",
    "quad_change",
]
