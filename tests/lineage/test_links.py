"""Every lineage rule: what it finds, and what it leaves alone; stored links beside computed ones."""

from __future__ import annotations

from typing import Any

import pytest

from kg.profile import Profile

SC, MSC, ALS = "CL:0000034", "CL:0000134", "MONDO:0004976"
TRIAL = "https://clinicaltrials.gov/study/NCT03280056"
BY_SOURCE, BY_CURATOR = [(TRIAL, "source")], [(TRIAL, "curator")]
NEGATED, HEDGED, HOPED = {"polarity": "negated"}, {"certainty": "hedged"}, {"certainty": "speculative"}
RESULT, DESIGN = {"category": "trial_result"}, {"category": "trial_design"}
Pages = Any
Said = tuple[int, str, str, str, dict[str, Any]]


def said(source: int, subject: str, relation: str, object: str = ALS, **more: Any) -> Said:
    return source, subject, relation, object, more


KINDS = ("web-page", "web-page", "article")
"""The kinds of the sources 0, 1 and 2."""

FOUND: list[tuple[str, str, list[Said]]] = [
    ("repeats-elsewhere", "repeats", [said(0, MSC, "slows"), said(1, MSC, "slows", **HEDGED)]),
    ("overstates-relation", "overstates", [said(0, MSC, "cures"), said(1, SC, "slows", **HEDGED)]),
    ("overstates-relation", "overstates", [said(0, MSC, "halts", **HEDGED), said(2, MSC, "slows", **HOPED)]),
    (
        "drops-the-hedge",
        "drops-the-hedge-of",
        [said(0, MSC, "slows", rests_on=BY_SOURCE), said(1, MSC, "slows", rests_on=BY_SOURCE, **HEDGED)],
    ),
    ("names-no-study", "names-no-source", [said(0, MSC, "slows", **RESULT)]),
    ("names-no-research", "names-no-source", [said(0, MSC, "isStudiedFor", **DESIGN)]),
    ("names-no-witness", "names-no-source", [said(0, MSC, "slows", attributedTo="studies, none named")]),
    ("names-no-trial", "names-no-source", [said(0, MSC, "slows", rests_on=BY_CURATOR)]),
    ("reports-on-root", "reports-on", [said(0, MSC, "slows", rests_on=BY_SOURCE)]),
]

LEFT_ALONE: list[tuple[str, str, list[Said]]] = [
    ("other polarity", "repeats", [said(0, MSC, "slows"), said(1, MSC, "slows", **NEGATED)]),
    ("same source", "repeats", [said(0, MSC, "slows"), said(0, MSC, "slows")]),
    ("less sure", "overstates", [said(0, MSC, "cures", **HOPED), said(1, MSC, "slows")]),
    ("another subject", "overstates", [said(0, MSC, "cures"), said(1, "CL:0000037", "slows")]),
    ("a study, not a page", "overstates", [said(2, MSC, "cures"), said(1, MSC, "slows")]),
    ("a denial", "overstates", [said(0, MSC, "cures", **NEGATED), said(1, MSC, "slows")]),
    ("the other says as much", "overstates", [said(0, MSC, "cures"), said(1, MSC, "slows"), said(1, SC, "cures")]),
    (
        "another route",
        "overstates",
        [
            said(0, MSC, "cures", qualifiers={"route": ["NCIT:C38267"]}),
            said(1, MSC, "slows", qualifiers={"route": ["NCIT:C38276"]}),
        ],
    ),
    ("no root in common", "drops-the-hedge-of", [said(0, MSC, "slows"), said(1, MSC, "slows", **HEDGED)]),
    ("a named study", "names-no-source", [said(0, MSC, "slows", rests_on=BY_SOURCE, **RESULT)]),
    ("an article's own result", "names-no-source", [said(2, MSC, "slows", **RESULT)]),
    ("no study at all", "names-no-source", [said(0, MSC, "slows", attributedTo="some patients")]),
    ("no root", "reports-on", [said(0, MSC, "slows")]),
]


def put(pages: Pages, claims: list[Said]) -> list[str]:
    sources = {n: pages.source(f"source {n}".replace(" ", "-"), KINDS[n]) for n in sorted({c[0] for c in claims})}
    return [pages.say(sources[n], s, r, o, **more) for n, s, r, o, more in claims]


@pytest.mark.parametrize(("rule", "link", "claims"), FOUND, ids=[f"{r}-{n}" for n, (r, *_) in enumerate(FOUND)])
def test_a_rule_finds_its_link(pages: Pages, rule: str, link: str, claims: list[Said]) -> None:
    put(pages, claims)
    iri = f"https://w3id.org/stemma/rule/{rule}"
    (found,) = [k for k in pages.workspace.descent.links() if k.rule == iri]
    definition = pages.workspace.profile.vocabulary.terms[iri].definition
    assert (found.type, found.stored) == (link, False)
    assert found.explain.startswith(definition)
    assert found.as_dict()["basis"] == "rule"


