"""The import as a whole: what it leaves in the workspace, and what happens the second time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.errors import DocumentError, UsageError
from kg.resources import folder
from kg.trials import importer
from kg.trials.importer import import_trials
from kg.trials.report import TrialReport

Record = dict[str, Any]
Maker = Callable[..., Record]
Import = Callable[..., TrialReport]
Told = Callable[..., dict[str, Record]]
Write = Callable[..., Path]

SOURCE = "https://w3id.org/stemma/source/NCT99000001"


def by_status(workspace: kg.Workspace) -> dict[str, int]:
    found: dict[str, int] = {}
    for claim in workspace.claims():
        status = claim["review"]["status"]
        found[status] = found.get(status, 0) + 1
    return found


def test_a_record_becomes_a_source_and_a_snapshot(workspace: kg.Workspace, imported: Import, flat: Maker) -> None:
    report = imported(flat())
    source = workspace.records.get(SOURCE)
    assert source is not None
    assert workspace.writer.record(source) == {
        "type": "source",
        "id": SOURCE,
        "kind": "trial-record",
        "title": "Trial record NCT99000001",
        "publisher": "ClinicalTrials.gov",
        "published": "2018-06-01",
        "url": "https://clinicaltrials.gov/study/NCT99000001",
        "about": {
            "id": "https://clinicaltrials.gov/study/NCT99000001",
            "curie": "clinicaltrials:NCT99000001",
            "label": "NCT99000001",
        },
        "version": 1,
    }
    (name,) = workspace.records.snapshots_of(SOURCE)
    snapshot = workspace.records.get(name)
    assert snapshot is not None
    told = workspace.writer.record(snapshot)
    text = workspace.library.get(told["digest"])
    assert text is not None
    assert (told["mediaType"], told["length"]) == ("application/json", len(text))
    assert (report.imported, report.accepted + report.proposed) == (1, sum(by_status(workspace).values()))
    assert report.complete
    assert {v.state for v in workspace.verify()} == {"verified"}
    assert workspace.validate().conforms


def test_the_second_time_nothing_changes(
    workspace: kg.Workspace, imported: Import, flat: Maker, v2: Maker, state: Callable[..., object]
) -> None:
    imported(flat(), v2("NCT99000002"))
    before = state(workspace)
    report = imported(flat(Rank=99), v2("NCT99000002"))
    assert (report.imported, report.unchanged, report.accepted, report.proposed) == (0, 2, 0, 0)
    assert state(workspace) == before


def test_a_record_that_stands_twice_is_told(imported: Import, flat: Maker, told: Told) -> None:
    report = imported(flat(Rank=1), flat("NCT99000002"), flat(Rank=2))
    assert (report.records, report.imported, report.twice) == (3, 2, ("NCT99000001",))


def test_two_versions_in_one_file(workspace: kg.Workspace, imported: Import, flat: Maker, told: Told) -> None:
    newer = flat(Phase=["Phase 3"], LastUpdatePostDate=["June 2, 2018"])
    report = imported(flat(), newer, flat())
    assert (report.imported, report.renewed, report.unchanged) == (1, 1, 1)
    assert list(told()["phase"]) == ["term:phase-3"]


def test_an_import_that_was_interrupted_goes_on(
    workspace: kg.Workspace, write: Write, flat: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "BATCH", 2)
    path = write(*(flat(f"NCT9900000{i}") for i in range(1, 6)))

    def stop(done: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_trials(workspace, path, progress=stop)
    assert len(workspace.records.ids("source")) == 4
    done: list[int] = []
    report = import_trials(workspace, path, progress=done.append)
    assert (report.imported, report.unchanged) == (1, 4)
    assert done[-1] == 5
    assert len(workspace.records.ids("source")) == 5


# ---- newer and older records


def test_a_newer_record_is_a_newer_snapshot(
    workspace: kg.Workspace, imported: Import, flat: Maker, v2: Maker, told: Told
) -> None:
    first = imported(flat())
    report = imported(v2(statusModule__overallStatus="TERMINATED"))
    assert (report.renewed, report.superseded) == (1, first.accepted + first.proposed)
    assert len(workspace.records.snapshots_of(SOURCE)) == 2
    source = workspace.records.get(SOURCE)
    assert source is not None
    assert workspace.writer.record(source)["published"] == "2019-06-01"
    assert list(told()["status"]) == ["term:status-terminated"]
    (old,) = told("superseded")["status"].values()
    assert old["statement"]["object"]["curie"] == "term:status-completed"
    assert old["review"]["reason"] == "newer-snapshot"
    assert old["review"]["by"] == ["https://w3id.org/stemma/agent/ctgov-coded-field-rule-1"]


def test_an_older_record_is_left_out(workspace: kg.Workspace, imported: Import, flat: Maker, v2: Maker) -> None:
    imported(v2())
    before = by_status(workspace)
    report = imported(flat())
    assert (report.older, report.imported, report.renewed) == (1, 0, 0)
    assert by_status(workspace) == before


INTERESTS = {"type": "interests", "person": "orcid:0000-0002-1825-0097", "declared": "2026-01-31", "none": True}


def test_what_a_person_decided_is_left_to_people(
    workspace: kg.Workspace, imported: Import, flat: Maker, v2: Maker, told: Told
) -> None:
    imported(flat())
    route = told()["route"]["NCIT:C38267"]["id"]
    workspace.add({**INTERESTS, "id": workspace.iris.of("interests", "0000-0002-1825-0097")})
    workspace.review([route], "accepted", by="0000-0002-1825-0097")
    imported(v2())
    assert workspace.claim(route)["review"]["status"] == "accepted"
    assert told("superseded").keys() >= {"phase", "donor"}
    assert "route" not in told("superseded")


def test_what_others_told_of_the_source_stays(workspace: kg.Workspace, imported: Import, flat: Maker) -> None:
    workspace.add(
        {
            "type": "source",
            "id": SOURCE,
            "kind": "trial-record",
            "title": "A record",
            "interests": ["The sponsor makes the cells."],
        }
    )
    assert imported(flat()).renewed == 1
    source = workspace.records.get(SOURCE)
    assert source is not None
    told = workspace.writer.record(source)
    assert (told["title"], told["interests"]) == ("Trial record NCT99000001", ["The sponsor makes the cells."])


def test_facts_without_the_records_are_verified_by_the_records(
    tmp_path: Path, workspace: kg.Workspace, imported: Import, write: Write, flat: Maker
) -> None:
    """What ships: sources, snapshots and claims; the registry's JSON does not."""
    imported(flat(), flat("NCT99000002"))
    for view in ("sources", "claims"):
        (tmp_path / f"{view}.jsonl").write_text(workspace.export("jsonl", view=view), "utf-8")
    with kg.init(tmp_path / "other") as other:
        other.add(tmp_path / "sources.jsonl")
        other.add(tmp_path / "claims.jsonl", keep_review=True)
        assert {v.state for v in other.verify()} == {"unverified"}
        assert by_status(other) == by_status(workspace)
        report = import_trials(other, write(flat(), flat("NCT99000002")))
        assert (report.imported, report.unchanged) == (0, 2)
        assert {v.state for v in other.verify()} == {"verified"}
        assert other.export("jsonl") == workspace.export("jsonl")


