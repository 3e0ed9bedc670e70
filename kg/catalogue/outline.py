"""Which classes there are, with which properties, leading where: what the shapes and the ontology say, uncounted.

Nothing here depends on what a workspace holds, so it costs nothing to keep.
"""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode

from kg.catalogue.census import Class, ClassProperty
from kg.profile import Profile
from kg.schema.names import RDF_TYPE
from kg.schema.shapes import Field, Kind, Shape

Ends = dict[str, tuple[set[str], set[str]]]
"""Property to the classes and the datatypes that it leads to."""


def outline(profile: Profile) -> tuple[Class, ...]:
    """The classes of records and terms with their properties; every count is 0."""
    found: dict[str, Ends] = {}
    for shape in profile.shapes.values():
        _record(profile, shape, found)
    _terms(profile, found)
    return tuple(
        Class(cls, 0, tuple(_property(path, *ends[path]) for path in sorted(ends)))
        for cls, ends in sorted(found.items())
    )


def _property(path: str, classes: set[str], datatypes: set[str]) -> ClassProperty:
    return ClassProperty(path, 0, tuple((c, 0) for c in sorted(classes)), tuple((d, 0) for d in sorted(datatypes)))


def _record(profile: Profile, shape: Shape, found: dict[str, Ends]) -> None:
    if shape.target is None:
        return
    for f in shape.fields:
        classes, datatypes = found.setdefault(shape.target, {}).setdefault(f.path, (set(), set()))
        end = _end(profile, f)
        if end is not None:
            classes.add(end)
        if f.kind is Kind.LITERAL and f.datatype:
            datatypes.add(f.datatype)
        if f.part is not None:
            _record(profile, f.part, found)


def _end(profile: Profile, f: Field) -> str | None:
    """The class of what a field leads to."""
    match f.kind:
        case Kind.PART:
            return f.part.target if f.part else None
        case Kind.STATEMENT:
            return profile.shapes["statement"].target
        case Kind.SOURCE:
            return profile.shapes["source"].target
        case Kind.LINK:
            return profile.shapes["claim"].target
        case _:
            return f.cls


def _terms(profile: Profile, found: dict[str, Ends]) -> None:
    """What the ontology itself says of its terms."""
    facts, known = profile.vocabulary.facts, profile.vocabulary
    for t in profile.triples:
        if not isinstance(t.subject, NamedNode):
            continue
        for cls in facts(t.subject.value, RDF_TYPE):
            classes, datatypes = found.setdefault(cls, {}).setdefault(t.predicate.value, (set(), set()))
            if isinstance(t.object, Literal):
                datatypes.add(t.object.datatype.value)
            elif isinstance(t.object, NamedNode) and t.object.value in known:
                classes.update(facts(t.object.value, RDF_TYPE))