@pytest.mark.parametrize(("why", "link", "claims"), LEFT_ALONE, ids=[w for w, *_ in LEFT_ALONE])
def test_what_is_no_link_is_left_alone(pages: Pages, why: str, link: str, claims: list[Said]) -> None:
    put(pages, claims)
    assert [k for k in pages.workspace.descent.links() if k.type == link] == [], why


def test_every_rule_of_the_ontology_is_tried() -> None:
    rules = Profile.load("cell-therapy").vocabulary.members("https://w3id.org/stemma/ontology/LineageRule")
    tried = {rule for rule, *_ in FOUND} | {"overstates-root"}
    assert {t.iri.rsplit("/", 1)[-1] for t in rules} == tried


def test_what_is_surer_than_what_it_goes_back_to_overstates_it(pages: Pages) -> None:
    page, record = pages.source("page"), pages.source("registry", "trial-record", about="clinicaltrials:NCT03280056")
    hope = pages.say(record, MSC, "slows", ALS, **HOPED)
    plain = pages.say(page, MSC, "halts", ALS, rests_on=BY_SOURCE)
    through = pages.say(page, MSC, "cures", ALS, rests_on=[(hope, "source")])
    found = [k for k in pages.workspace.descent.links() if (k.rule or "").endswith("/overstates-root")]
    assert {(k.start, k.end) for k in found} == {(plain, hope), (through, hope)}


def test_a_trial_that_only_the_curator_knew_is_told(pages: Pages) -> None:
    (claim,) = put(pages, [said(0, MSC, "slows", rests_on=BY_CURATOR)])
    (found,) = [k for k in pages.workspace.lineage(claim).links if k.type == "names-no-source"]
    assert found.end == TRIAL
    assert "NurOwn" in found.explain


def test_a_work_that_was_only_cited_is_not_said_to_name_no_source(pages: Pages) -> None:
    cited = pages.source("cited-page", read=False)
    pages.say(cited, MSC, "slows", ALS, **RESULT)
    assert [k for k in pages.workspace.descent.links() if k.type == "names-no-source"] == []


def test_the_later_source_repeats_the_earlier_one(pages: Pages) -> None:
    early, late = pages.source("early", published="2019-05"), pages.source("late", published="2021")
    first, again = pages.say(early, MSC, "slows", ALS), pages.say(late, MSC, "slows", ALS)
    (found,) = pages.workspace.descent.links()
    assert (found.start, found.end) == (again, first)
    assert "not known" not in found.explain


def test_links_of_the_record_come_first_and_are_not_computed_again(pages: Pages) -> None:
    one, two = pages.source("one"), pages.source("two")
    hedged = pages.say(one, MSC, "slows", ALS, **HEDGED)
    plain = pages.say(two, MSC, "slows", ALS, links=[{"type": "drops-the-hedge-of", "to": hedged}])
    found = pages.workspace.lineage(plain).links
    assert [(k.type, k.stored) for k in found] == [("drops-the-hedge-of", True), ("repeats", False)]
    assert found[0].as_dict() == {
        "type": "drops-the-hedge-of",
        "from": plain,
        "to": hedged,
        "basis": "record",
        "rule": None,
        "explain": "Says plainly what the other claim says with a hedge.",
    }


def test_the_lineage_of_a_claim_tells_its_conflicts(pages: Pages) -> None:
    claim, _ = put(pages, [said(0, MSC, "cures"), said(1, MSC, "cures", **NEGATED)])
    assert [(k.type, k.rule) for k in pages.workspace.lineage(claim).links] == [
        ("contradicts", "https://w3id.org/stemma/rule/opposite")
    ]


def test_a_source_that_says_a_thing_often_repeats_another_once(pages: Pages) -> None:
    put(pages, [said(0, MSC, "slows"), said(0, MSC, "slows"), said(1, MSC, "slows"), said(1, MSC, "slows")])
    assert [k.type for k in pages.workspace.descent.links()] == ["repeats"]


def test_the_values_are_plain(pages: Pages) -> None:
    claim, _ = put(pages, [said(0, MSC, "slows", rests_on=BY_SOURCE), said(1, MSC, "slows")])
    told = pages.workspace.lineage(claim).as_dict()
    assert set(told) == {"roots", "steps", "links", "silences"}
    assert told["roots"] == [{"id": TRIAL, "label": "NurOwn (MSC-NTF) phase 3 in ALS (NCT03280056)"}]
