"""Weights and scores: roots and not documents, refuting lowers, hedging weakens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kg
from kg.assess.rules import Rules
from kg.assess.values import Assessment, Outcome
from kg.assess.variant import Variant
from kg.assess.weigh import Weighed, tally
from kg.lineage.corpus import Teller, Told
from kg.profile import Profile

ALS = "MONDO:0004976"
TRIALS = tuple(f"https://clinicaltrials.gov/study/NCT{n}" for n in ("03280056", "01051882", "01142856"))
RULES = Rules.read(Profile.load("cell-therapy").vocabulary)
Pages = Any

# One cell a scenario: none of them is a kind of another, so that they do not meet.
ONE_TRIAL, FIVE_PAGES, REFUTED, HEDGED, HOPED, BARE, BARE_OFTEN, BARE_TWICE, NO_CURE, NO_SLOWING, MIXED, INTEREST = (
    *("CL:0000037", "CL:0000047", "CL:0002537", "CL:0002540", "CL:0002541", "CL:0002568"),
    *("CL:0002570", "CL:0002639", "CL:2000061", "CL:4040005", "CL:4030035", "CL:0008011"),
)


@pytest.fixture(scope="module")
def told(
    tmp_path_factory: pytest.TempPathFactory, make_pages: Callable[[kg.Workspace], Pages]
) -> Iterator[dict[str, Assessment]]:
    """What the scenarios come out as, by cell."""
    with kg.init(Path(tmp_path_factory.mktemp("weigh")) / "W") as w:
        pages = make_pages(w)
        sources = [pages.source(f"page-{n}") for n in range(5)]
        sold = pages.source("shop", interests=["It sells the cells."])
        on = [[(t, "source")] for t in TRIALS]
        first, second = sources[:2]

        def say(source: str, cell: str, relation: str = "slows", **more: Any) -> None:
            pages.say(source, cell, relation, ALS, **more)

        say(first, ONE_TRIAL, rests_on=on[0])
        for page in sources:
            say(page, FIVE_PAGES, rests_on=on[0])
        say(first, REFUTED, rests_on=on[0])
        say(second, REFUTED, polarity="negated", rests_on=on[1])
        say(first, HEDGED, certainty="hedged", rests_on=on[0])
        say(first, HOPED, certainty="speculative", rests_on=on[0])
        say(first, BARE)
        for relation in ("slows", "halts", "treats"):
            say(first, BARE_OFTEN, relation)
        say(first, BARE_TWICE)
        say(second, BARE_TWICE)
        say(first, NO_CURE, "cures", polarity="negated", rests_on=on[0])
        say(first, NO_SLOWING, "slows", polarity="negated", rests_on=on[0])
        say(first, MIXED, "slows", certainty="hedged", rests_on=on[0])
        say(second, MIXED, "hasNoEffectOn", rests_on=on[0])
        say(sold, INTEREST, rests_on=on[0])
        yield {a.variant.slots["cellType"][0].curie or "": a for a in w.assess(disease=ALS)}


def course(assessment: Assessment) -> Outcome:
    (outcome,) = assessment.outcomes
    assert outcome.outcome.curie == ALS
    return outcome


def test_five_pages_on_one_trial_are_one_root(told: dict[str, Assessment]) -> None:
    five, one = course(told[FIVE_PAGES]), course(told[ONE_TRIAL])
    assert five.roots.roots_for == one.roots.roots_for == (TRIALS[0],)
    assert (five.score, five.weight) == (one.score, one.weight) == (0.444, 0.8)
    assert (five.favour, five.roots.sources_for) == (5, 5)


def test_refuting_lowers(told: dict[str, Assessment]) -> None:
    refuted = course(told[REFUTED])
    assert refuted.score == 0.0 < course(told[ONE_TRIAL]).score
    assert refuted.weight == 1.6
    assert (refuted.roots.roots_for, refuted.roots.roots_against) == ((TRIALS[0],), (TRIALS[1],))


def test_hedging_weakens(told: dict[str, Assessment]) -> None:
    plain, hedged, hoped = (course(told[c]) for c in (ONE_TRIAL, HEDGED, HOPED))
    assert plain.score > hedged.score > hoped.score > 0
    assert (plain.weight, hedged.weight, hoped.weight) == (0.8, 0.4, 0.16)


def test_without_a_root_a_source_counts_once_and_little(told: dict[str, Assessment]) -> None:
    bare, often, twice = (course(told[c]) for c in (BARE, BARE_OFTEN, BARE_TWICE))
    assert bare.weight == often.weight == 0.02
    assert twice.weight == 0.04
    assert not bare.roots.any
    assert 0 < bare.score < 0.05


def test_who_denies_a_cure_denies_little(told: dict[str, Assessment]) -> None:
    assert (course(told[NO_CURE]).weight, course(told[NO_SLOWING]).weight) == (0.2, 0.8)
    assert 0 > course(told[NO_CURE]).score > course(told[NO_SLOWING]).score


def test_a_root_stands_on_the_side_of_its_heavier_claim(told: dict[str, Assessment]) -> None:
    mixed = course(told[MIXED])
    assert (mixed.roots.roots_for, mixed.roots.roots_against) == ((), (TRIALS[0],))
    assert mixed.score < 0


def test_interests_stand_beside_the_number_and_not_in_it(told: dict[str, Assessment]) -> None:
    (voice,) = told[INTEREST].sources
    assert voice.interests == ("It sells the cells.",)
    assert course(told[INTEREST]).score == course(told[ONE_TRIAL]).score


def test_the_level_is_the_records_or_by_a_rule(told: dict[str, Assessment]) -> None:
    (rooted,), (bare,) = told[ONE_TRIAL].claims, told[BARE].claims
    assert (rooted.level, rooted.level_by) == ("supported", "https://w3id.org/stemma/rule/level-trial")
    assert (bare.level, bare.level_by) == ("unsupported", "https://w3id.org/stemma/rule/level-nothing")


def test_a_recorded_level_is_kept_and_a_study_is_preliminary(pages: Pages) -> None:
    page = pages.source("page")
    pages.say(page, ONE_TRIAL, "slows", ALS, level="contradicted", rests_on=[(TRIALS[0], "source")])
    pages.say(page, REFUTED, "slows", ALS, rests_on=[("https://doi.org/10.1000/study", "source")])
    recorded, study = (pages.workspace.assess(c, ALS)[0].claims[0] for c in (ONE_TRIAL, REFUTED))
    assert (recorded.level, recorded.level_by, recorded.weight) == ("contradicted", "record", 0.0)
    assert (study.level, study.level_by) == ("preliminary", "https://w3id.org/stemma/rule/level-study")


def test_the_rule_and_its_formula_come_with_the_answer(told: dict[str, Assessment]) -> None:
    assessment = told[ONE_TRIAL]
    assert assessment.rule == "https://w3id.org/stemma/rule/score"
    assert "(F - A) / (F + A + prior weight)" in assessment.formula


# ---- what holds of any claims


def weighed(direction: int, tenths: int, root: int, source: int) -> Weighed:
    """A claim of some source; root 0 is none."""
    claim = Told(
        id=f"{direction}-{tenths}-{root}-{source}",
        source=Teller(f"s{source}", "", "k", None, None, None, ()),
        statement="st",
        terms=MappingProxyType({}),
        category="c",
        polarity="p",
        certainty="ce",
        level=None,
        design=None,
        status="x",
        reviewers=(),
        evidence=(),
        links=(),
        paraphrase="",
        attributed=None,
        start=0,
        read=True,
    )
    roots = (f"r{root}",) if root else ()
    weight = RULES.score.prior * tenths / 10
    return Weighed(claim, Variant(()), frozenset(), (), direction, None, None, roots, weight, None, None)


some = st.builds(weighed, st.sampled_from([1, -1]), st.integers(1, 10), st.integers(0, 3), st.integers(0, 3))
against = st.builds(weighed, st.just(-1), st.integers(1, 10), st.integers(0, 3), st.integers(0, 3))


@given(st.lists(some, max_size=8), against)
def test_one_more_claim_against_never_raises_the_score(claims: list[Weighed], more: Weighed) -> None:
    before, after = tally(claims, RULES), tally([*claims, more], RULES)
    assert -1 < after.score <= before.score < 1
    assert after.weight >= before.weight >= 0


@given(st.lists(some, max_size=8))
def test_saying_it_all_again_changes_nothing(claims: list[Weighed]) -> None:
    assert tally([*claims, *claims], RULES) == tally(claims, RULES)


@given(st.lists(some, max_size=8))
def test_every_root_stands_on_one_side(claims: list[Weighed]) -> None:
    on = tally(claims, RULES).sides
    assert on.favour | on.against | on.mixed == {r for c in claims for r in c.roots}
    assert len(on.favour) + len(on.against) + len(on.mixed) == len(on.favour | on.against | on.mixed)
