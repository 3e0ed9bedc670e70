"""Records in the store: one named graph, one record.

A claim that is neither proposed nor accepted is *withheld*: its graph holds its status and, as one
text, the record. So queries see what stands and what may come to stand, the record can still be
read, and a tombstone tells why it is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from kg.codec.rdf import decode
from kg.errors import Damaged
from kg.model.node import Node
from kg.model.values import nquad
from kg.schema.names import RDF_TYPE, STEMMA
from kg.schema.shapes import Shape
from kg.store.base import Store

STATUS = STEMMA + "reviewStatus"
SEEN = frozenset({STEMMA + "proposed", STEMMA + "accepted"})
"""The states in which queries, conflicts and assessments see a claim."""

WITHHELD = STEMMA + "WithheldClaim"
WITHHELD_RECORD = STEMMA + "withheldRecord"
WITHHELD_STATEMENT = STEMMA + "withheldStatement"
_TOMBSTONE = frozenset(STEMMA + n for n in ("reviewStatus", "reviewReason", "reviewedAt", "version"))


def is_withheld(node: Node) -> bool:
    """Whether a record is a claim that queries do not see."""
    return node.shape.record == "claim" and node.one(STATUS) not in SEEN


def stored(node: Node) -> list[Quad]:
    """The quads that the store keeps of a record."""
    quads = node.quads()
    if not is_withheld(node):
        return quads
    me = NamedNode(node.id)
    text = "".join(sorted(f"{q.triple} .\n" for q in quads))
    return [
        *(q for q in quads if q.subject == me and q.predicate.value in _TOMBSTONE),
        Quad(me, NamedNode(RDF_TYPE), NamedNode(WITHHELD), me),
        Quad(me, NamedNode(WITHHELD_STATEMENT), NamedNode(str(node.one(STEMMA + "statement"))), me),
        Quad(me, NamedNode(WITHHELD_RECORD), Literal(text), me),
    ]


def stored_lines(node: Node) -> list[str]:
    """The lines that the store keeps of a record."""
    return [nquad(q) for q in stored(node)] if is_withheld(node) else node.lines()


class Records:
    """Reads nodes from a store.

    :param shapes: record word to shape.
    """

    def __init__(self, store: Store, shapes: Mapping[str, Shape]) -> None:
        self._store = store
        self._shapes = shapes
        self._by_type = {str(s.target): s for s in shapes.values()}

    def get(self, id: str) -> Node | None:
        """The record of an IRI, or ``None`` if there is none.

        :raises Damaged: if the store holds what no shape describes.
        """
        try:
            name = NamedNode(id)
        except ValueError:  # no IRI, so the name of no record
            return None
        return self.read(id, self._store.quads(graph=name))

    def read(self, id: str, quads: Iterable[Quad]) -> Node | None:
        """The record that the quads of its graph make, or ``None`` if they make none.

        :raises Damaged: if no shape describes them.
        """
        name, quads = NamedNode(id), list(quads)
        types = [q.object.value for q in quads if q.subject == name and q.predicate.value == RDF_TYPE]  # type: ignore[union-attr]
        if types == [WITHHELD]:
            text = next(q.object.value for q in quads if q.predicate.value == WITHHELD_RECORD)  # type: ignore[union-attr]
            quads = list(parse(input=text, format=RdfFormat.N_TRIPLES))
            types = [str(self._shapes["claim"].target)]
        shape = self._by_type.get(types[0]) if types else None
        if shape is None:
            return None
        node, findings = decode(id, quads, shape)
        if findings:
            raise Damaged(f"the stored record does not fit its shape: {findings[0]}", where=id)
        return node

    def lines_of(self, ids: Iterable[str]) -> str:
        """What the store keeps of several records, as lines of N-Triples, read by one call of the engine."""
        return self._store.lines_of(ids)

    def ids(self, record: str) -> list[str]:
        """The IRIs of every record of a kind, sorted."""
        shown = self.subjects(RDF_TYPE, str(self._shapes[record].target))
        return sorted([*shown, *self.subjects(RDF_TYPE, WITHHELD)]) if record == "claim" else shown

    def all(self, record: str) -> Iterator[Node]:
        """Every record of a kind, sorted by IRI."""
        for id in self.ids(record):
            node = self.get(id)
            if node is not None:
                yield node

    def subjects(self, predicate: str, object: str) -> list[str]:
        """The records that hold an IRI in a property, sorted."""
        found = self._store.quads(predicate=NamedNode(predicate), object=NamedNode(object))
        return sorted({q.graph_name.value for q in found if isinstance(q.graph_name, NamedNode)})

    def claims_of(self, statement: str) -> list[str]:
        """The claims that make a statement, sorted."""
        return sorted({i for p in (STEMMA + "statement", WITHHELD_STATEMENT) for i in self.subjects(p, statement)})

    def snapshots_of(self, source: str) -> list[str]:
        """The snapshots of a source, sorted."""
        return self.subjects(STEMMA + "ofSource", source)
