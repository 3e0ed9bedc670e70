"""The profile's ontology in a graph of the store, for those who ask; it is no commit."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode, Quad

from kg.profile import ONTOLOGY_GRAPH, Profile
from kg.schema.names import STEMMA
from kg.store.base import Store

_DIGEST = NamedNode(STEMMA + "profileDigest")


def put_ontology(store: Store, profile: Profile) -> None:
    """Put the profile's ontology into its graph, if it changed since it was put there.

    Where any RDF is data, the ontology is none.
    """
    if profile.admits_any:
        return
    graph = NamedNode(ONTOLOGY_GRAPH)
    held = [q.object for q in store.quads(graph, _DIGEST, None, graph)]
    mark = Quad(graph, _DIGEST, Literal(profile.digest), graph)
    if held != [mark.object]:
        store.apply(list(store.quads(graph=graph)), [])
        store.load([*(Quad(t.subject, t.predicate, t.object, graph) for t in profile.triples), mark])
