"""What is written is read back: JSON, quads, and JSON that was made from quads.

The records are made from the fields of the shapes, so a new property is tested without an edit here.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.codec.normal import normal_form, statement_id, topic_hash
from kg.codec.rdf import decode
from kg.codec.read import Reader
from kg.codec.write import Writer
from kg.model.iris import Iris
from kg.model.node import Node
from kg.profile import Profile
from kg.schema.names import DEFAULT_BASE, XSD
from kg.schema.shapes import Field, Kind, Shape

IRIS = Iris(DEFAULT_BASE)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=40)
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
LITERALS: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXT | st.sampled_from(["a\nb", "\t", "sha256:", "1"]),
    "boolean": st.booleans(),
    "integer": st.integers(1 - 2**63, 2**63 - 1),
    "decimal": st.from_regex(r"-?[0-9]{1,9}(\.[0-9]{1,9})?", fullmatch=True) | st.integers(-(10**9), 10**9),
    "dateTime": st.datetimes().filter(lambda t: t.year > 0).map(lambda t: t.isoformat() + "Z"),
    "duration": st.builds(lambda m, d: f"P{m}M{d}D", st.integers(0, 99), st.integers(0, 99)),
}


@cache
def profile() -> Profile:
    return Profile.load("cell-therapy")


def an_object(shape: Shape) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects of a shape: every field may be there, alone or in a list as the shape says."""
    keys = dict.fromkeys(f.key for f in shape.fields)
    fields = {k: [f for f in shape.fields if f.key == k] for k in keys}
    made = {".".join(k): values(fs) for k, fs in fields.items()}
    always = {".".join(k) for k, fs in fields.items() if fs[0].kind in (Kind.STATEMENT, Kind.SOURCE)}
    required = {k: v for k, v in made.items() if k in always}
    optional = {k: v for k, v in made.items() if k not in always}
    return st.fixed_dictionaries(required, optional=optional).map(nested)


def values(fields: list[Field]) -> st.SearchStrategy[Any]:
    one = st.one_of([value(f) for f in fields])
    return st.lists(one, max_size=3) | one if fields[0].many else one


def value(field: Field) -> st.SearchStrategy[Any]:
    vocabulary, prefixes = profile().vocabulary, profile().prefixes
    url = st.integers(0, 99).map(lambda n: f"https://example.org/{n}")
    match field.kind:
        case Kind.LITERAL:
            return LITERALS[str(field.datatype).removeprefix(XSD)]
        case Kind.TOKEN:
            return st.sampled_from([t.notation for t in vocabulary.members(str(field.cls))])
        case Kind.TERM | Kind.CURIE:
            terms = st.sampled_from([t.iri for t in vocabulary.members(str(field.cls))])
            curies = terms.map(lambda iri: prefixes.compress(iri) or iri)
            whole = terms.map(lambda iri: {"id": iri, "label": vocabulary.label(iri)})
            return curies | (whole if field.kind is Kind.TERM else terms)
        case Kind.DIGEST:
            return HEX.map("sha256:".__add__)
        case Kind.PART:
            assert field.part is not None
            return an_object(field.part)
        case Kind.LINK:
            return url.map(lambda iri: {"type": field.link, "to": iri})
        case Kind.STATEMENT:
            return statements()
        case Kind.SOURCE:
            return st.just(source_iri()) | st.just({"id": source_iri()})
        case Kind.IRI:
            return url


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, item in flat.items():
        *steps, last = key.split(".")
        target = out
        for step in steps:
            target = target.setdefault(step, {})
        target[last] = item
    return out


def source_iri() -> str:
    return IRIS.of("source", "s")


@cache
def statements() -> st.SearchStrategy[dict[str, Any]]:
    return an_object(profile().shapes["statement"])


@cache
def a_record(word: str) -> st.SearchStrategy[dict[str, Any]]:
    ids = {"snapshot": HEX.map(IRIS.snapshot("sha256:" + "0" * 64)[:-64].__add__)}
    id = ids.get(word, st.just(IRIS.of(word, "x")))
    return st.builds(lambda body, i: {**body, "id": i, "type": word}, an_object(profile().shapes[word]), id)


def read(record: object) -> list[Node]:
    reader = Reader(profile().shapes, profile().vocabulary, profile().prefixes, IRIS)
    nodes = reader.record(record)
    assert [str(f) for f in reader.findings] == []
    return nodes


def write(nodes: list[Node]) -> dict[str, Any]:
    writer = Writer(profile().vocabulary, profile().prefixes, IRIS)
    *statement, node = nodes
    if not statement:
        return writer.record(node)
    source = Node.of(source_iri(), profile().shapes["source"], {})
    return writer.claim(node, statement[0], source, {})


