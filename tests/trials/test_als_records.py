"""The 26 records of cell trials in ALS, as the registry gave them in 2022."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.resources import folder
from kg.trials.importer import import_trials
from kg.trials.report import TrialReport

pytestmark = pytest.mark.shared

PHASE_3 = "https://clinicaltrials.gov/study/NCT03280056"
DATA = folder("data") / "als"


@pytest.fixture(scope="module")
def files(shared: Path) -> list[Path]:
    found = sorted((shared / "trials" / "als").glob("*.json"))
    if not found:
        pytest.skip("no trial records in the shared folder")
    return found


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    with kg.init(tmp_path_factory.mktemp("als") / "W") as opened:
        yield opened


@pytest.fixture(scope="module")
def reports(workspace: kg.Workspace, files: list[Path]) -> list[TrialReport]:
    return [import_trials(workspace, path) for path in files]


def says(workspace: kg.Workspace, trial: str, relation: str) -> list[dict[str, Any]]:
    """What the claims on a trial say with a relation."""
    return [
        c["statement"]
        for c in workspace.claims()
        if c["statement"]["subject"]["id"] == trial and c["statement"]["relation"]["curie"] == f"stemma:{relation}"
    ]


def objects(workspace: kg.Workspace, relation: str) -> set[str]:
    return {s["object"]["curie"] for s in says(workspace, PHASE_3, relation)}


def quantity(workspace: kg.Workspace, relation: str) -> set[tuple[str, str, str]]:
    found = (s["quantity"] for s in says(workspace, PHASE_3, relation))
    return {(q.get("low", ""), q.get("high", ""), q["unit"]) for q in found}


def test_all_come_in_and_every_anchor_holds(workspace: kg.Workspace, reports: list[TrialReport]) -> None:
    assert sum(r.imported for r in reports) == 26
    assert [e for r in reports if r.refused for e in r.errors] == []
    states = [v.state for v in workspace.verify()]
    assert set(states) == {"verified"}
    assert len(states) == sum(r.accepted + r.proposed for r in reports)


def test_every_trial_has_its_disease_and_what_it_gives(workspace: kg.Workspace, reports: list[TrialReport]) -> None:
    found: dict[str, set[str]] = {}
    for claim in workspace.claims():
        statement = claim["statement"]
        found.setdefault(statement["relation"]["curie"], set()).add(statement["subject"]["id"])
    assert len(found["stemma:hasStatus"]) == 26
    assert len(found["stemma:studiesDisease"]) == 26
    assert len(found["stemma:studies"]) >= 25


def test_the_facts_of_the_phase_3_trial(workspace: kg.Workspace, reports: list[TrialReport]) -> None:
    assert objects(workspace, "hasPhase") == {"term:phase-3"}
    assert objects(workspace, "hasStatus") == {"term:status-completed"}
    assert objects(workspace, "studiesDisease") == {"MONDO:0004976"}
    assert objects(workspace, "hasDesign") == {
        "term:randomised-allocation",
        "term:masking-of-four-roles",
        "term:parallel-groups",
    }
    assert objects(workspace, "hasArm") == {"term:placebo-arm", "term:active-comparator-arm"}
    assert objects(workspace, "hasSponsor") == {"term:brainstorm"}
    assert objects(workspace, "usesOutcome") == {"term:alsfrs-r"}
    assert quantity(workspace, "hasEnrolment") == {("263", "263", "{person}")}
    assert quantity(workspace, "hasStartDate") == {("20170828", "20170828", "{yyyymmdd}")}
    assert quantity(workspace, "hasEligibleAge") == {("18", "", "a"), ("", "60", "a")}
    assert quantity(workspace, "hasArmCount") == {("2", "2", "{arm}")}


def test_the_therapy_of_the_phase_3_trial(workspace: kg.Workspace, reports: list[TrialReport]) -> None:
    assert objects(workspace, "usesRoute") == {"NCIT:C38267"}
    assert objects(workspace, "usesDonor") == {"term:autologous"}
    assert objects(workspace, "usesCellSource") == {"UBERON:0002371"}
    given = {s["object"]["curie"]: s["qualifiers"] for s in says(workspace, PHASE_3, "studies")}
    assert set(given) == {"CL:0000134", "term:nurown"}
    told = given["CL:0000134"]
    assert told["cellSource"]["curie"] == "UBERON:0002371"
    assert told["donor"]["curie"] == "term:autologous"
    assert told["product"]["curie"] == "term:nurown"
    assert [r["curie"] for r in told["route"]] == ["NCIT:C38267"]


def test_coded_fields_are_accepted_and_prose_is_proposed(workspace: kg.Workspace, reports: list[TrialReport]) -> None:
    anchored = {(c["review"]["status"], "start" in c["anchor"]) for c in workspace.claims()}
    assert anchored == {("accepted", False), ("proposed", True)}


def test_what_ships_is_what_the_records_give(workspace: kg.Workspace, reports: list[TrialReport]) -> None:
    """data/als/trials.jsonl is made from these records by the commands of docs/trials.md."""
    shipped = {r["id"]: r for r in map(json.loads, (DATA / "trials.jsonl").read_text("utf-8").splitlines())}
    fresh = {c["id"]: c for c in workspace.claims()}
    assert set(shipped) == set(fresh)
    kept = ("category", "paraphrase", "polarity", "certainty", "statement", "anchor")
    differ = [i for i, c in fresh.items() for k in kept if shipped[i][k] != c[k]]
    assert differ == []
    sources = [json.loads(x) for x in (DATA / "sources-trials.jsonl").read_text("utf-8").splitlines()]
    assert {s["id"] for s in sources} == {n.id for w in ("source", "snapshot") for n in workspace.records.all(w)}


def test_no_prose_of_the_registry_ships(files: list[Path]) -> None:
    """No run of eight words of a record stands in what ships, but for the names of terms."""
    shipped = (DATA / "trials.jsonl").read_text("utf-8") + (DATA / "sources-trials.jsonl").read_text("utf-8")
    told = {run for line in shipped.splitlines() for text in _texts(json.loads(line)) for run in _runs(text)}
    for path in files:
        record = json.loads(path.read_text("utf-8"))
        theirs = {run for text in _texts(record) for run in _runs(text)}
        assert told & theirs == set(), path.name


def test_the_sample_of_todays_format(tmp_path: Path, shared: Path) -> None:
    with kg.init(tmp_path / "V2") as w:
        report = import_trials(w, shared / "trials" / "ctgov_v2_sample.json")
        assert (report.records, report.imported, report.refused, report.left_out) == (10, 10, {}, {})
        assert {v.state for v in w.verify()} == {"verified"}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(item)


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = text.casefold().split()
    return (tuple(words[i : i + 8]) for i in range(len(words) - 7))
