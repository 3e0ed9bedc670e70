"""The therapy that a trial gives, read from running text and joined in one statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import kg
from kg.document.read import pointed
from kg.trials.report import TrialReport

Record = dict[str, Any]
Maker = Callable[..., Record]
Import = Callable[..., TrialReport]
Told = Callable[..., dict[str, Record]]

CORD, MARROW, FAT = "UBERON:0002331", "UBERON:0002371", "UBERON:0001013"
MSC = "CL:0000134"


def given(workspace: kg.Workspace) -> list[tuple[str, dict[str, Any]]]:
    """What the trials study: object, and qualifiers by name, as CURIEs."""
    found = []
    for claim in workspace.claims():
        if claim["provenance"]["activity"] == "rule ctgov-therapy":
            qualifiers = claim["statement"].get("qualifiers", {})
            told = {k: [x["curie"] for x in v] if isinstance(v, list) else v["curie"] for k, v in qualifiers.items()}
            found.append((claim["statement"]["object"]["curie"], told))
    return sorted(found, key=str)


def only(name: str, *others: str, **fields: Any) -> Record:
    """Fields of a record whose therapy stands in these texts only."""
    blank = dict.fromkeys(("BriefTitle", "OfficialTitle", "ArmGroupLabel", "ArmGroupDescription", "ArmGroupType"))
    return {
        **blank,
        "InterventionName": [name],
        "InterventionDescription": list(others) or None,
        "BriefTitle": ["A study"],
        **fields,
    }


@pytest.mark.parametrize("format", ["flat", "v2"])
def test_the_joined_statement_of_both_formats(
    request: pytest.FixtureRequest, workspace: kg.Workspace, imported: Import, told: Told, format: str
) -> None:
    imported(request.getfixturevalue(format)())
    qualifiers = {"cellSource": CORD, "donor": "term:allogeneic", "route": ["NCIT:C38267"]}
    assert given(workspace) == [(MSC, qualifiers)]
    found = told()
    assert {r: list(found[r]) for r in ("source", "donor", "route")} == {
        "source": [CORD],
        "donor": ["term:allogeneic"],
        "route": ["NCIT:C38267"],
    }
    assert {c["review"]["status"] for r in ("therapy", "source", "donor", "route") for c in found[r].values()} == {
        "proposed"
    }


def test_the_anchor_holds_exactly_the_words(workspace: kg.Workspace, imported: Import, told: Told, v2: Maker) -> None:
    imported(v2())
    anchor = told()["source"][CORD]["anchor"]
    text = pointed(workspace.library.get(anchor["snapshot"]) or "", anchor["pointer"])
    assert text is not None
    assert text[anchor["start"] : anchor["end"]] == "umbilical cord"
    assert anchor["pointer"] == "/protocolSection/armsInterventionsModule/interventions/0/description"
    assert {v.state for v in workspace.verify()} == {"verified"}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (only("UC-MSCs"), [(MSC, {"cellSource": CORD})]),
        (only("Adipose-derived mesenchymal stem cells"), [(MSC, {"cellSource": FAT})]),
        (
            only("Stem cells", "Autologous bone marrow MSCs"),
            [(MSC, {"cellSource": MARROW, "donor": "term:autologous"})],
        ),
        (only("Stem cells"), [("CL:0000034", {})]),
        (only("Salt water"), []),
        (
            only("MSC into vein and spine", "The cells are given intravenously or intrathecally."),
            [(MSC, {"route": ["NCIT:C38267", "NCIT:C38276"]})],
        ),
        (
            only("NurOwn", "Marrow mesenchymal stem cells"),
            [(MSC, {"cellSource": MARROW, "product": "term:nurown"}), ("term:nurown", {"cellSource": MARROW})],
        ),
        (
            only("MSC from bone marrow or from adipose tissue"),
            [(MSC, {"cellSource": FAT}), (MSC, {"cellSource": MARROW})],
        ),
        (
            only("Autologous bone marrow MSC or allogeneic adipose MSC"),
            [(MSC, {})],
        ),
        (only("MSC", "Injected into muscle, not adipose tissue"), [(MSC, {})]),
        (only("MSC for grade II-IV illness"), [(MSC, {})]),
    ],
    ids=[
        "an abbreviation tells cell and tissue",
        "so does a name",
        "a broad name reads on",
        "and is kept where there is no other",
        "no cell at all",
        "two routes",
        "a product is the object too",
        "two tissues are two statements",
        "two tissues and two donors leave both out",
        "words that deny it",
        "a grade is no vein",
    ],
)
def test_readings(
    workspace: kg.Workspace, imported: Import, flat: Maker, texts: Record, expected: list[tuple[str, Record]]
) -> None:
    imported(flat(**texts))
    assert given(workspace) == sorted(expected, key=str)


def test_a_text_that_names_no_cell_tells_of_the_therapy_only_where_it_is_alone(
    workspace: kg.Workspace, imported: Import, flat: Maker
) -> None:
    texts = only("MSC", "Intravenous infusion over an hour")
    imported(flat("NCT99000001", **texts), flat("NCT99000002", **{**texts, "InterventionName": ["MSC", "Saline"]}))
    assert given(workspace) == [(MSC, {"route": ["NCIT:C38276"]}), (MSC, {})]


def test_the_question_that_the_statements_are_for(
    workspace: kg.Workspace, imported: Import, flat: Maker, v2: Maker
) -> None:
    """Which trials give umbilical-cord MSC intrathecally, for which disease, at what phase?"""
    imported(
        flat("NCT99000001"),
        v2("NCT99000002", designModule__phases=["PHASE3"], conditionsModule__conditions=["Multiple Sclerosis"]),
        flat("NCT99000003", **only("Intrathecal Wharton's jelly MSC"), Phase=None),
        flat("NCT99000004", **only("Intravenous umbilical cord MSC")),
        flat("NCT99000005", **only("Intrathecal bone marrow MSC")),
    )
    rows = workspace.query(
        """SELECT DISTINCT ?trial ?disease ?phase WHERE {
          ?source skos:broader* UBERON:0002331 .
          ?given stemma:relation stemma:studies ; stemma:subject ?trial ; stemma:object CL:0000134 ;
                 stemma:cellSource ?source ; stemma:route NCIT:C38267 .
          ?of stemma:subject ?trial ; stemma:relation stemma:studiesDisease ; stemma:object/rdfs:label ?disease .
          OPTIONAL { ?at stemma:subject ?trial ; stemma:relation stemma:hasPhase ; stemma:object/rdfs:label ?phase }
        } ORDER BY ?trial"""
    ).dicts()
    assert [(r["trial"][-1], r["disease"], r.get("phase")) for r in rows] == [
        ("1", "amyotrophic lateral sclerosis", "phase 1/2"),
        ("2", "multiple sclerosis", "phase 3"),
        ("3", "amyotrophic lateral sclerosis", None),
    ]
