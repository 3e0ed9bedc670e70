"""A trial of our own invention, told in both formats of the registry."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.trials.importer import import_trials
from kg.trials.report import TrialReport

Record = dict[str, Any]

NUMBER = "NCT99000001"


def make_flat(number: str = NUMBER, **changes: Any) -> Record:
    """A record in the retired format; a change of ``None`` leaves the field out."""
    record: Record = {
        "Rank": 7,
        "NCTId": [number],
        "BriefTitle": ["Harbour Cells in ALS"],
        "OfficialTitle": ["A Study of Harbour Cells"],
        "BriefSummary": ["Cells are counted twice before they sail."],
        "OverallStatus": ["Completed"],
        "StudyType": ["Interventional"],
        "Phase": ["Phase 1", "Phase 2"],
        "DesignAllocation": ["Randomized"],
        "DesignInterventionModel": ["Parallel Assignment"],
        "DesignMasking": ["Double"],
        "EnrollmentCount": ["48"],
        "EnrollmentType": ["Actual"],
        "StartDate": ["May 3, 2015"],
        "StartDateType": ["Actual"],
        "CompletionDate": ["February 2017"],
        "CompletionDateType": ["Anticipated"],
        "MinimumAge": ["18 Years"],
        "MaximumAge": ["30 Months"],
        "LeadSponsorName": ["Mayo Clinic"],
        "LocationFacility": ["Port Ellery Infirmary", "Massachusetts General Hospital"],
        "Condition": ["Amyotrophic Lateral Sclerosis"],
        "ArmGroupLabel": ["Cells", "Look-alike"],
        "ArmGroupType": ["Experimental", "Placebo Comparator"],
        "ArmGroupDescription": ["The cells are given intrathecally, once.", "Salt water."],
        "InterventionName": ["Donor MSC from the quay", "Salt water"],
        "InterventionDescription": ["Allogeneic mesenchymal stem cells taken from umbilical cord."],
        "PrimaryOutcomeMeasure": ["Change of the ALSFRS-R in half a year"],
        "LastUpdatePostDate": ["June 1, 2018"],
    } | changes
    return {k: v for k, v in record.items() if v is not None}


def make_v2(number: str = NUMBER, **changes: Any) -> Record:
    """The same trial a year later in today's format; ``statusModule__overallStatus=...`` reaches inside."""
    sections: Record = {
        "identificationModule": {
            "nctId": number,
            "briefTitle": "Harbour Cells in ALS",
            "officialTitle": "A Study of Harbour Cells",
        },
        "statusModule": {
            "overallStatus": "COMPLETED",
            "startDateStruct": {"date": "2015-05-03", "type": "ACTUAL"},
            "completionDateStruct": {"date": "2017-02", "type": "ESTIMATED"},
            "lastUpdatePostDateStruct": {"date": "2019-06-01", "type": "ACTUAL"},
        },
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "Mayo Clinic", "class": "OTHER"}},
        "descriptionModule": {"briefSummary": "Cells are counted twice before they sail."},
        "conditionsModule": {"conditions": ["Amyotrophic Lateral Sclerosis"]},
        "designModule": {
            "studyType": "INTERVENTIONAL",
            "phases": ["PHASE1", "PHASE2"],
            "designInfo": {
                "allocation": "RANDOMIZED",
                "interventionModel": "PARALLEL",
                "maskingInfo": {"masking": "DOUBLE"},
            },
            "enrollmentInfo": {"count": 48, "type": "ACTUAL"},
        },
        "armsInterventionsModule": {
            "armGroups": [
                {"label": "Cells", "type": "EXPERIMENTAL", "description": "The cells are given intrathecally, once."},
                {"label": "Look-alike", "type": "PLACEBO_COMPARATOR", "description": "Salt water."},
            ],
            "interventions": [
                {
                    "name": "Donor MSC from the quay",
                    "description": "Allogeneic mesenchymal stem cells taken from umbilical cord.",
                },
                {"name": "Salt water"},
            ],
        },
        "outcomesModule": {"primaryOutcomes": [{"measure": "Change of the ALSFRS-R in half a year"}]},
        "eligibilityModule": {"minimumAge": "18 Years", "maximumAge": "30 Months"},
        "contactsLocationsModule": {
            "locations": [
                {"facility": "Port Ellery Infirmary", "geoPoint": {"lat": 56.25, "lon": -5.5}},
                {"facility": "Massachusetts General Hospital"},
            ]
        },
    }
    for key, value in changes.items():
        here = sections
        *way, last = key.split("__")
        for step in way:
            here = here[step]
        if value is None:
            del here[last]
        else:
            here[last] = value
    return {"protocolSection": sections, "derivedSection": {}, "hasResults": False}


@pytest.fixture(scope="session")
def flat() -> Callable[..., Record]:
    """See :func:`make_flat`."""
    return make_flat


@pytest.fixture(scope="session")
def v2() -> Callable[..., Record]:
    """See :func:`make_v2`."""
    return make_v2


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes records as a file of JSON lines."""

    def lines(*records: Record | str, name: str = "trials.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records), "utf-8")
        return path

    return lines


@pytest.fixture
def imported(workspace: kg.Workspace, write: Callable[..., Path]) -> Callable[..., TrialReport]:
    """Imports records into the workspace."""
    return lambda *records: import_trials(workspace, write(*records))


@pytest.fixture
def told(workspace: kg.Workspace) -> Callable[..., dict[str, Record]]:
    """The claims that stand, by rule and then by what they say: a term's CURIE or the quantity."""

    def claims(*statuses: str) -> dict[str, Record]:
        found: dict[str, Record] = {}
        for claim in workspace.claims():
            if claim["review"]["status"] in (statuses or ("accepted", "proposed")):
                rule = claim["provenance"]["activity"].removeprefix("rule ctgov-")
                statement = claim["statement"]
                says = statement["object"]["curie"] if "object" in statement else json.dumps(statement["quantity"])
                found.setdefault(rule, {})[says] = claim
        return found

    return claims
