"""JSON Schema from the shapes: what the gate accepts, the schema accepts."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kg
from api.rest.bodies import merged
from kg.codec.read import Reader
from kg.profile import Profile
from kg.resources import folder
from kg.schema.jsonschema import json_schema

jsonschema = pytest.importorskip("jsonschema")

EXAMPLES = folder("shapes") / "examples"
BASE = json.loads((EXAMPLES / "base.json").read_text("utf-8"))
ALL = [
    json.loads((EXAMPLES / n).read_text("utf-8"))
    for n in json.loads((EXAMPLES / "manifest.json").read_text())["examples"]
]
PROFILE = Profile.load("cell-therapy")
SCHEMAS = {word: json_schema(PROFILE, word) for word in PROFILE.shapes}
VALIDATORS = {word: jsonschema.Draft202012Validator(s) for word, s in SCHEMAS.items()}

BEYOND = {
    "Interests-person",
    "Interests-someOrNone",
    # of which class a term is, or who decided: the schema knows a term by its form alone
    *("Source-about", "Claim-evidenceType", "Mention-term", "Statement-of", "Statement-relation", "Statement-object"),
    *("Statement-disease", "Statement-cellType", "Statement-cellSource", "Statement-donor", "Statement-product"),
    *("Statement-route", "Statement-population", "Statement-comparator", "Statement-outcome", "Statement-effect"),
    # one value against another
    *("Claim-start", "Mention-start", "Statement-low", "Statement-resultLow", "Statement-subject", "Claim-reviewedBy"),
    # decimals, durations and times are text, and judged in their canonical form
    *("Statement-resultP", "Statement-followUp", "Statement-resultTime"),
    *("Snapshot-retrieved", "Claim-reviewedAt", "Claim-at"),
    # rules over a whole record
    *("Statement-objectOrQuantity", "Statement-quantityRelation", "Statement-valueHasUnit"),
    *("Statement-enrolmentIsPositive", "Claim-anchored", "Claim-citedIsNotAccepted", "Claim-hedgedIsNotEstablished"),
    *("Claim-decisionHasReviewer", "Claim-refusalHasReason"),
}
"""Rules that the schema cannot hold anyone to; only the gate can."""

Json = dict[str, Any]


def faults(record: Json) -> list[str]:
    return [f"{e.json_path}: {e.message}" for e in VALIDATORS[record.get("type", "claim")].iter_errors(record)]


def codec_stops(record: Json, where: kg.Workspace) -> bool:
    reader = Reader(where.profile.shapes, where.profile.vocabulary, where.profile.prefixes, where.iris)
    reader.record(record)
    return any(f.severity is kg.Severity.VIOLATION for f in reader.findings)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    with kg.init(tmp_path_factory.mktemp("schema") / "w") as w:
        for text in BASE["texts"]:
            w.library.put(text)
        yield w


@pytest.mark.parametrize("record", sorted(SCHEMAS))
def test_schema_is_one(record: str) -> None:
    schema = SCHEMAS[record]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"https://w3id.org/stemma/shapes/{record}.schema.json"
    assert schema["additionalProperties"] is False
    assert schema["title"] == record


def test_unknown_record_is_the_callers_fault() -> None:
    with pytest.raises(kg.UsageError):
        json_schema(PROFILE, "page")


def test_labels_and_definitions_come_from_the_ontology() -> None:
    polarity = SCHEMAS["claim"]["properties"]["polarity"]
    term = PROFILE.vocabulary.terms["https://w3id.org/stemma/ontology/polarity"]
    assert (polarity["title"], polarity["description"]) == (term.label, term.definition)
    assert polarity["enum"] == ["affirmed", "negated"]


def test_what_answers_compute_is_read_only() -> None:
    schema = SCHEMAS["claim"]["properties"]
    assert schema["anchor"]["properties"]["verification"] == {"readOnly": True}
    whole = schema["source"]["anyOf"][1]["properties"]
    assert {k for k, v in whole.items() if v == {"readOnly": True}} == {"title", "type", "published", "interests"}


def test_rules_over_a_record_are_told() -> None:
    told = SCHEMAS["claim"]["$comment"]
    assert "Claim-anchored" in told
    assert "Claim-refusalHasReason" in told
    assert "Statement-valueHasUnit" in SCHEMAS["claim"]["$defs"]["Statement"]["$comment"]


@pytest.mark.parametrize("example", ALL, ids=lambda e: e["shape"])
def test_what_passes_the_gate_passes_the_schema(example: Json) -> None:
    for record in merged(BASE["records"], example["passes"]).values():
        assert faults(record) == []


def test_what_the_gate_refuses_the_schema_refuses_but_for_these() -> None:
    passed = {
        e["shape"]
        for e in ALL
        if "fails" in e and not any(faults(r) for r in merged(BASE["records"], e["fails"]).values())
    }
    assert passed == BEYOND


def test_what_is_answered_passes(workspace: kg.Workspace, tmp_path: Path) -> None:
    with kg.init(tmp_path / "w") as w:
        for text in BASE["texts"]:
            w.library.put(text)
        w.add(list(BASE["records"].values()), keep_review=True)
        answers = [
            *w.claims(),
            *(w.writer.record(n) for word in ("source", "snapshot", "interests") for n in w.records.all(word)),
        ]
    assert len(answers) == len(BASE["records"])
    for record in answers:
        assert faults(record) == []


def test_bare_words_and_single_values_are_taken(workspace: kg.Workspace) -> None:
    patch = {
        "id": "example",
        "notes": "one note",
        "source": BASE["records"]["source"]["id"],
        "provenance": {"agent": "example-1.0"},
        "statement": {"qualifiers": {"route": "NCIT:C38267"}, "result": {"estimate": 3}},
    }
    record = merged(BASE["records"]["claim"], patch)
    assert faults(record) == []
    assert not codec_stops(record, workspace)


# ---- made records

WORDS = [
    *("", " ", "x", "\ufeff", "1", "-1.50", "+.5", "1e5", "NaN", "P3M", "-P0D", "P", "PT36H", "example-1.0"),
    *("2024-06-01T12:00:00Z", "2024-06-01T12:00:00+00:00", "2024-06-01T12:00:00", "2024-13-01T12:00:00Z", "2024-06"),
    *(
        "CL:0000134",
        "stemma:slows",
        "agent:x",
        "nope:1",
        "https://clinic.example/x",
        "https://a b",
        "mailto:a@b.example",
    ),
    *("affirmed", "news", "accepted", "source", "established", "repeats", "sha256:" + "a" * 64, "sha256:A", "[nmi_i]"),
    "https://w3id.org/stemma/snapshot/" + "b" * 64,
]
ATOMS = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from([t.notation for t in PROFILE.vocabulary if t.notation]),
    st.text(max_size=8),
    st.integers(-3, 2**64),
    st.floats(allow_nan=False),
    st.booleans(),
    st.none(),
)
TERMS = st.dictionaries(st.sampled_from(["id", "curie", "label", "other"]), ATOMS, max_size=3)
LINKS = st.fixed_dictionaries({"type": ATOMS, "to": ATOMS})
VALUES = st.one_of(ATOMS, TERMS, LINKS, st.lists(ATOMS, max_size=2), st.lists(LINKS, max_size=2))


def places(value: Any, shape: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every place in a record that holds something, or may."""
    for key, inner in value.items():
        yield (*at, key)
        if isinstance(inner, dict):
            yield from places(inner, shape, (*at, key))
    if not at:
        yield from (f.key for f in shape.fields)
        if shape.record == "claim":
            yield from (("statement", *f.key) for f in PROFILE.shapes["statement"].fields)


PLACES = [
    (name, place)
    for name, record in BASE["records"].items()
    for place in dict.fromkeys(places(record, PROFILE.shapes[record["type"]]))
    if place != ("type",)
]


def put(record: Json, place: tuple[str, ...], value: Any) -> Json:
    made = copy.deepcopy(record)
    here = made
    for step in place[:-1]:
        if not isinstance(here.get(step), dict):
            here[step] = {}
        here = here[step]
    here[place[-1]] = value
    return made


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PLACES), VALUES)
def test_what_the_schema_refuses_the_gate_refuses(
    workspace: kg.Workspace, target: tuple[str, tuple[str, ...]], value: Any
) -> None:
    """The law, from its other side: only what the schema refuses needs a look at the gate."""
    name, place = target
    record = put(BASE["records"][name], place, value)
    if not faults(record) or codec_stops(record, workspace):
        return
    with pytest.raises(kg.Refused):
        workspace.add([*(BASE["records"] | {name: record}).values()], dry_run=True, keep_review=True)
