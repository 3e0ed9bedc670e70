"""The Table of Evidence: which column a claim stands in, and every rule that gives a letter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.assess.values import Assessment
from kg.profile import Profile

ALS, RULE = "MONDO:0004976", "https://w3id.org/stemma/rule/"
T1, T2, T3 = (f"https://clinicaltrials.gov/study/NCT{n}" for n in ("03280056", "01051882", "01142856"))
Pages = Any
Said = tuple[str, dict[str, Any]]


def effect(*trials: str, relation: str = "slows", **more: Any) -> Said:
    return relation, {"rests_on": [(t, "source") for t in trials], "category": "trial_result", **more}


def harm(*trials: str, **more: Any) -> Said:
    evidence = [(t, "source") for t in trials]
    return "causesAdverseEvent", {"rests_on": evidence, "category": "safety", "object": "HP:0002315", **more}


def safe(*trials: str, **more: Any) -> Said:
    evidence = [(t, "source") for t in trials]
    return "isSafeFor", {"rests_on": evidence, "category": "safety", "object": "term:als-patients", **more}


DENIED, EARLY, WRONG = {"polarity": "negated"}, {"level": "preliminary"}, {"level": "contradicted"}

GRADED: dict[str, tuple[str, str, list[Said]]] = {
    "grade-a": ("trials", "A", [effect(T1), effect(T2)]),
    "grade-b": ("trials", "B", [effect(T1), effect(T1, relation="halts")]),
    "grade-c": ("trials", "C", [effect(T1, **EARLY), effect(T2, **DENIED)]),
    "grade-d": ("trials", "D", [effect(), effect(**DENIED)]),
    "grade-e": ("trials", "E", [effect(T1, **WRONG)]),
    "grade-e-outweighed": ("trials", "E", [effect(T1), effect(T2, **DENIED), effect(T3, relation="hasNoEffectOn")]),
    "grade-f": ("trials", "F", [effect(**WRONG), effect(T1, **DENIED)]),
    "risk-a": ("risks", "A", [safe(T1), safe(T2)]),
    "risk-b": ("risks", "B", [safe(T1), harm()]),
    "risk-c": ("risks", "C", [safe(T1, **EARLY), harm(T2)]),
    "risk-d": ("risks", "D", [safe()]),
    "risk-e": ("risks", "E", [harm(), safe(**WRONG)]),
    "risk-e-outweighed": ("risks", "E", [safe(T1), harm(T2), harm(T3)]),
    "risk-f": ("risks", "F", [harm(T1), safe()]),
}
# One cell a rule; none of them is a kind of another.
CELLS = (
    *("CL:0000037", "CL:0000047", "CL:0002537", "CL:0002540", "CL:0002541", "CL:0002568", "CL:0002570"),
    *("CL:0002639", "CL:2000061", "CL:4040005", "CL:4030035", "CL:0008011", "CL:4033093", "CL:0011020"),
)


@pytest.fixture(scope="module")
def graded(
    tmp_path_factory: pytest.TempPathFactory, make_pages: Callable[[kg.Workspace], Pages]
) -> Iterator[tuple[kg.Workspace, dict[str, list[str]]]]:
    """A workspace with the claims of every rule, and which these are."""
    with kg.init(Path(tmp_path_factory.mktemp("table")) / "W") as w:
        pages, claims = make_pages(w), {}
        page = pages.source("page")
        for cell, (rule, (_, _, said)) in zip(CELLS, GRADED.items(), strict=True):
            claims[rule] = []
            for relation, more in said:
                given = dict(more)
                object = given.pop("object", ALS)
                given["qualifiers"] = {} if object == ALS else {"disease": ALS}
                claims[rule].append(pages.say(page, cell, relation, object, **given))
        yield w, claims


@pytest.mark.parametrize("rule", GRADED)
def test_a_rule_gives_its_letter(graded: tuple[kg.Workspace, dict[str, list[str]]], rule: str) -> None:
    workspace, claims = graded
    column, letter, _ = GRADED[rule]
    (assessment,) = workspace.assess(CELLS[list(GRADED).index(rule)], ALS)
    cell = assessment.table[column]
    assert (cell.letter, cell.rule) == (letter, RULE + rule)
    assert cell.because.startswith(workspace.profile.vocabulary.terms[RULE + rule].definition)
    assert list(cell.claims) == sorted(claims[rule])
    others = {word: c.letter for word, c in assessment.table.items() if word != column}
    assert set(others.values()) == {"U"}


def test_the_counts_are_told_with_the_letter(graded: tuple[kg.Workspace, dict[str, list[str]]]) -> None:
    (assessment,) = graded[0].assess(CELLS[list(GRADED).index("grade-c")], ALS)
    assert assessment.table["trials"].because.endswith("roots 1 for, 1 against; claims 1 for, 1 against; sources 1.")


def test_nothing_in_is_unknown(workspace: kg.Workspace) -> None:
    assert workspace.assess() == []
    (assessment,) = workspace.assess("term:nurown", ALS)
    assert [(c.letter, c.rule, c.claims) for c in assessment.table.values()] == [("U", RULE + "grade-u", ())] * 5
    assert list(assessment.table) == ["mechanism", "preclinical", "cases", "trials", "risks"]
    assert (assessment.outcomes, assessment.claims) == ((), ())


def test_every_grade_rule_is_tried() -> None:
    rules = Profile.load("cell-therapy").vocabulary.members("https://w3id.org/stemma/ontology/GradeRule")
    assert {t.iri.removeprefix(RULE) for t in rules} == {*GRADED, "grade-u"}


PLACED: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "column-safety": ("risks", "isSafeFor", ALS, {"category": "safety"}),
    "column-harm-in-result": ("risks", "meetsPrimaryEndpoint", "NCIT:C41331", {"category": "trial_result"}),
    "column-preclinical": ("preclinical", "slows", ALS, {"evidence": {"design": "term:preclinical-study"}}),
    "column-case-design": ("cases", "slows", ALS, {"evidence": {"design": "term:case-series"}}),
    "column-trial": ("trials", "slows", ALS, {"rests_on": [(T1, "source")]}),
    "column-trial-design": ("trials", "slows", ALS, {"evidence": {"design": "term:phase-2"}}),
    "column-study-result": ("trials", "slows", ALS, {"category": "trial_result"}),
    "column-mechanism": ("mechanism", "secretes", "term:growth-factors", {"category": "mechanism"}),
    "column-testimonial": ("cases", "slows", ALS, {"category": "testimonial_or_promotion"}),
    "column-some-people": ("cases", "slows", ALS, {"qualifiers": {"population": "term:some-patients"}}),
    "": ("", "slows", ALS, {}),
}


def test_every_column_rule_puts_its_claim_into_its_column(pages: Pages) -> None:
    page = pages.source("page")
    said = {rule: pages.say(page, "CL:0000134", r, o, **more) for rule, (_, r, o, more) in PLACED.items()}
    every: list[Assessment] = pages.workspace.assess("CL:0000134")
    found = {w.id: (w.column or "", (w.column_rule or "").removeprefix(RULE)) for a in every for w in a.claims}
    assert {rule: found[claim] for rule, claim in said.items()} == {r: (p[0], r) for r, p in PLACED.items()}
    assert {id for a in every for id in a.unplaced} == {said[""]}


def test_every_column_rule_is_tried() -> None:
    rules = Profile.load("cell-therapy").vocabulary.members("https://w3id.org/stemma/ontology/ColumnRule")
    assert {t.iri.removeprefix(RULE) for t in rules} == set(PLACED) - {""}
