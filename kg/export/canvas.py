"""Nodes and edges, gathered and then drawn in one order; every edge folds the claims behind it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import networkx as nx

from kg.export.base import STATUS
from kg.export.labels import Labels
from kg.model.digest import short_hash
from kg.model.node import Node
from kg.schema.names import STEMMA

Attributes = dict[str, str | int]
"""What a node or edge carries. Text and numbers only: graph file formats take nothing else."""

_STRONGEST_FIRST = (STEMMA + "asserted", STEMMA + "hedged", STEMMA + "speculative")
# The ontology lists the certainties and does not order them.

_COUNTED = {
    STEMMA + "polarity": STEMMA + "Polarity",
    STEMMA + "certainty": STEMMA + "Certainty",
    STATUS: STEMMA + "ReviewStatus",
}


@dataclass
class Canvas:
    """A graph in the making. An edge is its two ends and a relation, whatever number of claims it folds."""

    labels: Labels
    nodes: dict[str, Attributes] = field(default_factory=dict)
    edges: dict[tuple[str, str, str], dict[str, Node]] = field(default_factory=dict)

    def node(self, id: str, kind: str, label: str, attributes: Mapping[str, str | int | None] | None = None) -> str:
        """Put a node; one that is there already stays as it is.

        :param kind: what it stands for, such as ``entity`` or ``claim``.
        :param attributes: what else it carries; those without a value are left out.
        :returns: its id.
        """
        if id not in self.nodes:
            more = {k: v for k, v in (attributes or {}).items() if v is not None and v != ""}
            self.nodes[id] = {"name": label, "label": label, "kind": kind, **more}
        return id

    def term(self, iri: str) -> str:
        """Put an entity of the vocabulary, or what else an IRI names."""
        if iri in self.nodes:
            return iri
        cls = self.labels.cls(iri)
        more = {"curie": self.labels.prefixes.compress(iri), "class": cls}
        return self.node(iri, "entity" if cls else "work", self.labels.name(iri), more)

    def edge(self, start: str, relation: str, end: str, claim: Node) -> None:
        """Put an edge on account of a claim.

        :param relation: IRI of the relation or property that it stands for.
        """
        self.edges.setdefault((start, relation, end), {})[claim.id] = claim

    def graph(self) -> nx.MultiDiGraph:
        """The graph, its nodes sorted by id and its edges by their ends and relation."""
        drawn = nx.MultiDiGraph()
        drawn.add_nodes_from((id, dict(self.nodes[id])) for id in sorted(self.nodes))
        for (start, relation, end), claims in sorted(self.edges.items()):
            label = self.labels.name(relation)
            told: Attributes = {"name": label, "label": label, "relation": self.labels.short(relation)}
            key = "e-" + short_hash(f"{start} {relation} {end}", 16)
            folded = [claims[id] for id in sorted(claims)]
            ids: Attributes = {"claim_ids": " ".join(c.id for c in folded)}
            drawn.add_edge(start, end, key, **told, **summary(folded, self.labels), **ids)
        return drawn


def summary(claims: Collection[Node], labels: Labels) -> Attributes:
    """How claims say what they say, taken together.

    :returns: ``polarity`` (``mixed`` if they differ), ``certainty`` (the strongest), and
        :func:`counts`.
    """
    polarities = {c.one(STEMMA + "polarity") for c in claims}
    certainties = sorted((str(c.one(STEMMA + "certainty")) for c in claims), key=_weakness)
    return {
        "polarity": "mixed" if len(polarities) > 1 else labels.word(min(map(str, polarities))),
        "certainty": labels.word(certainties[0]),
        **counts(claims, labels),
    }


def counts(claims: Collection[Node], labels: Labels) -> Attributes:
    """How many ``claims`` and ``sources`` there are, and how many claims by the word of each
    polarity, certainty and review status."""
    told: Attributes = {"claims": len(claims), "sources": len({c.one(STEMMA + "source") for c in claims})}
    for path, cls in _COUNTED.items():
        for value in labels.vocabulary.members(cls):
            told[labels.word(value.iri)] = sum(c.one(path) == value.iri for c in claims)
    return told


def _weakness(certainty: str) -> tuple[int, str]:
    known = certainty in _STRONGEST_FIRST
    return (_STRONGEST_FIRST.index(certainty) if known else len(_STRONGEST_FIRST), certainty)
