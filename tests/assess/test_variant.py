"""Therapy variants: put together from statements, taken in by broader ones, never stored."""

from __future__ import annotations

from typing import Any

import pytest

import kg

ALS, SC, MSC, MARROW_MSC = "MONDO:0004976", "CL:0000034", "CL:0000134", "CL:0002540"
NURSE, NCT = "CL:0000047", "clinicaltrials:NCT03280056"
TRIAL = "https://clinicaltrials.gov/study/NCT03280056"
INTO_SPINE, INTO_VEIN = "NCIT:C38267", "NCIT:C38276"
DENIED = {"polarity": "negated"}
Pages = Any


def curies(assessment: Any) -> dict[str, list[str]]:
    return {word: [t.curie for t in terms] for word, terms in assessment.variant.slots.items()}


def behind(pages: Pages, variant: str, disease: str | None = ALS) -> dict[str, set[str]]:
    """The claims behind each variant, by its label."""
    return {a.variant.label: {c.id for c in a.claims} for a in pages.workspace.assess(variant, disease)}


def test_a_variant_is_subject_and_qualifiers_together(pages: Pages) -> None:
    given = {"cellSource": "UBERON:0002371", "donor": "term:autologous", "product": "term:nurown"}
    pages.say(pages.source("page"), MSC, "slows", ALS, qualifiers={**given, "route": [INTO_SPINE]})
    (assessment,) = pages.workspace.assess()
    assert curies(assessment) == {
        "cellType": [MSC],
        "cellSource": ["UBERON:0002371"],
        "donor": ["term:autologous"],
        "product": ["term:nurown"],
        "route": [INTO_SPINE],
    }
    assert assessment.variant.as_dict()["label"] == assessment.variant.label
    assert assessment.disease.curie == ALS


def test_a_product_brings_the_cell_that_it_is_made_of(pages: Pages) -> None:
    pages.say(pages.source("page"), "term:nurown", "slows", ALS)
    (assessment,) = pages.workspace.assess()
    assert curies(assessment) == {"cellType": [MARROW_MSC], "product": ["term:nurown"]}
    marrow = "mesenchymal stem cell of the bone marrow"
    assert {a.variant.label for a in pages.workspace.assess(MARROW_MSC)} == {marrow, f"{marrow}, NurOwn"}


def test_a_broader_variant_takes_in_its_special_cases(pages: Pages) -> None:
    page = pages.source("page")
    general = pages.say(page, SC, "slows", ALS)
    special = pages.say(page, MSC, "slows", ALS, qualifiers={"route": [INTO_SPINE]})
    assert behind(pages, SC) == {
        "stem cell": {general, special},
        "mesenchymal stem cell, Intrathecal Route of Administration": {special},
    }


def test_what_is_denied_of_the_general_is_denied_of_the_special(pages: Pages) -> None:
    page = pages.source("page")
    affirmed = pages.say(page, SC, "treats", ALS)
    denied = pages.say(page, "term:therapy", "halts", ALS, **DENIED)
    limited = pages.say(page, SC, "halts", ALS, qualifiers={"population": "term:some-patients"}, **DENIED)
    special = pages.say(page, MSC, "slows", ALS)
    found = behind(pages, SC)
    assert found["mesenchymal stem cell"] == {special, denied}
    assert found["stem cell"] == {affirmed, special, denied, limited}
    assert [a for a in pages.workspace.assess() if "therapy" in a.variant.slots] == []


def test_one_trial_that_failed_is_no_denial_in_general(pages: Pages) -> None:
    page = pages.source("page")
    pages.say(page, NCT, "studies", MSC, category="trial_design")
    failed = pages.say(page, NCT, "meetsPrimaryEndpoint", "term:alsfrs-r", category="trial_result", **DENIED)
    special = pages.say(page, MARROW_MSC, "slows", ALS)
    found = behind(pages, MSC, None)
    assert failed in found["mesenchymal stem cell"]
    assert found["mesenchymal stem cell of the bone marrow"] == {special}


def test_a_result_of_a_trial_is_about_what_its_own_record_says_it_gives(pages: Pages) -> None:
    page, record = pages.source("page"), pages.source("registry", "trial-record", about=NCT)
    pages.say(page, NCT, "hasArm", NURSE, category="trial_design")
    studied = {"qualifiers": {"product": "term:nurown", "disease": ALS}, "category": "trial_design"}
    pages.say(record, NCT, "studies", "term:neurotrophic-factor-msc", **studied)
    pages.say(record, NCT, "usesRoute", INTO_SPINE, category="trial_design")
    failed = pages.say(page, NCT, "meetsPrimaryEndpoint", "term:alsfrs-r", category="trial_result", **DENIED)
    (assessment,) = pages.workspace.assess(disease=ALS)
    assert curies(assessment) == {
        "cellType": ["term:neurotrophic-factor-msc"],
        "product": ["term:nurown"],
        "route": [INTO_SPINE],
    }
    assert [t.id for t in assessment.trials] == [TRIAL]
    (outcome,) = assessment.outcomes
    assert (outcome.outcome.curie, outcome.claims, outcome.against) == (ALS, (failed,), 1)


def test_without_a_record_what_is_said_of_the_trial_tells(pages: Pages) -> None:
    page = pages.source("page")
    rests = {"rests_on": [(TRIAL, "curator")]}
    pages.say(page, SC, "raises", "HGNC:12680", qualifiers={"disease": ALS}, category="biomarker", **rests)
    pages.say(page, MSC, "showsPromiseFor", ALS, category="trial_result", **rests)
    failed = pages.say(page, NCT, "meetsPrimaryEndpoint", "term:alsfrs-r", category="trial_result", **DENIED)
    assert failed in behind(pages, MSC)["mesenchymal stem cell"]


def test_a_disease_that_follows_is_not_one_that_is_treated(pages: Pages) -> None:
    pages.say(pages.source("page"), MSC, "causesAdverseEvent", "MONDO:0005070", category="safety")
    (assessment,) = pages.workspace.assess()
    assert assessment.disease is None
    assert assessment.table["risks"].letter == "E"


def test_harm_and_mechanism_count_for_every_disease_where_none_is_stated(pages: Pages) -> None:
    page = pages.source("page")
    harm = pages.say(page, MSC, "causesAdverseEvent", "HP:0002315", category="safety")
    acts = pages.say(page, MSC, "secretes", "term:growth-factors", category="mechanism")
    works = pages.say(page, MSC, "improves", "term:speech")
    cures = pages.say(page, MSC, "slows", ALS)
    assert behind(pages, MSC)["mesenchymal stem cell"] == {harm, acts, cures}
    (unstated,) = [a for a in pages.workspace.assess(MSC) if a.disease is None]
    assert {c.id for c in unstated.claims} == {harm, acts, works}


def test_a_broader_disease_takes_in_narrower_ones(pages: Pages) -> None:
    claim = pages.say(pages.source("page"), MSC, "slows", ALS)
    (assessment,) = pages.workspace.assess(disease="MONDO:0005559")
    assert assessment.disease.label == "neurodegenerative disease"
    assert [c.id for c in assessment.claims] == [claim]
    assert pages.workspace.assess(disease="MONDO:0005180") == []


@pytest.mark.parametrize(
    ("variant", "disease", "message"),
    [("CL:9999999", None, "not known"), ("nonsense", None, "not known"), (None, MSC, "no disease")],
)
def test_a_term_that_cannot_be_is_an_error_of_the_call(
    workspace: kg.Workspace, variant: str | None, disease: str | None, message: str
) -> None:
    with pytest.raises(kg.UsageError, match=message):
        workspace.assess(variant, disease)
