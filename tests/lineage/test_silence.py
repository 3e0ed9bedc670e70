"""What a source that reports on a trial does not tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.profile import Profile
from kg.resources import folder

MSC, ALS, NCT = "CL:0000134", "MONDO:0004976", "clinicaltrials:NCT03280056"
TRIAL = "https://clinicaltrials.gov/study/NCT03280056"
RULE = "https://w3id.org/stemma/rule/"
FACT = {"category": "trial_result"}
Pages = Any

KNOWN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "silent-on-endpoint": ("meetsPrimaryEndpoint", "term:alsfrs-r", {"polarity": "negated"}),
    "silent-on-second-endpoints": ("meetsSecondaryEndpoints", "term:effectiveness", {"polarity": "negated"}),
    "silent-on-no-difference": ("noSignificantDifferenceIn", "term:alsfrs-r", {}),
    "silent-on-harm": ("causesAdverseEvent", "HP:0002315", {"category": "safety"}),
}


@pytest.mark.parametrize("rule", KNOWN)
def test_a_source_that_reports_and_does_not_tell_is_silent(pages: Pages, rule: str) -> None:
    relation, object, more = KNOWN[rule]
    study = pages.source("study", "article", read=False, published="2020-03")
    page = pages.source("page", published="2022-05-19")
    fact = pages.say(study, NCT, relation, object, **{**FACT, **more})
    told = pages.say(page, MSC, "showsPromiseFor", ALS, category="trial_result", rests_on=[(TRIAL, "curator")])
    (found,) = pages.workspace.descent.silences()
    assert (found.source, found.root, found.rule) == (page, TRIAL, RULE + rule)
    assert (found.known, found.reports, found.since) == ((fact,), (told,), "2020-03")
    assert "It was published by 2020-03; the source is of 2022-05-19." in found.explain
    assert set(found.as_dict()) == {"source", "root", "rule", "known", "reports", "since", "explain"}
    assert pages.workspace.lineage(told).silences == (found,)


def test_every_rule_of_the_ontology_is_tried() -> None:
    rules = Profile.load("cell-therapy").vocabulary.members("https://w3id.org/stemma/ontology/SilenceRule")
    assert {t.iri.removeprefix(RULE) for t in rules} == set(KNOWN)


def test_who_tells_it_or_denies_it_or_reports_nothing_is_not_silent(pages: Pages) -> None:
    study = pages.source("study", "article", read=False)
    tells, denies, plans, other, cited = (
        *(pages.source(n) for n in ("tells", "denies", "plans", "other")),
        pages.source("cited", read=False),
    )
    missed = {**FACT, "polarity": "negated"}
    pages.say(study, NCT, "meetsPrimaryEndpoint", "term:alsfrs-r", **missed)
    pages.say(tells, NCT, "meetsPrimaryEndpoint", "term:alsfrs-r", **missed)
    pages.say(denies, NCT, "meetsPrimaryEndpoint", "term:alsfrs-r", **FACT)
    pages.say(plans, NCT, "hasDesign", "term:double-blind", category="trial_design")
    elsewhere = [("https://clinicaltrials.gov/study/NCT01051882", "source")]
    pages.say(other, MSC, "slows", ALS, rests_on=elsewhere, **FACT)
    pages.say(cited, MSC, "slows", ALS, rests_on=[(TRIAL, "source")], **FACT)
    assert pages.workspace.descent.silences() == ()


def test_what_was_known_only_later_is_told_so(pages: Pages) -> None:
    late = pages.source("late", "article", read=False, published="2023-09")
    page = pages.source("page", published="2022")
    pages.say(late, NCT, "meetsPrimaryEndpoint", "term:alsfrs-r", **FACT, polarity="negated")
    pages.say(page, MSC, "slows", ALS, rests_on=[(TRIAL, "source")], **FACT)
    (found,) = pages.workspace.descent.silences("page")
    assert found.explain.endswith("It was published in 2023-09, after the source (2022).")
    assert pages.workspace.descent.silences("late") == ()


@pytest.fixture(scope="module")
def article_4(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    """The corpus's article on the trial, without the cited facts."""
    corpus = folder("data") / "als"
    with kg.init(Path(tmp_path_factory.mktemp("corpus")) / "W") as w:
        w.add(corpus / "sources.jsonl")
        w.add(corpus / "claims-004.jsonl", keep_review=True)
        yield w


def test_article_4_is_silent_on_the_failed_endpoint(
    article_4: kg.Workspace, make_pages: Callable[[kg.Workspace], Pages]
) -> None:
    pages = make_pages(article_4)
    assert article_4.lineage(source="als-004").silences == ()
    study = pages.source("phase-3", "article", read=False, published="2022-01")
    fact = pages.say(study, NCT, "meetsPrimaryEndpoint", "term:alsfrs-r", polarity="negated", **FACT)
    descent = article_4.lineage(source="als-004")
    (found,) = descent.silences
    assert (found.root, found.rule, found.known) == (TRIAL, RULE + "silent-on-endpoint", (fact,))
    assert [id for id, _ in descent.roots] == [TRIAL]
    results = {c["id"] for c in article_4.claims() if c["category"] in ("trial_result", "biomarker")}
    assert set(found.reports) <= results
    assert len(found.reports) >= 5


def test_article_4_reports_on_the_trial_and_does_not_name_it(article_4: kg.Workspace) -> None:
    descent = article_4.lineage(source="als-004")
    rests = {c["id"] for c in article_4.claims() if c.get("restsOn")}
    computed = {(k.type, k.end) for k in descent.links if k.start in rests and not k.stored}
    assert {k.start for k in descent.links if k.type == "reports-on"} == rests
    assert {("reports-on", TRIAL), ("names-no-source", TRIAL)} <= computed
    assert {s.asserter for s in descent.steps if s.start in rests} == {"curator", "rule"}
    assert {k.type for k in descent.links if k.stored} >= {"overstates", "drops-the-hedge-of", "repeats"}
