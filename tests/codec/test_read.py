"""Every fault of a JSON record is a finding with its JSON Pointer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import kg
from kg.codec.read import Reader, parse_json
from kg.errors import DataError


def faults(workspace: kg.Workspace, record: object) -> list[tuple[str, str]]:
    profile = workspace.profile
    reader = Reader(profile.shapes, profile.vocabulary, profile.prefixes, workspace.iris, "here")
    reader.record(record)
    for finding in reader.findings:
        assert finding.where == "here"
        str(finding).encode("utf-8")
    return [(f.code, f.pointer) for f in reader.findings]


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"polarity": "maybe"}, "Claim-polarity", "/polarity"),
        ({"polarity": ["affirmed", "negated"]}, "Claim-polarity", "/polarity"),
        ({"polarity": None}, "Claim-polarity", "/polarity"),
        ({"polarity": {"id": "affirmed"}}, "Claim-polarity", "/polarity"),
        ({"paraphrase": 5}, "Claim-paraphrase", "/paraphrase"),
        ({"paraphrase": "a\x00b"}, "Claim-paraphrase", "/paraphrase"),
        ({"paraphrase": "\ud800"}, "Claim-paraphrase", "/paraphrase"),
        ({"anchor__start": "5"}, "Claim-start", "/anchor/start"),
        ({"anchor__start": 5.0}, "Claim-start", "/anchor/start"),
        ({"anchor__start": True}, "Claim-start", "/anchor/start"),
        ({"anchor__start": 2**63}, "Claim-start", "/anchor/start"),
        ({"anchor__snapshot": "sha256:abc"}, "digest", "/anchor/snapshot"),
        ({"anchor": []}, "key", "/anchor"),
        ({"anchor__nonsense": 1}, "key-unknown", "/anchor/nonsense"),
        ({"nonsense": 1}, "key-unknown", "/nonsense"),
        ({"a/b~c": 1}, "key-unknown", "/a~1b~0c"),
        ({"\ud800": 1}, "key-unknown", "/\\ud800"),
        ({"source": "no iri"}, "Claim-source", "/source"),
        ({"source__id": ""}, "Claim-source", "/source"),
        ({"statement": "https://w3id.org/stemma/statement/x"}, "Claim-statement", "/statement"),
        ({"statement": [{}, {}]}, "Claim-statement", "/statement"),
        ({"statement__subject": "NOPE:1"}, "Statement-subject", "/statement/subject"),
        ({"statement__subject": {"label": "x"}}, "Statement-subject", "/statement/subject"),
        (
            {"statement__subject": {"id": "CL:0000134", "curie": "CL:0000137"}},
            "Statement-subject",
            "/statement/subject",
        ),
        ({"statement__qualifiers": {"route": [5]}}, "Statement-route", "/statement/qualifiers/route/0"),
        ({"statement__qualifiers": {"dose": 5}}, "Statement-dose", "/statement/qualifiers/dose"),
        ({"statement__quantity": {"low": 1.5}}, "Statement-low", "/statement/quantity/low"),
        ({"statement__quantity": {"low": "1e5"}}, "Statement-low", "/statement/quantity/low"),
        ({"mentions": [{}, 5]}, "Claim-mention", "/mentions/1"),
        ({"mentions": [{"curie": "CL:0000134", "start": "x"}]}, "Mention-start", "/mentions/0/start"),
        ({"links": [{"type": "likes", "to": "https://e.org/"}]}, "links", "/links/0"),
        ({"links": [{"type": "repeats"}]}, "links", "/links/0"),
        ({"links": {"type": "repeats", "to": 5}}, "Claim-repeats", "/links/to"),
        ({"restsOn": [{"id": "javascript:alert(1)"}]}, "Evidence-root", "/restsOn/0/id"),
        ({"provenance__at": "yesterday"}, "Claim-at", "/provenance/at"),
        ({"id": "https://example.org/claim/x"}, "id", "/id"),
        ({"id": 5}, "id", "/id"),
        ({"id": "../x"}, "id", "/id"),
        ({"type": "statement"}, "record", "/type"),
        ({"type": None}, "record", "/type"),
    ],
)
def test_a_fault_is_told_with_its_place(
    filled: kg.Workspace, claim: Callable[..., Any], changes: dict[str, Any], code: str, pointer: str
) -> None:
    assert (code, pointer) in faults(filled, claim("may slow ALS", **changes))


@pytest.mark.parametrize("record", [None, 5, "x", [], [{}], True, 1.5])
def test_a_record_is_an_object(filled: kg.Workspace, record: object) -> None:
    assert faults(filled, record) == [("record", "")]


@pytest.mark.parametrize(
    "record",
    [
        {"type": "snapshot", "length": 5},
        {"type": "snapshot", "id": "x", "length": 5},
        {"type": "snapshot", "digest": 5},
    ],
)
def test_a_snapshot_has_a_digest(filled: kg.Workspace, record: object) -> None:
    assert {code for code, _ in faults(filled, record)} & {"digest", "id"}


def test_labels_and_what_is_computed_are_not_read(filled: kg.Workspace, claim: Callable[..., Any]) -> None:
    forged = claim(
        "may slow ALS",
        statement__id="https://w3id.org/stemma/statement/forged",
        anchor__verification="verified",
        anchor__drift="none",
        source__title="Forged",
    )
    assert faults(filled, forged) == []


def test_a_label_of_another_term_is_a_warning(filled: kg.Workspace, claim: Callable[..., Any]) -> None:
    profile = filled.profile
    reader = Reader(profile.shapes, profile.vocabulary, profile.prefixes, filled.iris)
    reader.record(claim("may slow ALS", statement__subject={"curie": "CL:0000134", "label": "microglial cell"}))
    assert [(f.code, f.severity) for f in reader.findings] == [("label", kg.Severity.WARNING)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "column 1"),
        ('{"a": 1', "column 8"),
        ('{"a": 1}}', "column 9"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ('{"a": NaN}', "NaN"),
        ('{"a": -Infinity}', "Infinity"),
        ("[" * 100_000, "too deeply"),
        ('{"a":' * 100_000, "too deeply"),
        ("1" * 10_000, "no JSON"),
        ("\ufeff{}", "BOM"),
        ("{'a': 1}", "column 2"),
    ],
)
def test_json_is_read_strictly(text: str, told: str) -> None:
    with pytest.raises(DataError, match="line 7") as caught:
        parse_json(text, "claims.jsonl line 7")
    assert told in caught.value.message


def test_python_values_that_are_no_json_are_findings(filled: kg.Workspace, claim: Callable[..., Any]) -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    loop: dict[str, Any] = {}
    loop["self"] = loop
    for junk in (deep, loop, {(1, 2): 3}, {1: 2}, b"x", {1, 2}, object(), float("nan"), 1j):
        for key in ("paraphrase", "polarity", "source", "statement", "anchor", "mentions", "links"):
            assert faults(filled, claim("may slow ALS", **{key: junk}))
