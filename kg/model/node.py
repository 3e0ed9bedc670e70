"""A record as a value: an id, a shape and the values of its properties.

This is what the codecs make and read. The typed views in :mod:`kg.model.records` are for people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from pyoxigraph import Literal, NamedNode, Quad

from kg.model.values import Atom
from kg.schema.names import RDF_TYPE
from kg.schema.shapes import Field, Shape

Properties = dict[str, list[str]]
"""IRI of a property to its values, each as N-Triples writes it."""


@dataclass(frozen=True)
class Node:
    """A record, or a part of one.

    ``values`` maps a property's IRI to its values, each tuple sorted; a property without values
    is absent. Two nodes are equal when they would be stored as the same quads.
    """

    id: str
    shape: Shape
    values: Mapping[str, tuple[Atom | Node, ...]]

    @staticmethod
    def of(id: str, shape: Shape, values: Mapping[str, Iterable[Atom | Node]]) -> Node:
        """Make a node, sorting the values and leaving out empty properties."""
        kept = {path: _sorted(vs) for path, vs in sorted(values.items())}
        return Node(id, shape, {path: vs for path, vs in kept.items() if vs})

    def __hash__(self) -> int:
        return hash((self.id, tuple(self.values.items())))

    def atoms(self, path: str) -> tuple[str, ...]:
        """The IRIs and lexical forms of a property's values."""
        return tuple(v.value for v in self.values.get(path, ()) if not isinstance(v, Node))

    def one(self, path: str) -> str | None:
        """The first value of a property, or ``None``."""
        found = self.atoms(path)
        return found[0] if found else None

    def parts(self, path: str) -> tuple[Node, ...]:
        """The parts that a property holds."""
        return tuple(v for v in self.values.get(path, ()) if isinstance(v, Node))

    def with_values(self, **changes: Iterable[Atom | Node]) -> Node:
        """A copy with some properties replaced; keys are field codes with ``_`` for ``-``."""
        paths = {f.code.replace("-", "_"): f.path for f in self.shape.fields}
        return Node.of(self.id, self.shape, {**self.values, **{paths[k]: tuple(v) for k, v in changes.items()}})

    def renamed(self, id: str) -> Node:
        """The same node under another id, its parts with it."""
        moved = {
            path: [v.renamed(id + v.id.removeprefix(self.id)) for v in vs if isinstance(v, Node)]
            for path, vs in self.values.items()
            if isinstance(vs[0], Node)
        }
        return Node.of(id, self.shape, {**self.values, **moved}) if moved else Node(id, self.shape, self.values)

    def content(self) -> Node:
        """The node without its bookkeeping: version, review, time of making."""
        keeping = {f.path for f in self.shape.fields if f.bookkeeping}
        return replace(self, values={p: v for p, v in self.values.items() if p not in keeping})

    def iris(self) -> Iterator[tuple[Field, str]]:
        """Every IRI that the node and its parts refer to, with the field that holds it."""
        for f in self.shape.fields:
            for v in self.values.get(f.path, ()):
                if isinstance(v, Node):
                    yield from v.iris()
                elif isinstance(v, NamedNode):
                    yield f, v.value

    @cached_property
    def written(self) -> Mapping[str, Properties]:
        """The node as it is stored: each subject's properties. Not to be changed."""
        found: dict[str, Properties] = {}
        self._write(found)
        return found

    def _write(self, out: dict[str, Properties]) -> None:
        mine = out.setdefault(self.id, {})
        if self.shape.target:
            mine[RDF_TYPE] = [f"<{self.shape.target}>"]
        for path, values in self.values.items():
            texts = [f"<{v.id}>" if isinstance(v, Node) else str(v) for v in values]
            mine[path] = (
                texts if path not in mine and len(texts) < 2 else list(dict.fromkeys([*mine.get(path, ()), *texts]))
            )
            for part in values:
                if isinstance(part, Node):
                    part._write(out)

    def triples(self) -> Iterator[str]:
        """The node's subjects, properties and values as N-Triples writes them."""
        for subject, properties in self.written.items():
            for path, values in properties.items():
                for v in values:
                    yield f"<{subject}> <{path}> {v}"

    def lines(self) -> list[str]:
        """The node as canonical N-Quads lines, all in the graph that bears its id."""
        return [f"{triple} <{self.id}> .\n" for triple in self.triples()]

    def quads(self) -> list[Quad]:
        """The node as quads, all in the graph that bears its id."""
        return list(self._quads(NamedNode(self.id)))

    def _quads(self, graph: NamedNode) -> Iterator[Quad]:
        me = NamedNode(self.id)
        if self.shape.target:
            yield Quad(me, named(RDF_TYPE), named(self.shape.target), graph)
        for path, values in self.values.items():
            property = named(path)
            for v in values:
                if isinstance(v, Node):
                    yield Quad(me, property, NamedNode(v.id), graph)
                    yield from v._quads(graph)
                else:
                    yield Quad(me, property, v, graph)


def _sorted(values: Iterable[Atom | Node]) -> tuple[Atom | Node, ...]:
    known = tuple(values)
    return known if len(known) < 2 else tuple(sorted(set(known), key=_order))


named = lru_cache(maxsize=65536)(NamedNode)
"""The same few properties and terms stand in every record."""


def _order(value: Atom | Node) -> tuple[int, int, str]:
    if isinstance(value, Node):
        return (2, 0, value.id)
    if isinstance(value, Literal) and value.datatype.value.endswith("#integer"):
        return (0, int(value.value), "")
    return (1, 0, str(value))
