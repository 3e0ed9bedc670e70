"""Roots: the trial or study at the end of a claim's line, and nothing where there is none."""

from __future__ import annotations

from typing import Any

import pytest

import kg
from kg.profile import Profile

MSC, ALS = "CL:0000134", "MONDO:0004976"
TRIAL = "https://clinicaltrials.gov/study/NCT03280056"
OTHER = "https://clinicaltrials.gov/study/NCT01051882"
DOI = "https://doi.org/10.1000/study"
RULE = "https://w3id.org/stemma/rule/"
Pages = Any


def test_a_claim_that_rests_on_a_trial_has_it_as_its_root(pages: Pages) -> None:
    claim = pages.say(pages.source("page"), MSC, "slows", ALS, rests_on=[(TRIAL, "curator")])
    (step,) = pages.workspace.descent.walk(claim)
    assert pages.workspace.descent.roots(claim) == (TRIAL,)
    assert (step.what, step.asserter, step.because) == ("root", "curator", "The curator says so.")
    assert step.rule == RULE + "root-evidence"
    assert "NurOwn" in step.label


def test_a_claim_that_rests_on_nothing_has_no_root(pages: Pages) -> None:
    claim = pages.say(pages.source("page"), MSC, "slows", ALS)
    assert pages.workspace.descent.roots(claim) == ()
    assert pages.workspace.descent.walk(claim) == ()


def test_the_line_is_walked_through_other_claims(pages: Pages) -> None:
    page, blog, news = pages.source("page"), pages.source("blog"), pages.source("news", "news")
    first = pages.say(page, MSC, "slows", ALS, rests_on=[(TRIAL, "source")])
    second = pages.say(blog, MSC, "halts", ALS, rests_on=[(first, "source"), (DOI, "source")])
    third = pages.say(news, MSC, "cures", ALS, rests_on=[(second, "source")])
    told = [(s.depth, s.what, s.end) for s in pages.workspace.descent.walk(third)]
    assert sorted(told) == [(1, "claim", second), (2, "claim", first), (2, "root", DOI), (3, "root", TRIAL)]
    assert pages.workspace.descent.roots(third) == (TRIAL, DOI)


def test_a_circle_of_claims_ends(pages: Pages) -> None:
    page = pages.source("page")
    one, two = (pages.workspace.iris.of("claim", n) for n in ("one", "two"))
    records = [
        pages.record(page, MSC, "slows", ALS, id="one", rests_on=[(two, "source")]),
        pages.record(page, MSC, "halts", ALS, id="two", rests_on=[(one, "source")]),
    ]
    pages.workspace.add(records)
    assert pages.workspace.descent.roots(one) == ()
    assert [s.end for s in pages.workspace.descent.walk(one)] == [two]


def test_what_a_registry_says_of_a_trial_has_the_trial_as_its_root(pages: Pages) -> None:
    record = pages.source("registry", "trial-record", about="clinicaltrials:NCT01051882")
    claim = pages.say(record, MSC, "isStudiedFor", ALS, category="trial_design")
    assert pages.workspace.descent.roots(claim) == (OTHER,)
    assert {s.rule for s in pages.workspace.descent.walk(claim)} == {RULE + "root-record"}


def test_a_claim_about_a_trial_has_it_as_its_root(pages: Pages) -> None:
    claim = pages.say(pages.source("page"), "clinicaltrials:NCT03280056", "hasDesign", "term:double-blind")
    assert pages.workspace.descent.roots(claim) == (TRIAL,)
    assert {(s.rule, s.asserter) for s in pages.workspace.descent.walk(claim)} == {(RULE + "root-subject", "rule")}


def test_a_link_to_what_is_reported_on_counts_as_evidence(pages: Pages) -> None:
    links = [{"type": "reports-on", "to": TRIAL}]
    claim = pages.say(pages.source("page"), MSC, "slows", ALS, links=links)
    assert pages.workspace.descent.roots(claim) == (TRIAL,)
    assert {s.rule for s in pages.workspace.descent.walk(claim)} == {RULE + "root-report"}


def test_evidence_that_is_a_registered_record_leads_on_to_its_trial(pages: Pages) -> None:
    record = pages.source("registry", "trial-record", about="clinicaltrials:NCT01051882")
    claim = pages.say(pages.source("page"), MSC, "slows", ALS, rests_on=[(record, "source")])
    assert [(s.what, s.end) for s in pages.workspace.descent.walk(claim)] == [("source", record), ("root", OTHER)]


def test_an_article_is_one_root_by_its_name_and_by_its_address(pages: Pages) -> None:
    page, article = pages.source("page"), pages.source("article", "article", url=DOI)
    by_name = pages.say(page, MSC, "slows", ALS, rests_on=[(article, "source")])
    by_url = pages.say(page, MSC, "halts", ALS, rests_on=[(DOI, "source")])
    assert pages.workspace.descent.roots(by_name) == pages.workspace.descent.roots(by_url) == (article,)
    assert pages.workspace.descent.walk(by_url)[0].label == "The article"


@pytest.mark.parametrize("evidence", ["a page", "a trial that is not named", "a claim that was refused"])
def test_a_line_that_ends_in_nothing_gives_no_root(pages: Pages, evidence: str) -> None:
    page = pages.source("page")
    refused = pages.say(page, MSC, "cures", ALS)
    pages.workspace.review([refused], "rejected", by="second", reason="not-said")
    ends = {
        "a page": page,
        "a trial that is not named": "term:clinical-trial",
        "a claim that was refused": refused,
    }
    claim = pages.say(page, MSC, "slows", ALS, rests_on=[(ends[evidence], "source")])
    assert pages.workspace.descent.roots(claim) == ()
    assert [s.what for s in pages.workspace.descent.walk(claim)] == ["ends without a root"]


def test_only_claims_that_count_have_a_lineage(pages: Pages) -> None:
    claim = pages.say(pages.source("page"), MSC, "slows", ALS)
    assert pages.workspace.lineage(claim.rsplit("/", 1)[-1]).steps == ()
    pages.workspace.review([claim], "rejected", by="second", reason="not-said")
    with pytest.raises(kg.NotFound, match="does not count"):
        pages.workspace.lineage(claim)
    with pytest.raises(kg.NotFound, match="no such claim"):
        pages.workspace.lineage("nowhere")
    with pytest.raises(kg.NotFound, match="no such source"):
        pages.workspace.lineage(source="nowhere")


def test_lineage_follows_the_commits(pages: Pages) -> None:
    page = pages.source("page")
    record = pages.record(page, MSC, "slows", ALS, id="one")
    pages.workspace.add(record)
    assert pages.workspace.lineage("one").roots == ()
    evidence = {"restsOn": [{"id": TRIAL, "assertedBy": "curator", "because": "It fits."}]}
    pages.workspace.add({**record, **evidence, "version": 1})
    assert [id for id, _ in pages.workspace.lineage("one").roots] == [TRIAL]


def test_every_root_rule_says_why() -> None:
    rules = Profile.load("cell-therapy").vocabulary.members("https://w3id.org/stemma/ontology/RootRule")
    tried = {"root-evidence", "root-report", "root-record", "root-subject"}
    assert {t.iri.removeprefix(RULE) for t in rules} == tried
    assert all(t.definition.endswith(".") for t in rules)