# ---- errors


def test_errors_are_counted_by_class_and_stop_nothing(imported: Import, flat: Maker) -> None:
    report = imported(
        flat("NCT99000001"),
        "{broken",
        "[1, 2]",
        flat("NCT123"),
        flat("NCT99000002", LastUpdatePostDate=None),
        flat("NCT99000003", Extra=2**60),
        flat("NCT99000004"),
    )
    assert (report.records, report.imported) == (7, 2)
    assert report.refused == {"data": 1, "record-format": 1, "record-number": 1, "record-date": 1, "document": 1}
    assert not report.complete
    assert [e.where for e in report.errors] == [f"trials.jsonl line {i}" for i in range(2, 7)]
    assert report.as_dict()["refused"]["record-date"] == 1
    assert report.rate > 0


def test_what_the_gate_refuses_is_taken_out_and_the_rest_comes_in(
    tmp_path: Path, write: Write, flat: Maker, v2: Maker
) -> None:
    profile = tmp_path / "strict"
    for kind in ("ontology", "shapes"):
        shutil.copytree(folder(kind) / "cell-therapy", profile / kind)
    (profile / "shapes" / "strict.ttl").write_text(STRICT, "utf-8")
    with kg.init(tmp_path / "strict-workspace", profile=str(profile)) as w:
        report = import_trials(w, write(flat(), flat("NCT99000002"), v2("NCT99000003")))
        assert (report.imported, report.refused) == (2, {"Source-lucky": 1})
        assert report.left_out == {"Statement-noSponsor": 2}
        assert w.iris.of("source", "NCT99000002") not in w.records.ids("source")
        assert {e.where for e in report.errors} == {f"trials.jsonl line {i}" for i in (1, 2, 3)}
        assert "rule ctgov-sponsor" not in {c["provenance"]["activity"] for c in w.claims()}
        assert w.validate().conforms


def test_a_file_that_cannot_be_read_changes_nothing(workspace: kg.Workspace, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n", "utf-8")
    with pytest.raises(DocumentError):
        import_trials(workspace, tmp_path / "empty.jsonl")
    assert list(workspace.log()) == []


def test_a_profile_without_rules_takes_no_trials(tmp_path: Path, write: Write, flat: Maker) -> None:
    lighthouses = Path(__file__).parent.parent / "profiles" / "lighthouses"
    with kg.init(tmp_path / "lights", profile=str(lighthouses)) as w, pytest.raises(UsageError):
        import_trials(w, write(flat()))


def test_the_log_tells_who_ran_it(workspace: kg.Workspace, write: Write, flat: Maker) -> None:
    import_trials(workspace, write(flat()), agent="0000-0002-1825-0097")
    (entry,) = workspace.log()
    assert entry.agent == "https://orcid.org/0000-0002-1825-0097"
    assert entry.why == "import of trials.jsonl"


STRICT = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix stemma: <https://w3id.org/stemma/ontology/> .
@prefix shape: <https://w3id.org/stemma/shapes/> .
shape:Statement-noSponsor a sh:NodeShape ; sh:targetClass stemma:Statement ;
    sh:not [ sh:property [ sh:path stemma:relation ; sh:hasValue stemma:hasSponsor ] ] ;
    sh:message "No sponsor is named here." .
shape:Source-lucky a sh:NodeShape ; sh:targetClass stemma:Source ;
    sh:not [ sh:property [ sh:path dcterms:title ; sh:pattern "2$" ; sh:minCount 1 ] ] ;
    sh:message "No number ends in 2 here." .
"""
