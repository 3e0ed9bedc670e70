"""The shapes, read once: what fields each record has, and where each stands in JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rdflib import Graph, URIRef
from rdflib.namespace import RDF, SH, XSD

from kg.errors import ProfileError
from kg.schema.constraints import check_constraints
from kg.schema.datatypes import is_known
from kg.schema.names import CLAIM, ENTITY, RELATION, SNAPSHOT, SOURCE, STATEMENT, STEMMA, VALUE, local_name
from kg.schema.vocabulary import Vocabulary


class Kind(StrEnum):
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
    by_key: Mapping[tuple[str, ...], tuple[Field, ...]] = field(init=False, repr=False, compare=False)
    """The fields of each key, in order; only links share one."""
    groups: Mapping[str, frozenset[tuple[str, ...]]] = field(init=False, repr=False, compare=False)
    """The keys that are objects of keys, with what may stand in them."""
    _by_path: Mapping[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keys = dict.fromkeys(f.key for f in self.fields)
        object.__setattr__(self, "by_key", {k: tuple(f for f in self.fields if f.key == k) for k in keys})
        long = [k for k in {*keys, *self.computed} if len(k) > 1]
        groups = {k[0]: frozenset(other for other in long if other[0] == k[0]) for k in long}
        object.__setattr__(self, "groups", groups)
        object.__setattr__(self, "_by_path", {f.path: f for f in self.fields})

    def field(self, path: str) -> Field | None:
        """The field of a property, or ``None`` if the shape has no such property."""
        return self._by_path.get(path)


_OWN = {"key", "identifies", "quantity", "bookkeeping", "defaultPrefix"}
_COUNTS = ("minCount", "maxCount", "order", "minLength", "maxLength")
_RULES = {"lessThan", "lessThanOrEquals", "disjoint"}
_FACETS = ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive", "minLength", "maxLength")
_KNOWN = {
    *("path", "nodeKind", "class", "datatype", "node", "minCount", "maxCount", "pattern", "order"),
    *("severity", "message", *_RULES, *_FACETS),
}
_HINT = "Write it as a rule: a node shape of its own with the same sh:targetClass."


def read_shapes(graph: Graph, vocabulary: Vocabulary) -> dict[str, Shape]:
    """Read every record shape of a shapes graph.

    :returns: record word (``claim``) to shape.
    :raises ProfileError: if a property shape has no key, message or path, says one thing twice, or
        uses a SHACL property that fields cannot carry; a constraint must never vanish on the way
        to JSON. What :func:`kg.schema.constraints.check_constraints` refuses is refused here.
    """
    check_constraints(graph)
    shapes: dict[str, Shape] = {}
    for node in sorted({str(s) for s in graph.subjects(URIRef(STEMMA + "record"), None)}):
        shape = _shape(graph, URIRef(node), vocabulary)
        if str(shape.record) in shapes:
            raise ProfileError(f"another shape has the stemma:record {shape.record} already", where=shape.iri)
        shapes[str(shape.record)] = shape
    missing = {"claim", "statement", "source", "snapshot"} - set(shapes)
    if missing:
        raise ProfileError(f"no shape has the stemma:record {', '.join(sorted(missing))}")
    return shapes


def _shape(graph: Graph, node: URIRef, vocabulary: Vocabulary, around: tuple[URIRef, ...] = ()) -> Shape:
    if node in around:
        raise ProfileError("the shape is a part of itself", where=str(node))
    fields = sorted(
        (_field(graph, URIRef(str(p)), vocabulary, (*around, node)) for p in graph.objects(node, SH.property)),
        key=lambda f: (f.order, f.iri),
    )
    _check_keys(str(node), fields)
    target = graph.value(node, SH.targetClass)
    record = graph.value(node, URIRef(STEMMA + "record"))
    return Shape(
        iri=str(node),
        target=str(target) if target else None,
        record=str(record) if record else None,
        fields=tuple(fields),
        computed=frozenset(tuple(str(k).split(".")) for k in graph.objects(node, URIRef(STEMMA + "computed"))),
    )


def _check_keys(shape: str, fields: list[Field]) -> None:
    """Only links share a key, no property has two fields, and no key is both a value and a group."""
    for i, f in enumerate(fields):
        for other in fields[:i]:
            linked = f.kind is other.kind is Kind.LINK
            nested = f.key != other.key and (f.key[: len(other.key)] == other.key or other.key[: len(f.key)] == f.key)
            if f.path == other.path or nested or (f.key == other.key and not linked):
                raise ProfileError(f"{f.code} and {other.code} share a property or a key", where=shape, hint=_HINT)


def _field(graph: Graph, node: URIRef, vocabulary: Vocabulary, around: tuple[URIRef, ...]) -> Field:
    sh, own = _values(graph, node, str(SH._NS)), _values(graph, node, STEMMA)
    unknown = (set(sh) - _KNOWN) | (set(own) - _OWN)
    absent = [n for n in ("path", "message") if n not in sh] + [n for n in ("key",) if not own.get(n)]
    if (node, RDF.type, SH.PropertyShape) not in graph or absent or unknown:
        raise ProfileError(
            f"the property shape lacks {', '.join(absent) or 'nothing'} "
            f"and uses {', '.join(sorted(unknown)) or 'nothing'} beyond what fields carry",
            where=str(node),
            hint="Every property shape is named, typed sh:PropertyShape, and has sh:path, sh:message and stemma:key.",
        )
    _check_values(graph, node, sh, vocabulary)
    part = _shape(graph, URIRef(sh["node"]), vocabulary, around) if "node" in sh else None
    link = vocabulary.terms[sh["path"]].notation if sh["path"] in vocabulary else None
    datatype, cls = sh.get("datatype"), sh.get("class")
    kind = _kind(datatype, cls, part, link, own["key"], vocabulary)
    if kind is Kind.TOKEN:
        _check_words(str(cls), vocabulary)
    return Field(
        iri=str(node),
        path=sh["path"],
        key=tuple(own["key"].split(".")),
        kind=kind,
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


def _values(graph: Graph, node: URIRef, namespace: str) -> dict[str, str]:
    """What a property shape says in one namespace; rules against other properties may be several."""
    found: dict[str, str] = {}
    for p, o in graph.predicate_objects(node):
        name = local_name(str(p))
        if str(p).startswith(namespace):
            if name in found and name not in _RULES:
                raise ProfileError(f"the property shape says {name} twice", where=str(node), hint=_HINT)
            found[name] = str(o)
    return found


def _check_values(graph: Graph, node: URIRef, sh: Mapping[str, str], vocabulary: Vocabulary) -> None:
    """What a property shape says must be something that fields can carry."""
    wrong = [f"{n} {sh[n]} is no whole number" for n in _COUNTS if n in sh and not sh[n].isdecimal()]
    if not isinstance(graph.value(node, SH.path), URIRef):
        wrong.append("its path is no single property")
    if "datatype" in sh and not is_known(sh["datatype"]):
        wrong.append(f"literals of the datatype {sh['datatype']} are not kept as they are")
    if "class" in sh and sh["class"] not in vocabulary:
        wrong.append(f"the class {sh['class']} is not in the ontology")
    try:
        re.compile(sh.get("pattern", ""))
    except re.error as e:
        wrong.append(f"its pattern is no regular expression: {e}")
    if wrong:
        raise ProfileError("; ".join(wrong), where=str(node))


def _check_words(cls: str, vocabulary: Vocabulary) -> None:
    """Each member of a closed list has a word, and no two the same."""
    words = [t.notation for t in vocabulary.members(cls)]
    if None in words or len(set(words)) < len(words):
        raise ProfileError("a member of this closed list has no skos:notation, or that of another", where=cls)


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
