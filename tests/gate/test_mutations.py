"""Whatever is done to a valid record, it is refused with findings or it is a valid record still."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, serialize

import kg
from kg.schema.names import CLAIM, RDF_TYPE, SOURCE, STEMMA, XSD

Make = Callable[..., dict[str, Any]]
Path_ = tuple[str | int, ...]

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        [
            "",
            " ",
            "\u200b",
            "\ud800",
            "\x00",
            "affirmed",
            "asserted",
            "CL:0000134",
            "CL:9999999",
            "MONDO:0004976",
            "stemma:treats",
            "https://w3id.org/stemma/ontology/slows",
            "https://w3id.org/stemma/source/x",
            "javascript:alert(1)",
            "sha256:" + "0" * 64,
            "2024-01-01T00:00:00Z",
            2**63,
            -1,
            0,
            b"bytes",
        ]
    ),
)
JUNK = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "curie", "label", "type", "to", "start", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def whole(filled: kg.Workspace) -> kg.Workspace:
    """The workspace that all mutations go at, one after the other."""
    return filled


def full(claim: Make) -> dict[str, Any]:
    return claim(
        "Mesenchymal stem cells calm microglia in the dish",
        id="https://w3id.org/stemma/claim/mutated",
        attributedTo="the clinic",
        notes=["a note"],
        statement={
            "subject": {"curie": "CL:0000134", "label": "mesenchymal stem cell"},
            "relation": "stemma:slows",
            "object": "MONDO:0004976",
            "qualifiers": {"route": ["NCIT:C38276"], "followUp": "P3M"},
        },
        restsOn=[{"id": "https://clinicaltrials.gov/study/NCT03280056", "assertedBy": "curator", "because": "so"}],
        links=[{"type": "reports-on", "to": "https://example.org/study"}],
        evidence={"level": "preliminary"},
        version=1,
    )


def places(value: Any, here: Path_ = ()) -> Iterator[Path_]:
    yield here
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*here, key))


def at(record: Any, place: Path_) -> Any:
    for step in place:
        record = record[step]
    return record


def mutated(record: Any, dice: random.Random, junk: list[Any]) -> Any:
    """The record after one mutation for each piece of junk."""
    record = copy.deepcopy(record)
    for piece in junk:
        spots = list(places(record))[1:]
        if not spots:
            return record
        *above, last = dice.choice(spots)
        owner, other = at(record, tuple(above)), dice.choice(spots)
        match dice.randrange(7):
            case 0:
                del owner[last]
            case 1:
                owner[last] = piece
            case 2:
                owner[last] = [owner[last], copy.deepcopy(owner[last])]
            case 3:
                owner[last] = copy.deepcopy(at(record, other))
            case 4:
                owner[last] = {"id": owner[last]}
            case 5 if isinstance(owner, dict):
                owner[dice.choice(["id", "type", "source", "statement", "anchor", "junk"])] = piece
            case _ if isinstance(owner, dict):
                owner[str(last) + "x"] = owner.pop(last)
    return record


def survives(workspace: kg.Workspace, state: Callable[[kg.Workspace], Any], call: Callable[[], Any]) -> None:
    before = state(workspace)
    try:
        call()
    except kg.KgError as e:
        assert state(workspace) == before
        str(e).encode("utf-8")
        for finding in e.report.violations if isinstance(e, kg.Refused) else ():
            assert finding.code
            assert finding.where or finding.about
            str(finding).encode("utf-8")
    else:
        assert workspace.validate().conforms


HOUSE = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@HOUSE
@given(dice=st.randoms(use_true_random=False), junk=st.lists(JUNK, min_size=1, max_size=3), keep=st.booleans())
def test_no_mutation_of_json_gets_past_the_gate(
    whole: kg.Workspace, claim: Make, state: Any, dice: random.Random, junk: list[Any], keep: bool
) -> None:
    record = mutated(full(claim), dice, junk)
    survives(whole, state, lambda: whole.add(record, keep_review=keep))


@HOUSE
@given(record=JUNK)
def test_no_junk_gets_past_the_gate(whole: kg.Workspace, state: Any, record: Any) -> None:
    survives(whole, state, lambda: whole.add([record]))


def s(name: str) -> NamedNode:
    return NamedNode(STEMMA + name)


SUBJECTS = [
    NamedNode("https://w3id.org/stemma/claim/mutated"),
    NamedNode("https://w3id.org/stemma/claim/mutated#part"),
    NamedNode("https://w3id.org/stemma/source/x"),
    NamedNode("https://example.org/x"),
    BlankNode("b"),
]
PREDICATES = [
    s(p) for p in ("source", "statement", "polarity", "start", "end", "mention", "snapshot", "agent", "likes")
]
OBJECTS = [
    NamedNode(SOURCE),
    NamedNode(CLAIM),
    s("negated"),
    *SUBJECTS,
    Literal("text"),
    Literal("text", language="en"),
    *(Literal(v, datatype=NamedNode(XSD + "integer")) for v in ("5", "05", "five", "-1")),
    Triple(SUBJECTS[0], s("slows"), s("negated")),
]
QUADS = st.builds(
    Quad,
    st.sampled_from(SUBJECTS),
    st.sampled_from([*PREDICATES, NamedNode(RDF_TYPE)]),
    st.sampled_from(OBJECTS),
    st.sampled_from([SUBJECTS[0], SUBJECTS[2], SUBJECTS[3], BlankNode("g"), DefaultGraph()]),
)


@HOUSE
@given(dice=st.randoms(use_true_random=False), more=st.lists(QUADS, max_size=3), dropped=st.integers(0, 3))
def test_no_mutation_of_rdf_gets_past_the_gate(
    whole: kg.Workspace, claim: Make, state: Any, tmp_path: Path, dice: random.Random, more: list[Quad], dropped: int
) -> None:
    quads = [q for node in whole.read(full(claim)).nodes for q in node.quads()]
    for _ in range(dropped):
        quads.remove(dice.choice(quads))
    path = tmp_path / "payload.nq"
    path.write_bytes(serialize([*quads, *more], format=RdfFormat.N_QUADS))
    survives(whole, state, lambda: whole.add(path))


@given(data=st.binary(max_size=300))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_get_past_the_gate(whole: kg.Workspace, state: Any, tmp_path: Path, data: bytes) -> None:
    for suffix in (".jsonl", ".json", ".nq", ".trig", ".ttl", ".nt"):
        path = tmp_path / f"payload{suffix}"
        path.write_bytes(data)
        survives(whole, state, lambda path=path: whole.add(path))
