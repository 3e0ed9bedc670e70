"""JSON Schema (2020-12) of the records, made from the shapes.

What the gate accepts, the schema accepts; the other way round only the gate decides. What a schema
of one record cannot say (rules over a whole record, that a source is registered, that an anchor
holds) stands in its ``$comment``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from rdflib import URIRef
from rdflib.namespace import SH

from kg.errors import UsageError
from kg.schema.datatypes import lexical_pattern
from kg.schema.definitions import Definitions
from kg.schema.names import CLAIM, SHAPES, STEMMA, XSD, local_name
from kg.schema.shapes import NUMERIC, Field, Kind, Shape

Json = dict[str, Any]
Key = tuple[str, ...]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BOUNDS = {
    "minInclusive": "minimum",
    "maxInclusive": "maximum",
    "minExclusive": "exclusiveMinimum",
    "maxExclusive": "exclusiveMaximum",
}
_NAME = "[A-Za-z0-9._-]+"
_SNAPSHOT = "^(sha256:|https?://.+/snapshot/)[0-9a-f]{64}$"


def json_schema(profile: Definitions, record: str) -> Json:
    """The JSON Schema of one kind of record.

    :param record: a word that a shape has as its stemma:record, such as ``claim``.
    :raises UsageError: if there is no such kind of record.
    """
    shape = profile.shapes.get(record)
    if shape is None:
        raise UsageError("no such kind of record", where=record, hint=f"Kinds: {', '.join(sorted(profile.shapes))}.")
    maker = _Maker(profile)
    body = maker.shape(shape)
    if record != "statement":
        _envelope(body, shape)
    head = {"$schema": _DIALECT, "$id": f"{SHAPES}{record}.schema.json"}
    return {**head, **body, **({"$defs": maker.defs} if maker.defs else {})}


@dataclass
class _Maker:
    """Makes the schemas of one profile's shapes; what is used twice goes to ``defs``."""

    profile: Definitions
    defs: Json = dataclass_field(default_factory=dict)

    def shape(self, shape: Shape) -> Json:
        """The schema of a record or of a part."""
        keyed: dict[Key, list[Field]] = {}
        for f in shape.fields:
            keyed.setdefault(f.key, []).append(f)
        rules = _rules(self.profile, shape)
        beyond = {"$comment": "The gate also holds it to: " + " ".join(rules)} if rules else {}
        return {**self._about(shape.target), **beyond, **self._level(keyed, shape.computed)}

    # ---- objects

    def _level(self, keyed: Mapping[Key, Sequence[Field]], computed: frozenset[Key]) -> Json:
        """The schema of an object whose keys are the first steps of these keys."""
        properties: Json = {}
        required = []
        for name in dict.fromkeys((*(k[0] for k in keyed), *sorted(k[0] for k in computed))):
            inner = {k[1:]: fs for k, fs in keyed.items() if k[0] == name and len(k) > 1}
            told = frozenset(k[1:] for k in computed if k[0] == name and len(k) > 1)
            fields = keyed.get((name,))
            if fields:
                properties[name] = self._property(fields, told)
            elif (name,) in computed:
                properties[name] = {"readOnly": True}
            else:
                properties[name] = self._level(inner, told)
            if any(f.minimum and not f.bookkeeping for fs in (fields or (), *inner.values()) for f in fs):
                required.append(name)
        found: Json = {"type": "object", "properties": properties}
        return {**found, **({"required": required} if required else {}), "additionalProperties": False}

    def _property(self, fields: Sequence[Field], told: frozenset[Key]) -> Json:
        """The schema of one key; only links share theirs."""
        field = fields[0]
        if field.kind is Kind.LINK:
            return _listed(self._link(fields), 0)
        about = {**self._about(field.path), "$comment": f"{field.code}: {field.message}"}
        about.setdefault("description", field.message)
        item = self._value(field, told)
        return {**about, **(_listed(item, field.minimum) if field.many else item)}

    def _value(self, field: Field, told: frozenset[Key]) -> Json:
        match field.kind:
            case Kind.LITERAL:
                return _literal(field)
            case Kind.PART:
                assert field.part is not None
                return self._defined(local_name(field.part.iri), field.part)
            case Kind.STATEMENT:
                return self._defined("Statement", self.profile.shapes["statement"])
            case Kind.TOKEN:
                members = self.profile.vocabulary.members(str(field.cls))
                return {"enum": [t.notation for t in members if t.notation and not t.deprecated]}
            case Kind.DIGEST:
                return {"type": "string", "pattern": _SNAPSHOT}
            case Kind.SOURCE:
                computed = {k[0]: {"readOnly": True} for k in sorted(told)}
                whole = {"type": "object", "properties": {"id": self._iri(field), **computed}, "required": ["id"]}
                return {"anyOf": [self._iri(field), whole]}
            case Kind.TERM:
                return self._term(field)
            case _:
                return self._iri(field)

    def _defined(self, name: str, shape: Shape) -> Json:
        if name not in self.defs:
            self.defs[name] = {}  # holds the place in the order, before what it uses itself
            self.defs[name] = self.shape(shape)
        return {"$ref": f"#/$defs/{name}"}

    # ---- terms and IRIs

    def _term(self, field: Field) -> Json:
        name = f"term-{field.default_prefix}" if field.default_prefix else "term"
        one = self._iri(field)
        keys = {"id": one, "curie": one, "label": {"type": "string", "readOnly": True}}
        named = [{"required": ["id"]}, {"required": ["curie"]}]
        whole = {"type": "object", "properties": keys, "anyOf": named, "additionalProperties": False}
        self.defs.setdefault(name, {"anyOf": [one, whole]})
        members = (t for t in self.profile.vocabulary.members(str(field.cls)) if not t.deprecated)
        curies = sorted(c for t in members if (c := self.profile.prefixes.compress(t.iri)))
        return {"$ref": f"#/$defs/{name}", **({"examples": curies[:3]} if curies else {})}

    def _iri(self, field: Field) -> Json:
        """A whole IRI, which the shape's pattern is about, or a CURIE, or a bare word."""
        prefixes = "|".join(_escaped(p) for p in sorted(self.profile.prefixes.namespaces))
        short = [f"^({prefixes}):", *(["^[^:]+$"] if field.default_prefix else [])]
        if field.pattern is None:
            return {"type": "string", "pattern": "|".join(("^https?://", *short))}
        whole = {"allOf": [{"pattern": "^https?://"}, {"pattern": field.pattern}]}
        return {"type": "string", "anyOf": [whole, {"pattern": "|".join(short)}]}

    def _link(self, fields: Sequence[Field]) -> Json:
        words = sorted(str(f.link) for f in fields)
        keys = {"type": {"enum": words}, "to": self._iri(fields[0])}
        return {"type": "object", "properties": keys, "required": ["type", "to"], "additionalProperties": False}

    def _about(self, iri: str | None) -> Json:
        """Title and description of a term of the ontology."""
        term = self.profile.vocabulary.get(iri) if iri else None
        if term is None:
            return {}
        return {"title": term.label, **({"description": term.definition} if term.definition else {})}


