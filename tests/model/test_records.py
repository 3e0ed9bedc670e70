"""The typed core is what the shapes say, no more and no less strict."""

from __future__ import annotations

import pytest

from kg.model.records import Claim, Record, Snapshot, Source, Statement
from kg.profile import Profile


@pytest.mark.parametrize("kind", [Source, Snapshot, Statement, Claim])
def test_the_typed_core_is_held_to_the_shapes(kind: type[Record]) -> None:
    shape = Profile.load("cell-therapy").shapes[kind.record]
    properties = kind.properties()
    assert properties
    for name, found in properties.items():
        field = shape.field(found.path)
        assert field is not None, f"{kind.__name__}.{name} is in no shape"
        assert field.many == found.many, f"{kind.__name__}.{name}: one or several?"


@pytest.mark.parametrize("kind", [Source, Snapshot, Claim])
def test_what_the_shapes_need_the_typed_core_has(kind: type[Record]) -> None:
    shape = Profile.load("cell-therapy").shapes[kind.record]
    known = {p.path for p in kind.properties().values()}
    needed = {f.path for f in shape.fields if f.minimum and f.path.startswith("https://w3id.org/stemma/")}
    assert needed <= known
