"""Everything that is stored is judged, by any engine and in any number of processes, with the same findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

import kg
from kg.bench.synthetic import SOURCES, claims, sources
from kg.gate.engines import engines
from kg.schema.names import DEFAULT_BASE, RDF_TYPE, STATEMENT, STEMMA, XSD
from kg.validation import validate

Make = Callable[..., dict[str, Any]]
COUNT = 40


def s(name: str) -> NamedNode:
    return NamedNode(STEMMA + name)


def integer(text: str) -> Literal:
    return Literal(text, datatype=NamedNode(XSD + "integer"))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, claim: Make) -> Iterator[kg.Workspace]:
    """Synthetic claims, and some with parts, links and decisions, one of them withheld."""
    with kg.init(tmp_path_factory.mktemp("validation") / "W") as w:
        article = w.path.parent / "article.txt"
        text = str(claim.__kwdefaults__["text"])
        article.write_bytes(text.encode("utf-8"))
        w.ingest(article)
        records, stand = islice(claims(w), COUNT), sources(w)
        known = [*stand[:COUNT], *stand[SOURCES : SOURCES + COUNT]]
        w.add([*known, *(record | {"id": f"synthetic-{i}"} for i, record in enumerate(records))])
        first = claim("the cells may slow ALS", id="first", restsOn=[rests_on()])
        start = first["anchor"]["start"]
        second = claim(
            "Results vary",
            id="second",
            links=[{"type": "repeats", "to": DEFAULT_BASE + "claim/first"}],
            notes=['a "note"\nwith a tab\t, a \\ and a line separator \u2028'],
        )
        w.add([first | {"mentions": [{"curie": "CL:0000134", "start": start, "end": start + 5}]}, second])
        w.add(claim("Results vary", nth=1, id="third"))
        w.review(["third"], "rejected", by="agent:pass-2", reason="not-said")
        yield w


def rests_on() -> dict[str, str]:
    return {"id": "https://clinicaltrials.gov/study/NCT03280056", "assertedBy": "curator", "because": "so"}


WAYS: dict[str, dict[str, Any]] = {
    "compiled checks": {"jobs": 1},
    "compiled checks, two processes": {"jobs": 2},
    **{f"{name}, all records": {"engine": name, "jobs": 1} for name in engines()},
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_sound_is_found_sound(sound: kg.Workspace, way: str) -> None:
    judged = []
    assert validate(sound, progress=judged.append, **WAYS[way]) == kg.Report()
    kept = sum(len(sound.records.ids(word)) for word in sound.profile.shapes)
    assert sum(judged) == kept > COUNT
    assert not list(sound.path.glob(".validate-*"))


def test_an_engine_that_is_not_there_is_told(sound: kg.Workspace) -> None:
    with pytest.raises(kg.UsageError, match="nobody"):
        validate(sound, engine="nobody")


def test_a_process_that_cannot_work_is_told(sound: kg.Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    with pytest.raises(kg.WorkspaceError, match="ended before its work was done"):
        validate(sound, jobs=2)
    assert not list(sound.path.glob(".validate-*"))


def test_a_profile_that_admits_anything_has_nothing_to_judge(tmp_path: Path) -> None:
    with kg.init(tmp_path / "open", profile="open") as w:
        assert w.validate() == kg.Report()


# ---- what got in past the gate

CLAIM = NamedNode(DEFAULT_BASE + "claim/synthetic-5")
STRAY = NamedNode("https://example.org/graph")
NOBODY = NamedNode(DEFAULT_BASE + "statement/" + "0" * 32)

ADDED: dict[str, tuple[list[Quad], str]] = {
    "a second polarity": ([Quad(CLAIM, s("polarity"), s("negated"), CLAIM)], "Claim-polarity"),
    "an unknown property": ([Quad(CLAIM, s("likes"), s("negated"), CLAIM)], "record-damaged"),
    "a number that is a text": ([Quad(CLAIM, s("note"), integer("5"), CLAIM)], "record-damaged"),
    "a second type": ([Quad(CLAIM, NamedNode(RDF_TYPE), NamedNode(STATEMENT), CLAIM)], "record-damaged"),
    "a statement that is not there": ([Quad(CLAIM, s("statement"), NOBODY, CLAIM)], "statement-missing"),
    "a link to no claim": (
        [Quad(CLAIM, s("repeats"), NamedNode(DEFAULT_BASE + "claim/nobody"), CLAIM)],
        "link-target",
    ),
    "a fact beside the record": ([Quad(STRAY, s("slows"), s("negated"), CLAIM)], "record-damaged"),
    "a graph that is none of ours": ([Quad(STRAY, s("slows"), s("negated"), STRAY)], "record"),
    "a source that is none of ours": (
        [Quad(STRAY, NamedNode(RDF_TYPE), NamedNode(STEMMA + "Source"), STRAY)],
        "id",
    ),
    "a fact in no graph": ([Quad(STRAY, s("slows"), s("negated"), DefaultGraph())], "record"),
    "a blank node": ([Quad(BlankNode("b"), s("slows"), s("negated"), CLAIM)], "record-damaged"),
}


@pytest.mark.parametrize("what", ADDED)
def test_what_is_added_past_the_gate_is_found(sound: kg.Workspace, what: str) -> None:
    quads, code = ADDED[what]
    sound.store.apply([], quads)
    try:
        found_by_all(sound, code, quads[0])
    finally:
        sound.store.apply(quads, [])
    assert validate(sound, jobs=1).conforms


def found_by_all(w: kg.Workspace, code: str, quad: Quad) -> None:
    told = validate(w, jobs=1)
    assert code in {f.code for f in told.violations}
    about = {f.about.split("#")[0] for f in told.violations}
    graph = quad.graph_name
    assert about == {"DEFAULT" if isinstance(graph, DefaultGraph) else graph.value}
    assert validate(w, engine="shacl", jobs=1) == told


def test_what_is_taken_away_past_the_gate_is_found_by_all(sound: kg.Workspace) -> None:
    """A statement that a claim makes, and a claim that alone makes another."""
    made = sound.records.get(CLAIM.value)
    assert made is not None
    statement = NamedNode(str(made.one(STEMMA + "statement")))
    other = next(c for i in range(COUNT) if lone(sound, c := f"{DEFAULT_BASE}claim/synthetic-{i}") and c != CLAIM.value)
    gone = [*sound.store.quads(graph=statement), *sound.store.quads(graph=NamedNode(other))]
    sound.store.apply(gone, [])
    try:
        told = validate(sound, jobs=1)
        assert {f.code for f in told.violations} >= {"statement-missing", "statement-unclaimed", "Claim-statement"}
        assert CLAIM.value in {f.about for f in told.violations}
        for way in ({"engine": "shacl", "jobs": 2}, {"engine": "pyshacl", "jobs": 1}):
            assert set(validate(sound, **way).findings) == set(told.findings)
    finally:
        sound.store.apply([], gone)
    assert validate(sound, jobs=1).conforms


def lone(w: kg.Workspace, claim: str) -> bool:
    node = w.records.get(claim)
    return node is not None and w.records.claims_of(str(node.one(STEMMA + "statement"))) == [claim]


def test_a_text_that_was_changed_is_found(sound: kg.Workspace) -> None:
    (path,) = (sound.path / "library").glob("*.txt")
    text = path.read_bytes()
    path.write_bytes(text[:-1])
    try:
        assert {f.code for f in validate(sound, jobs=1).violations} == {"text-damaged"}
    finally:
        path.write_bytes(text)
    assert validate(sound, jobs=1).conforms
