"""Whether a claim speaks for or against, and of which outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.assess.values import Assessment

ALS, MSC = "MONDO:0004976", "CL:0000134"
FOR, AGAINST = "for", "against"
Pages = Any

READ: list[tuple[str, str, str, str, str | None]] = [
    # relation, object, category, what it speaks, the outcome
    ("slows", ALS, "efficacy", FOR, ALS),
    ("isProvenFor", ALS, "efficacy", FOR, ALS),
    ("not slows", ALS, "efficacy", AGAINST, ALS),
    ("hasNoEffectOn", ALS, "trial_result", AGAINST, ALS),
    ("noSignificantDifferenceIn", "term:alsfrs-r", "trial_result", AGAINST, ALS),
    ("not meetsPrimaryEndpoint", "term:cafs", "trial_result", AGAINST, ALS),
    ("noSignificantDifferenceIn", "EFO:0000714", "trial_result", AGAINST, "EFO:0000714"),
    ("improves", "term:grip-strength", "efficacy", FOR, "term:motor-function"),
    ("improves", "term:brain-function", "efficacy", FOR, "term:function"),
    ("reduces", "term:motor-function", "efficacy", AGAINST, "term:motor-function"),
    ("reduces", "HP:0012378", "efficacy", FOR, "term:symptoms"),
    ("raises", "HP:0012378", "efficacy", AGAINST, "term:symptoms"),
    ("slows", "HP:0002180", "efficacy", FOR, ALS),
    ("raises", "HGNC:7739", "biomarker", AGAINST, "term:biomarkers"),
    ("reduces", "HGNC:7739", "biomarker", FOR, "term:biomarkers"),
    ("causesAdverseEvent", "HP:0002315", "safety", AGAINST, "NCIT:C41331"),
    ("not causesAdverseEvent", "NCIT:C41331", "safety", FOR, "NCIT:C41331"),
    ("isToleratedBy", "term:trial-participants", "safety", FOR, "NCIT:C41331"),
    ("hasMoreEventsOf", "term:death", "safety", AGAINST, "EFO:0000714"),
    ("secretes", "term:growth-factors", "mechanism", FOR, None),
    ("improves", "term:speech", "mechanism", FOR, None),
]
SILENT = [("isStudiedFor", ALS, "trial_design"), ("hasReputation", "term:breakthrough", "testimonial_or_promotion")]


@pytest.fixture(scope="module")
def read(
    tmp_path_factory: pytest.TempPathFactory, make_pages: Callable[[kg.Workspace], Pages]
) -> Iterator[tuple[Assessment, list[str], list[str]]]:
    """The assessment, the claims of READ in order, and those of SILENT."""
    with kg.init(Path(tmp_path_factory.mktemp("direction")) / "W") as w:
        pages = make_pages(w)
        page = pages.source("page")

        def say(relation: str, object: str, category: str) -> str:
            polarity = "negated" if relation.startswith("not ") else "affirmed"
            qualifiers = {} if object == ALS else {"disease": ALS}
            given = {"polarity": polarity, "category": category, "qualifiers": qualifiers}
            return str(pages.say(page, MSC, relation.removeprefix("not "), object, **given))

        spoken, silent = [say(r, o, c) for r, o, c, _, _ in READ], [say(*s) for s in SILENT]
        (assessment,) = w.assess(MSC, ALS)
        yield assessment, spoken, silent


@pytest.mark.parametrize("number", range(len(READ)), ids=[f"{r} {o}" for r, o, *_ in READ])
def test_a_claim_speaks_for_or_against_an_outcome(read: tuple[Assessment, list[str], list[str]], number: int) -> None:
    assessment, spoken, _ = read
    speaks, outcome = READ[number][3:]
    assert {c.id: c.speaks for c in assessment.claims}[spoken[number]] == speaks
    assert [o.outcome.curie for o in assessment.outcomes if spoken[number] in o.claims] == [outcome] * bool(outcome)


def test_what_says_nothing_of_an_effect_is_not_weighed(read: tuple[Assessment, list[str], list[str]]) -> None:
    assessment, _, silent = read
    assert not {c.id for c in assessment.claims} & set(silent)


def test_outcomes_are_named_so_that_for_is_good(read: tuple[Assessment, list[str], list[str]]) -> None:
    labels = {o.outcome.curie: o.outcome.label for o in read[0].outcomes}
    assert labels[ALS] == "course of amyotrophic lateral sclerosis"
    assert labels["NCIT:C41331"] == "freedom from Adverse Event"
