"""Quads to records, by the shapes. What a shape does not name is a finding, never dropped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from kg.model.node import Node
from kg.model.values import Atom, canonical
from kg.report import Finding
from kg.schema.names import RDF_TYPE
from kg.schema.shapes import Field, Kind, Shape

Properties = Mapping[str, list[object]]


class _Decoder:
    """Reads one named graph as one record, collecting what does not fit."""

    def __init__(self, id: str, quads: Iterable[Quad]) -> None:
        self.id = id
        self.findings: list[Finding] = []
        self.subjects: dict[str, dict[str, list[object]]] = {}
        for q in quads:
            if isinstance(q.subject, NamedNode):
                self.subjects.setdefault(q.subject.value, {}).setdefault(q.predicate.value, []).append(q.object)
            else:
                self.add("term-kind", "the subject is no IRI", str(q.predicate.value), str(q.subject))

    def add(self, code: str, message: str, pointer: str = "", value: str = "") -> None:
        self.findings.append(Finding(code, message, about=self.id, pointer=pointer, value=value[:120]))

    def node(self, id: str, shape: Shape) -> Node:
        facts = self.subjects.pop(id, {})
        types = facts.pop(RDF_TYPE, [])
        expected = [NamedNode(shape.target)] if shape.target else []
        if types != expected:
            shown = ", ".join(str(t) for t in types) or "no type"
            self.add("type", f"a {shape.record or 'part'} has exactly the type {shape.target or '(none)'}", value=shown)
        values: dict[str, list[Atom | Node]] = {}
        for path, objects in facts.items():
            field = shape.field(path)
            if field is None:
                self.add("property-unknown", "this property does not belong to the record", path)
                continue
            values[path] = [v for o in objects if (v := self.value(field, o, id)) is not None]
        return Node.of(id, shape, values)

    def value(self, field: Field, found: object, owner: str) -> Atom | Node | None:
        if isinstance(found, NamedNode) and field.kind is not Kind.LITERAL:
            if field.kind is not Kind.PART:
                return found
            if not found.value.startswith(owner + "#"):
                self.add(field.code, "a part's IRI is its owner's with a fragment", field.path, found.value)
                return None
            assert field.part is not None
            return self.node(found.value, field.part)
        if isinstance(found, Literal) and field.kind is Kind.LITERAL:
            return self.literal(field, found)
        kind = "a blank node" if isinstance(found, BlankNode) else type(found).__name__
        self.add(field.code, f"{field.message} This is {kind}.", field.path, str(found))
        return None

    def literal(self, field: Field, found: Literal) -> Literal | None:
        if found.datatype.value != field.datatype or found.language:
            self.add(field.code, field.message, field.path, str(found))
            return None
        try:
            return canonical(found.value, found.datatype.value)
        except ValueError:
            self.add(field.code, field.message, field.path, str(found))
            return None


def decode(id: str, quads: Iterable[Quad], shape: Shape) -> tuple[Node, list[Finding]]:
    """Read the quads of one named graph as the record that bears its name.

    :param id: IRI of the record and of its graph.
    :param quads: the quads of that graph; their graph names are not looked at.
    :param shape: what kind of record it should be.
    :returns: the record, and a finding for every quad that does not belong to it.
    """
    decoder = _Decoder(id, quads)
    node = decoder.node(id, shape)
    for stranger in decoder.subjects:
        decoder.add("subject-unknown", "this subject does not belong to the record", value=stranger)
    return node, decoder.findings
