"""A record as the lines of its text say it, for checks that want no more than to look things up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from kg.codec.normal import THIS
from kg.model.node import Properties
from kg.schema.names import XSD
from kg.schema.shapes import Field, Kind, Shape

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_SHORT = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


class Record(Protocol):
    """What checks ask of a record; a :class:`kg.model.node.Node` answers it, and :class:`Facts`."""

    @property
    def id(self) -> str:
        """IRI of the record."""

    @property
    def shape(self) -> Shape:
        """What kind of record it is."""

    def one(self, path: str) -> str | None:
        """The first value of a property, or ``None``."""

    def atoms(self, path: str) -> tuple[str, ...]:
        """The IRIs and lexical forms of a property's values."""

    def parts(self, path: str) -> Sequence[Record]:
        """The parts that a property holds."""

    def iris(self) -> Iterable[tuple[Field, str]]:
        """Every IRI that the record and its parts refer to, with the field that holds it."""


class Layout:
    """The shapes of a profile, each with its fields by their properties."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.by_type = {str(s.target): s for s in shapes.values()}
        self._fields: dict[str, dict[str, Field]] = {}
        self._identifying: dict[str, frozenset[str]] = {}
        self._parts: dict[str, tuple[str, ...]] = {}
        for shape in shapes.values():
            self._add(shape)

    def fields(self, shape: Shape) -> Mapping[str, Field]:
        """The fields of a shape, by their properties."""
        return self._fields[shape.iri]

    def identifying(self, shape: Shape) -> frozenset[str]:
        """The properties that name a record of a shape."""
        return self._identifying[shape.iri]

    def parts(self, shape: Shape) -> tuple[str, ...]:
        """The properties of a shape that hold parts."""
        return self._parts[shape.iri]

    def _add(self, shape: Shape) -> None:
        self._fields[shape.iri] = {f.path: f for f in shape.fields}
        self._identifying[shape.iri] = frozenset(f.path for f in shape.fields if f.identifies)
        self._parts[shape.iri] = tuple(f.path for f in shape.fields if f.part is not None)
        for f in shape.fields:
            if f.part is not None:
                self._add(f.part)


class Facts:
    """One record, or a part of one, read from lines.

    :param within: every subject of the record's lines, with its properties.
    """

    __slots__ = ("_iris", "_layout", "id", "properties", "shape", "within")

    def __init__(self, id: str, shape: Shape, within: Mapping[str, Properties], layout: Layout) -> None:
        self.id, self.shape, self.within, self._layout = id, shape, within, layout
        self.properties = within.get(id, {})
        self._iris: tuple[tuple[Field, str], ...] | None = None

    def one(self, path: str) -> str | None:
        """The first value of a property, or ``None``; where it may hold one, that one."""
        found = self.properties.get(path)
        return plain(min(found)) if found else None

    def atoms(self, path: str) -> tuple[str, ...]:
        """The IRIs and lexical forms of a property's values."""
        return tuple(map(plain, self.properties.get(path, ())))

    def parts(self, path: str) -> tuple[Facts, ...]:
        """The parts that a property holds."""
        field = self._layout.fields(self.shape).get(path)
        if field is None or field.part is None:
            return ()
        return tuple(Facts(v[1:-1], field.part, self.within, self._layout) for v in self.properties.get(path, ()))

    def normal_form(self) -> str:
        """What :func:`kg.codec.normal.normal_form` writes of it."""
        named = self._layout.identifying(self.shape)
        return "".join(sorted(f"<{THIS}> <{p}> {v} .\n" for p, vs in self.properties.items() if p in named for v in vs))

    def iris(self) -> tuple[tuple[Field, str], ...]:
        """Every IRI that the record and its parts refer to, with the field that holds it."""
        if self._iris is None:
            self._iris = tuple(self._find_iris())
        return self._iris

    def _find_iris(self) -> Iterator[tuple[Field, str]]:
        fields = self._layout.fields(self.shape)
        for path, values in self.properties.items():
            field = fields.get(path)
            if field is None or field.kind is Kind.LITERAL:
                continue
            if field.kind is Kind.PART:
                for part in self.parts(path):
                    yield from part.iris()
            else:
                for v in values:
                    if v[0] == "<":
                        yield field, v[1:-1]


def lines(within: Mapping[str, Properties]) -> Iterator[str]:
    """What is known of subjects, as lines of N-Triples."""
    return (f"<{s}> <{p}> {v} .\n" for s, properties in within.items() for p, vs in properties.items() for v in vs)


def gather(text: str) -> dict[str, Properties]:
    """Lines of N-Triples by subject and property.

    :raises ValueError: if a line is none, or its subject is no IRI.
    """
    found: dict[str, Properties] = {}
    for line in text.split("\n"):
        if not line:
            continue
        subject, predicate, rest = line.split(" ", 2)
        if subject[0] != "<" or predicate[0] != "<" or rest[-2:] != " .":
            raise ValueError("this is no line of N-Triples about an IRI")
        value = rest[:-2]
        properties = found.get(subject)
        if properties is None:
            properties = found[subject] = {}
        values = properties.get(predicate)
        if values is None:
            properties[predicate] = [value]
        elif value not in values:
            values.append(value)
    return {s[1:-1]: {p[1:-1]: vs for p, vs in ps.items()} for s, ps in found.items()}


def split(value: str) -> tuple[str, str]:
    """The lexical form and the datatype of a literal as N-Triples writes it.

    A literal with a language has no datatype here.
    """
    if value[-1] == '"':
        text, datatype = value[1:-1], XSD + "string"
    else:
        end = value.rfind('"')
        text, datatype = value[1:end], value[end + 4 : -1] if value[end + 1 : end + 3] == "^^" else ""
    return (_ESCAPE.sub(_unescaped, text) if "\\" in text else text), datatype


def plain(value: str) -> str:
    """The IRI, or the lexical form, of a term as N-Triples writes it."""
    return value[1:-1] if value[0] == "<" else split(value)[0]


def _unescaped(found: re.Match[str]) -> str:
    digits = found[1] or found[2]
    return chr(int(digits, 16)) if digits else _SHORT[found[3]]
