"""The coded fields of a record, as the claims that they make."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import kg
from kg.trials.report import TrialReport

Record = dict[str, Any]
Maker = Callable[..., Record]
Import = Callable[..., TrialReport]
Told = Callable[..., dict[str, Record]]

CODED = {
    "status": ["term:status-completed"],
    "phase": ["term:phase-1-2"],
    "allocation": ["term:randomised-allocation"],
    "model": ["term:parallel-groups"],
    "masking": ["term:masking-of-two-roles"],
    "arm": ["term:placebo-arm"],
    "sponsor": ["term:mayo-clinic"],
    "site": ["term:massachusetts-general"],
    "condition": ["MONDO:0004976"],
}

MEASURED = {
    "enrolment": ("stemma:hasEnrolment", {"low": "48", "high": "48", "unit": "{person}"}),
    "start": ("stemma:hasStartDate", {"low": "20150503", "high": "20150503", "unit": "{yyyymmdd}"}),
    "completion": ("stemma:plansCompletionDate", {"low": "20170201", "high": "20170228", "unit": "{yyyymmdd}"}),
    "youngest": ("stemma:hasEligibleAge", {"low": "18", "unit": "a"}),
    "oldest": ("stemma:hasEligibleAge", {"high": "30", "unit": "mo"}),
    "arms": ("stemma:hasArmCount", {"low": "2", "high": "2", "unit": "{arm}"}),
}


@pytest.mark.parametrize("format", ["flat", "v2"])
def test_both_formats_make_the_same_statements(
    request: pytest.FixtureRequest, format: str, imported: Import, told: Told
) -> None:
    imported(request.getfixturevalue(format)())
    found = told("accepted")
    assert {rule: list(claims) for rule, claims in found.items() if rule not in MEASURED} == CODED
    for rule, (relation, quantity) in MEASURED.items():
        (claim,) = found[rule].values()
        statement = claim["statement"]
        assert statement["relation"]["curie"] == relation
        assert {k: v for k, v in statement["quantity"].items() if k != "of"} == quantity


def test_who_proposes_and_who_accepts(imported: Import, told: Told, flat: Maker) -> None:
    imported(flat())
    phase = told()["phase"]["term:phase-1-2"]
    assert phase["provenance"]["agent"] == f"https://w3id.org/stemma/agent/ctgov-importer-{kg.__version__}"
    assert phase["review"]["by"] == ["https://w3id.org/stemma/agent/ctgov-coded-field-rule-1"]
    assert phase["review"]["status"] == "accepted"
    assert phase["provenance"]["activity"] == "rule ctgov-phase"
    assert (phase["polarity"], phase["certainty"], phase["category"]) == ("affirmed", "asserted", "trial_design")
    assert phase["paraphrase"] == "The registry gives NCT99000001 the phase: phase 1/2."
    assert phase["anchor"]["pointer"] == "/Phase"


@pytest.mark.parametrize(
    ("phases", "expected"),
    [
        (["Early Phase 1"], ["term:early-phase-1"]),
        (["Phase 2", "Phase 3"], ["term:phase-2-3"]),
        (["Phase 4"], ["term:phase-4"]),
        (["Not Applicable"], []),
        (None, []),
    ],
)
def test_phases(imported: Import, told: Told, flat: Maker, phases: list[str] | None, expected: list[str]) -> None:
    assert imported(flat(Phase=phases)).left_out == {}
    assert list(told().get("phase", {})) == expected


def test_a_planned_enrolment_is_no_enrolment(imported: Import, told: Told, flat: Maker) -> None:
    imported(flat(EnrollmentType=["Anticipated"]))
    (claim,) = told()["enrolment"].values()
    assert claim["statement"]["relation"]["curie"] == "stemma:plansEnrolment"
    assert claim["paraphrase"] == "The registry gives NCT99000001 an enrolment of 48 (planned)."


@pytest.mark.parametrize(
    ("changes", "rule", "code"),
    [
        ({"EnrollmentCount": ["0"]}, "enrolment", "number-not-positive"),
        ({"EnrollmentCount": ["many"]}, "enrolment", "number-not-positive"),
        ({"EnrollmentType": None}, "enrolment", "kind-missing"),
        ({"EnrollmentType": ["Hoped for"]}, "enrolment", "word-unknown"),
        ({"StartDate": ["Spring 2015"]}, "start", "date-unreadable"),
        ({"MinimumAge": ["grown up"]}, "youngest", "age-unreadable"),
        ({"MaximumAge": ["3 Moons"]}, "oldest", "age-unreadable"),
        ({"OverallStatus": ["Becalmed"]}, "status", "word-unknown"),
        ({"Phase": ["Phase 7"]}, "phase", "word-unknown"),
    ],
)
def test_a_value_that_cannot_be_read_is_counted_and_the_record_stays(
    imported: Import, told: Told, flat: Maker, changes: Record, rule: str, code: str
) -> None:
    report = imported(flat(**changes))
    assert (report.imported, report.refused, report.left_out) == (1, {}, {code: 1})
    assert rule not in told()
    assert report.errors[0].about == "NCT99000001"
    assert report.errors[0].where == f"trials.jsonl line 1 ctgov-{rule}"


def test_a_start_without_its_kind_is_the_start(imported: Import, told: Told, flat: Maker) -> None:
    imported(flat(StartDateType=None))
    (claim,) = told()["start"].values()
    assert claim["statement"]["relation"]["curie"] == "stemma:hasStartDate"


def test_conditions_are_mapped_whole_then_by_words_and_else_counted(imported: Import, told: Told, flat: Maker) -> None:
    report = imported(
        flat(Condition=["Lou Gehrig\u2019s Disease", "Severe Multiple Sclerosis", "Seasickness", "Homesickness"])
    )
    found = told()
    assert list(found["condition"]) == ["MONDO:0004976"]
    (words,) = found["condition-words"].values()
    assert words["statement"]["object"]["curie"] == "MONDO:0005301"
    assert words["review"]["status"] == "proposed"
    assert (words["anchor"]["start"], words["anchor"]["end"]) == (7, 25)
    assert (report.unmapped_conditions, report.unmapped_texts) == (2, {"Seasickness": 1, "Homesickness": 1})


def test_the_registrys_own_terms_only_where_no_condition_is_known(imported: Import, told: Told, flat: Maker) -> None:
    mesh = {
        "ConditionMeshId": ["D000016472", "D000000690"],
        "ConditionMeshTerm": ["Motor Neuron Disease", "Amyotrophic Lateral Sclerosis"],
    }
    imported(flat(**mesh))
    assert "condition-mesh-id" not in told()
    imported(flat("NCT99000002", Condition=["The Disease of the Quays"], **mesh))
    found = told()
    assert list(found["condition-mesh-id"]) == ["MONDO:0004976"]  # the narrower of the two, by its padded id
    assert "condition-mesh" not in found  # which would say the same


def test_an_observational_study_and_its_lack_of_arms(imported: Import, told: Told, flat: Maker) -> None:
    imported(flat(StudyType=["Observational"], ArmGroupLabel=None, ArmGroupType=None, DesignAllocation=["N/A"]))
    found = told()
    assert list(found["study"]) == ["term:observational-study"]
    assert {"arms", "arm", "allocation"}.isdisjoint(found)


def test_an_arm_is_told_once(imported: Import, told: Told, flat: Maker) -> None:
    imported(flat(ArmGroupType=["Placebo Comparator", "Placebo Comparator", "No Intervention"]))
    assert {k: c["anchor"]["pointer"] for k, c in told()["arm"].items()} == {
        "term:placebo-arm": "/ArmGroupType/0",
        "term:untreated": "/ArmGroupType/2",
    }


def test_an_outcome_in_what_is_measured(imported: Import, told: Told, flat: Maker) -> None:
    imported(flat(PrimaryOutcomeMeasure=["Progression-free survival", "Adverse events, and overall survival"]))
    assert {k: json.dumps(c["anchor"]["pointer"]) for k, c in told()["outcome"].items()} == {
        "NCIT:C41331": '"/PrimaryOutcomeMeasure/1"',
        "EFO:0000638": '"/PrimaryOutcomeMeasure/1"',
    }
