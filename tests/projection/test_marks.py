"""Bits of claims by what they hold, and folds of few claims."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.profile import Profile
from kg.projection.filters import Filters
from kg.projection.fold import folded
from kg.projection.marks import Marks, grouped, marked, numbers
from kg.projection.question import Question

ALS = "http://purl.obolibrary.org/obo/MONDO_0004976"


@pytest.fixture(scope="module")
def filters() -> Filters:
    return Filters(Profile.load("cell-therapy"))


def put(marks: Marks, claims: dict[int, dict[str, list[str]]]) -> None:
    marks.put(grouped((n, marks.codes(held)) for n, held in claims.items()))


@given(st.sets(st.integers(0, 5000)))
def test_bits_and_numbers(places: set[int]) -> None:
    assert set(numbers(marked(places))) == places


def test_what_claims_hold_is_put_and_dropped(filters: Filters) -> None:
    marks = Marks(filters, lambda statements: marked([7] if "urn:s" in statements else []))
    put(marks, {1: {"status": ["accepted"]}, 7: {"status": ["proposed"]}, 9: {"status": ["accepted"]}})
    accepted = {"status": frozenset(("accepted",))}
    assert list(numbers(marks.passing(Question(values=accepted)))) == [1, 9]
    assert list(numbers(marks.passing(Question(without=accepted)))) == [7]
    assert list(numbers(marks.passing(Question(either={**accepted, "statement": frozenset(("urn:s",))})))) == [1, 7, 9]
    assert list(numbers(marks.passing(Question(values=accepted), among=marked([7, 9])))) == [9]
    marks.told_anew("status", {9: "proposed"})
    assert marks.tally("status", marks.every) == [("proposed", 2), ("accepted", 1)]
    marks.drop(grouped([(7, marks.codes({"status": ["proposed"]}))]))
    assert marks.tally("status", marks.every) == [("accepted", 1), ("proposed", 1)]


def test_a_term_counts_for_those_above_it_that_stand_themselves(filters: Filters) -> None:
    above = sorted(set(filters.within(ALS)) - {ALS})[0]
    marks = Marks(filters, lambda statements: 0)
    put(marks, {1: {"disease": [ALS]}, 2: {"disease": [above]}, 3: {"disease": [ALS, above]}})
    assert dict(marks.tally("disease", marks.every)) == {ALS: 2, above: 3}
    assert dict(marks.tally("disease", marked([1]))) == {ALS: 1}, "nobody claims the other one there"
    assert list(numbers(marks.passing(Question(values={"disease": frozenset((above,))})))) == [1, 2, 3]
    assert list(numbers(marks.passing(Question(exact={"disease": frozenset((above,))})))) == [2, 3]


def test_a_claim_counts_for_each_of_its_values() -> None:
    one = {"source": ["s"], "route": ["a", "b"], "disease": ["x", "y"], "polarity": ["affirmed"]}
    two = {"source": ["s"], "route": ["a"], "polarity": ["negated"], "claim_rests_on": ["trial"]}
    folds = folded([one, two], ("route", "disease"), {"polarity": ("affirmed", "negated")})
    told = {(f.by["route"], f.by["disease"]): (f.claims, f.sources, f.evidence, f.counts["polarity"]) for f in folds}
    assert told == {
        **{(r, d): (1, 1, 0, {"affirmed": 1}) for r in "ab" for d in "xy"},
        ("a", None): (1, 1, 1, {"negated": 1}),
    }