RECORDS = st.sampled_from(["claim", "source", "snapshot"]).flatmap(a_record)


@__import__("hypothesis").settings(max_examples=1500)
@given(RECORDS)
def test_what_is_written_as_quads_is_read_back(record: dict[str, Any]) -> None:
    for node in read(record):
        assert decode(node.id, node.quads(), node.shape) == (node, [])


@__import__("hypothesis").settings(max_examples=1500)
@given(RECORDS)
def test_what_is_written_as_json_is_read_back(record: dict[str, Any]) -> None:
    nodes = read(record)
    written = write(nodes)
    again = read(written)
    assert again == nodes
    assert write(again) == written


@__import__("hypothesis").settings(max_examples=1500)
@given(RECORDS, st.randoms(use_true_random=False))
def test_the_order_of_keys_and_lists_means_nothing(record: dict[str, Any], dice: random.Random) -> None:
    assert read(shuffled(record, dice)) == read(record)


def shuffled(value: Any, dice: random.Random) -> Any:
    if isinstance(value, dict):
        return {k: shuffled(value[k], dice) for k in dice.sample(list(value), len(value))}
    if isinstance(value, list):
        return [shuffled(v, dice) for v in dice.sample(value, len(value))]
    return value


STATEMENTS = st.deferred(lambda: statements())


def named(statement: dict[str, Any]) -> Node:
    return read({"type": "claim", "id": IRIS.of("claim", "x"), "statement": statement})[0]


def with_labels(value: Any) -> Any:
    """The same statement with its terms spelled out."""
    if isinstance(value, dict):
        return {k: with_labels(v) for k, v in value.items()}
    if isinstance(value, list):
        return [with_labels(v) for v in value]
    iri = profile().prefixes.expand(value) if isinstance(value, str) else None
    if iri is None or iri not in profile().vocabulary:
        return value
    return {"id": iri, "curie": value, "label": profile().vocabulary.label(iri)}


@__import__("hypothesis").settings(max_examples=1500)
@given(STATEMENTS, st.randoms(use_true_random=False))
def test_the_same_normal_form_has_the_same_name(statement: dict[str, Any], dice: random.Random) -> None:
    one, two = named(statement), named(shuffled(statement, dice))
    assert one.id == two.id == statement_id(one, IRIS)
    assert named({**statement, "id": "forged"}).id == one.id


@pytest.mark.parametrize("relation", ["stemma:slows", "stemma:halts"])
def test_labels_do_not_name_a_statement(relation: str) -> None:
    plain = {"relation": relation, "subject": "CL:0000134", "object": "MONDO:0004976"}
    assert named(with_labels(plain)).id == named(plain).id


@__import__("hypothesis").settings(max_examples=1500)
@given(STATEMENTS, STATEMENTS)
def test_another_normal_form_has_another_name(one: dict[str, Any], two: dict[str, Any]) -> None:
    left, right = named(one), named(two)
    assert (left.id == right.id) == (normal_form(left) == normal_form(right))


@__import__("hypothesis").settings(max_examples=1500)
@given(STATEMENTS, st.integers(0, 10**6), st.booleans())
def test_the_topic_leaves_the_numbers_out(statement: dict[str, Any], number: int, flag: bool) -> None:
    counted = {"of": "CL:0000134"}
    one = named({**statement, "quantity": {**counted, "low": "1", "unit": "%"}})
    two = named({**statement, "quantity": {**counted, "low": str(number + 2), "high": "9", "approximate": flag}})
    other = named({**statement, "quantity": {"low": "1", "unit": "%", "of": "MONDO:0004976"}})
    assert one.id != two.id
    assert topic_hash(one) == topic_hash(two)
    assert topic_hash(one) != topic_hash(other)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (lambda s: {**s, "quantity": {"low": "48.0", "unit": "{person}"}}, True),
        (lambda s: {**s, "quantity": {"low": "48", "unit": "{patient}"}}, False),
        (lambda s: {**s, "qualifiers": {"disease": "MONDO:0004976"}}, False),
        (lambda s: {**s, "relation": "https://w3id.org/stemma/ontology/hasEnrolment"}, True),
    ],
)
def test_what_names_a_statement(change: Callable[[Any], Any], same: bool) -> None:
    plain = {
        "subject": "CL:0000134",
        "relation": "stemma:hasEnrolment",
        "quantity": {"low": "48", "unit": "{person}"},
    }
    assert (named(change(plain)).id == named(plain).id) is same
