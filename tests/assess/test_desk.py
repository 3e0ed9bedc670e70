"""Assessments as a whole: what they hold, over the corpus, and that they follow the commits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.assess.rules import Rules
from kg.assess.values import Assessment
from kg.resources import folder

ALS, SC, MSC = "MONDO:0004976", "CL:0000034", "CL:0000134"
TRIAL = "https://clinicaltrials.gov/study/NCT03280056"
RULE = "https://w3id.org/stemma/rule/"
Pages = Any


def test_review_is_counted_and_software_is_told_apart(pages: Pages) -> None:
    page = pages.source("page")
    claims = [pages.say(page, MSC, r, ALS) for r in ("slows", "treats", "halts", "cures")]
    person = "0000-0002-1825-0097"
    stated = {"type": "interests", "person": f"orcid:{person}", "declared": "2026-01-31", "none": True}
    pages.workspace.add({**stated, "id": pages.workspace.iris.of("interests", person)})
    pages.workspace.review(claims[:1], "accepted", by=person)
    pages.workspace.review(claims[1:2], "accepted", by="pass-2")
    pages.workspace.review(claims[2:3], "rejected", by="pass-2", reason="not-said")
    (assessment,) = pages.workspace.assess()
    assert assessment.review.as_dict() == {"proposed": 1, "accepted": 2, "acceptedBySoftwareOnly": 1}
    assert {c.id: c.status for c in assessment.claims} == {
        claims[0]: "accepted",
        claims[1]: "accepted",
        claims[3]: "proposed",
    }


def test_assessments_follow_the_commits(pages: Pages) -> None:
    page = pages.source("page")
    claim = pages.say(page, MSC, "slows", ALS)
    (before,) = pages.workspace.assess()
    assert pages.workspace.assess() == [before]
    pages.say(page, MSC, "slows", ALS, polarity="negated", rests_on=[(TRIAL, "source")])
    (after,) = pages.workspace.assess()
    assert after.outcomes[0].score < before.outcomes[0].score
    pages.workspace.review([claim], "rejected", by="second", reason="not-said")
    (last,) = pages.workspace.assess()
    assert len(last.claims) == 1


def test_a_profile_without_rules_cannot_assess(tmp_path: Path) -> None:
    own = tmp_path / "own" / "ontology"
    own.mkdir(parents=True)
    (own / "empty.ttl").write_text("", encoding="utf-8")
    with kg.init(tmp_path / "W", profile=str(tmp_path / "own")) as w, pytest.raises(kg.ProfileError, match="ScoreRule"):
        w.assess()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    """Everything that ships on ALS."""
    files = sorted((folder("data") / "als").glob("*.jsonl"), key=lambda p: ("sources" not in p.name, p.name))
    with kg.init(Path(tmp_path_factory.mktemp("corpus")) / "W") as w:
        for path in files:
            w.add(path, keep_review=True)
        yield w


@pytest.fixture(scope="module")
def stem_cells(corpus: kg.Workspace) -> Assessment:
    return next(a for a in corpus.assess(SC, ALS) if a.variant.label == "stem cell")


def test_the_corpus_has_its_table(corpus: kg.Workspace, stem_cells: Assessment) -> None:
    assert {word: cell.letter for word, cell in stem_cells.table.items()} == {
        "mechanism": "D",
        "preclinical": "U",
        "cases": "C",
        "trials": "F",
        "risks": "E",
    }
    claims = {c.id for c in stem_cells.claims}
    assert all(set(cell.claims) <= claims for cell in stem_cells.table.values())
    assert sum(len(cell.claims) for cell in stem_cells.table.values()) + len(stem_cells.unplaced) == len(claims)
    assert stem_cells.review.by_software_only == stem_cells.review.accepted > 0


def test_five_articles_speak_for_it_and_no_trial_of_theirs(stem_cells: Assessment) -> None:
    course = next(o for o in stem_cells.outcomes if o.outcome.curie == ALS)
    articles = {s.id for s in stem_cells.sources if s.id.rsplit("/", 1)[-1].startswith("als-0")}
    assert len(articles) == 5
    assert course.favour > course.against
    assert course.score < 0
    assert TRIAL in course.roots.roots_against
    assert len(course.roots.roots_against) > len(course.roots.roots_for)
    assert all(s.interests for s in stem_cells.sources if s.id in articles)


def test_the_numbers_follow_from_the_claims_by_the_formula(corpus: kg.Workspace, stem_cells: Assessment) -> None:
    """Count again, by the formula's words, from what the answer itself holds."""
    rules, told = Rules.read(corpus.profile.vocabulary), {c.id: c for c in stem_cells.claims}
    for outcome in stem_cells.outcomes:
        sums = {"for": Fraction(0), "against": Fraction(0)}
        for side in sums:
            by_root: dict[str, Fraction] = {}
            by_source: dict[str, Fraction] = {}
            for claim in (told[id] for id in outcome.claims if told[id].speaks == side):
                weight = Fraction(str(claim.weight))
                for key, into in [(r, by_root) for r in claim.roots] or [(claim.source, by_source)]:
                    into[key] = max(into.get(key, weight), weight)
            sums[side] = sum(by_root.values(), Fraction(0))
            sums[side] += rules.score.without_root * sum(by_source.values(), Fraction(0))
        weight = sums["for"] + sums["against"]
        assert outcome.weight == pytest.approx(float(weight), abs=0.001)
        expected = (sums["for"] - sums["against"]) / (weight + rules.score.prior)
        assert outcome.score == pytest.approx(float(expected), abs=0.001)


def test_an_assessment_is_json(corpus: kg.Workspace, stem_cells: Assessment) -> None:
    told = json.loads(json.dumps(stem_cells.as_dict()))
    assert set(told) == {
        *("variant", "disease", "table", "outcomes", "weighed", "sources", "trials"),
        *("unplaced", "rule", "formula", "review"),
    }
    assert told["variant"]["cellType"] == [
        {"id": "http://purl.obolibrary.org/obo/CL_0000034", "curie": SC, "label": "stem cell"}
    ]
    assert told["disease"]["curie"] == ALS
    for cell in told["table"].values():
        assert set(cell) == {"letter", "rule", "because", "claims"}
    for outcome in told["outcomes"]:
        assert set(outcome) == {"outcome", "for", "against", "roots", "score", "weight", "claims"}
        assert -1 <= outcome["score"] <= 1
    for claim in told["weighed"]:
        assert corpus.claim(claim["id"])["review"]["status"] == claim["status"]


def test_a_recorded_kind_of_evidence_is_shown(stem_cells: Assessment) -> None:
    designs = {c.design.curie for c in stem_cells.claims if c.design}
    assert "term:randomised-controlled-trial" in designs