def _envelope(body: Json, shape: Shape) -> None:
    """Give a record's schema the keys that stand around its content."""
    record = str(shape.record)
    named = _SNAPSHOT.replace(")[", ")?[") if record == "snapshot" else f"^(https?://.+/{record}/)?{_NAME}$"
    body["properties"] = {
        "@context": {},
        "type": {"const": record},
        "id": {"type": "string", "pattern": named},
        **body["properties"],
    }
    if shape.target != CLAIM:
        body["required"] = ["type", *body.get("required", [])]
    if record == "snapshot":
        body["anyOf"] = [{"required": ["id"]}, {"required": ["digest"]}]


def _literal(field: Field) -> Json:
    """A string, integer or boolean, by the datatype and its facets."""
    datatype = str(field.datatype)
    bounds = {_BOUNDS[n]: _number(v) for n, v in field.facets.items() if n in _BOUNDS}
    integer: Json = {"type": "integer", **({} if field.bookkeeping else bounds)}  # a commit counts by itself
    if datatype == XSD + "boolean":
        return {"type": "boolean"}
    if datatype == XSD + "integer":
        return integer
    text: Json = {"type": "string"}
    pattern = lexical_pattern(datatype)
    if pattern is not None:  # the shape's own pattern is about the canonical form, not about this one
        text["pattern"] = pattern
    elif field.pattern is not None:
        text["pattern"] = field.pattern
    text.update({n: int(v) for n, v in field.facets.items() if n.endswith("Length")})
    return {"anyOf": [text, integer]} if datatype in NUMERIC else text


def _listed(item: Json, minimum: int) -> Json:
    """One value, or a list of them: entry takes both, answers give the list."""
    several: Json = {"type": "array", "items": item}
    if minimum:
        several["minItems"] = minimum
    return {"anyOf": [several, item]} if minimum <= 1 else several


def _rules(profile: Definitions, shape: Shape) -> list[str]:
    """The rules over a whole record of that kind: each its code and its message."""
    graph = profile.shapes_graph
    if shape.target is None:
        return []
    nodes = sorted(str(n) for n in graph.subjects(SH.targetClass, URIRef(shape.target)))
    rules = [URIRef(n) for n in nodes if graph.value(URIRef(n), URIRef(STEMMA + "record")) is None]
    return [f"{local_name(r)}: {graph.value(r, SH.message)}" for r in rules]


def _number(text: str) -> int | float:
    return int(text) if re.fullmatch("[+-]?[0-9]+", text) else float(text)


def _escaped(prefix: str) -> str:
    return re.sub(r"([\\^$.|?*+()\[\]{}/])", r"\\\1", prefix)
