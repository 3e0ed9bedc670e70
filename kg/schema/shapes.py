"""The shapes, read once: what fields each record has, and where each stands in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from rdflib import Graph, URIRef
from rdflib.namespace import RDF, SH, XSD

from kg.errors import ProfileError
from kg.schema.names import CLAIM, ENTITY, RELATION, SNAPSHOT, SOURCE, STATEMENT, STEMMA, VALUE, local_name
from kg.schema.vocabulary import Vocabulary


class Kind(Enum):
    """How a field's value is written in JSON."""

    LITERAL = "a string, integer or boolean"
    TOKEN = "a word from a closed list"
    TERM = "a CURIE, or an object with id, curie and label"
    CURIE = "a CURIE"
    IRI = "an IRI or CURIE"
    DIGEST = "sha256: and 64 hex digits"
    PART = "an object"
    LINK = "an object with type and to"
    STATEMENT = "a statement"
    SOURCE = "an object with the source's id"


@dataclass(frozen=True, slots=True)
class Field:
    """One property of a record, as its named property shape describes it."""

    iri: str
    path: str
    key: tuple[str, ...]
    kind: Kind
    message: str
    order: int
    minimum: int = 0
    maximum: int | None = None
    datatype: str | None = None
    cls: str | None = None
    part: Shape | None = None
    link: str | None = None
    pattern: str | None = None
    default_prefix: str | None = None
    identifies: bool = False
    quantity: bool = False
    bookkeeping: bool = False
    facets: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The name that findings cite, such as ``Claim-polarity``."""
        return local_name(self.iri)

    @property
    def many(self) -> bool:
        """Whether the value is a list in JSON."""
        return self.maximum != 1


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of record or part of a record."""

    iri: str
    target: str | None
    record: str | None
    fields: tuple[Field, ...]
    computed: frozenset[tuple[str, ...]] = frozenset()

    def field(self, path: str) -> Field | None:
        """The field of a property, or ``None`` if the shape has no such property."""
        return next((f for f in self.fields if f.path == path), None)


_FACETS = ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive", "minLength", "maxLength")
_KNOWN = {
    *("path", "nodeKind", "class", "datatype", "node", "minCount", "maxCount", "pattern", "order"),
    *("severity", "message", "lessThan", "lessThanOrEquals", "disjoint", *_FACETS),
}


def read_shapes(graph: Graph, vocabulary: Vocabulary) -> dict[str, Shape]:
    """Read every record shape of a shapes graph.

    :returns: record word (``claim``) to shape.
    :raises ProfileError: if a property shape has no key, message or path, or uses a SHACL
        property that fields cannot carry; a constraint must never vanish on the way to JSON.
    """
    shapes = {}
    for node in graph.subjects(URIRef(STEMMA + "record"), None):
        shape = _shape(graph, URIRef(str(node)), vocabulary)
        shapes[str(shape.record)] = shape
    missing = {"claim", "statement", "source", "snapshot"} - set(shapes)
    if missing:
        raise ProfileError(f"no shape has the stemma:record {', '.join(sorted(missing))}")
    return shapes


def _shape(graph: Graph, node: URIRef, vocabulary: Vocabulary) -> Shape:
    fields = sorted(
        (_field(graph, URIRef(str(p)), vocabulary) for p in graph.objects(node, SH.property)),
        key=lambda f: (f.order, f.iri),
    )
    target = graph.value(node, SH.targetClass)
    record = graph.value(node, URIRef(STEMMA + "record"))
    return Shape(
        iri=str(node),
        target=str(target) if target else None,
        record=str(record) if record else None,
        fields=tuple(fields),
        computed=frozenset(tuple(str(k).split(".")) for k in graph.objects(node, URIRef(STEMMA + "computed"))),
    )


def _field(graph: Graph, node: URIRef, vocabulary: Vocabulary) -> Field:
    sh = {local_name(str(p)): str(o) for p, o in graph.predicate_objects(node) if str(p).startswith(str(SH._NS))}
    own = {local_name(str(p)): str(o) for p, o in graph.predicate_objects(node) if str(p).startswith(STEMMA)}
    unknown = set(sh) - _KNOWN
    absent = [n for n in ("path", "message") if n not in sh] + [n for n in ("key",) if n not in own]
    if (node, RDF.type, SH.PropertyShape) not in graph or absent or unknown:
        raise ProfileError(
            f"the property shape lacks {', '.join(absent) or 'nothing'} "
            f"and uses {', '.join(sorted(unknown)) or 'nothing'} beyond what fields carry",
            where=str(node),
            hint="Every property shape is named, typed sh:PropertyShape, and has sh:path, sh:message and stemma:key.",
        )
    part = _shape(graph, URIRef(sh["node"]), vocabulary) if "node" in sh else None
    link = vocabulary.terms[sh["path"]].notation if sh["path"] in vocabulary else None
    datatype, cls = sh.get("datatype"), sh.get("class")
    return Field(
        iri=str(node),
        path=sh["path"],
        key=tuple(own["key"].split(".")),
        kind=_kind(datatype, cls, part, link, own["key"], vocabulary),
        message=sh["message"],
        order=int(sh.get("order", "1000")),
        minimum=int(sh.get("minCount", "0")),
        maximum=int(sh["maxCount"]) if "maxCount" in sh else None,
        datatype=datatype,
        cls=cls,
        part=part,
        link=link,
        pattern=sh.get("pattern"),
        default_prefix=own.get("defaultPrefix"),
        identifies=own.get("identifies") == "true",
        quantity=own.get("quantity") == "true",
        bookkeeping=own.get("bookkeeping") == "true",
        facets={n: sh[n] for n in _FACETS if n in sh},
    )


def _kind(
    datatype: str | None, cls: str | None, part: Shape | None, link: str | None, key: str, vocabulary: Vocabulary
) -> Kind:
    if part is not None:
        return Kind.PART
    if datatype is not None:
        return Kind.LITERAL
    if link is not None:
        return Kind.LINK
    if cls is None:
        return Kind.IRI
    fixed = {SNAPSHOT: Kind.DIGEST, STATEMENT: Kind.STATEMENT}
    if cls == SOURCE:
        return Kind.SOURCE if key == "source" else Kind.IRI
    if cls in fixed:
        return fixed[cls]
    if vocabulary.is_subclass(cls, VALUE):
        return Kind.TOKEN
    if key == "curie":
        return Kind.CURIE
    if vocabulary.is_subclass(cls, ENTITY) or vocabulary.is_subclass(cls, RELATION):
        return Kind.TERM
    return Kind.IRI


NUMERIC = frozenset({str(XSD.integer), str(XSD.decimal)})
"""Datatypes whose values are compared as numbers."""

__all__ = ["CLAIM", "NUMERIC", "Field", "Kind", "Shape", "read_shapes"]
