"""The cited facts of the ALS corpus: proposed, cited, never accepted, and heard by the conflicts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kg.errors import Refused
from kg.resources import folder
from kg.workspace import Workspace

Record = dict[str, Any]
CORPUS = folder("data") / "als"
CLAIM, SOURCE = "https://w3id.org/stemma/claim/", "https://w3id.org/stemma/source/"


def read(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


FACTS = read(CORPUS / "facts.jsonl")
SOURCES = {s["id"]: s for s in read(CORPUS / "sources-facts.jsonl")}
NAMES = {c["id"].removeprefix(CLAIM + "als-fact-") for c in FACTS}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.init(tmp_path_factory.mktemp("facts") / "w") as w:
        for name in ("sources.jsonl", "sources-facts.jsonl"):
            w.add(CORPUS / name)
        for path in (*sorted(CORPUS.glob("claims-*.jsonl")), CORPUS / "facts.jsonl"):
            w.add(path, keep_review=True)
        yield w


@pytest.fixture(scope="module")
def pairs(corpus: Workspace) -> dict[frozenset[str], str]:
    """Every conflict, by the last parts of its two claims."""
    return {frozenset(i.removeprefix(CLAIM) for i in (c.a, c.b)): c.kind for c in corpus.conflicts()}


def test_every_fact_loads_and_the_store_finds_nothing_wrong(corpus: Workspace) -> None:
    held = {c["id"] for c in corpus.claims()}
    assert {c["id"] for c in FACTS} <= held
    assert not corpus.validate().findings


def test_no_fact_is_accepted(corpus: Workspace) -> None:
    for fact in FACTS:
        review = corpus.claim(fact["id"])["review"]
        assert review["status"] == "proposed", fact["id"]
        assert "by" not in review, fact["id"]


def test_every_fact_is_shown_as_cited(corpus: Workspace) -> None:
    ids = {c["id"] for c in FACTS}
    assert {v.state for v in corpus.verify() if v.claim in ids} == {"cited"}


def test_every_fact_cites_a_work_by_its_address_and_has_no_other_anchor() -> None:
    for fact in FACTS:
        assert fact["anchor"].keys() == {"cites"}, fact["id"]
        assert re.fullmatch(r"https?://[^\s]+", fact["anchor"]["cites"]), fact["id"]


def test_a_cited_fact_cannot_be_accepted(corpus: Workspace) -> None:
    with pytest.raises(Refused) as refused:
        corpus.review([FACTS[0]["id"]], "accepted", by="another-agent")
    assert [f.code for f in refused.value.report.findings] == ["Claim-citedIsNotAccepted"]


def test_every_fact_tells_where_it_was_read() -> None:
    assert [c["id"] for c in FACTS if not c.get("notes")] == []


def test_ids_say_that_these_are_facts_and_stand_once() -> None:
    assert len(NAMES) == len(FACTS)
    assert all(re.fullmatch(r"[a-z0-9-]+", n) for n in NAMES)
    assert all(s.removeprefix(SOURCE + "fact-") != s for s in SOURCES)


def test_every_source_of_facts_is_used_and_every_fact_has_one() -> None:
    assert {c["source"]["id"] for c in FACTS} == set(SOURCES)


def test_one_work_is_one_source() -> None:
    addresses = [s["url"] for s in SOURCES.values()]
    assert len(set(addresses)) == len(addresses)


def test_a_hedged_or_post_hoc_fact_is_not_graded_above_preliminary() -> None:
    for fact in FACTS:
        if fact["certainty"] != "asserted":
            assert fact.get("evidence", {}).get("level") == "preliminary", fact["id"]


@pytest.mark.parametrize(
    ("fact", "claim", "kind"),
    [
        ("incidence", "als-a1-009", "contradiction"),
        ("incidence-europe", "als-a1-009", "contradiction"),
        ("genetic-share", "als-a1-029", "contradiction"),
        ("nurown3-enrolment", "als-a4-042", "contradiction"),
        ("nurown3-site-stanford", "als-a4-040", "contradiction"),
        ("nurown3-site-arizona", "als-a4-041", "contradiction"),
        ("fda-biomarkers", "als-a4-067", "contradiction"),
        ("goutman-no-benefit", "als-a0-004", "contradiction"),
        ("intrathecal-musculoskeletal", "als-a0-031", "contradiction"),
        ("fda-harm-tumours", "als-a0-031", "contradiction"),
        ("intrathecal-donor-headache", "als-a2-020", "tension"),
        ("adipose1-progression", "als-a0-038", "tension"),
        ("wharton-slows", "als-a0-004", "tension"),
        ("cord-tissue-msc", "als-a0-040", "tension"),
        ("sporadic-cause", "als-a1-020", "tension"),
    ],
)
def test_a_fact_meets_the_claim_that_it_speaks_against(
    pairs: dict[frozenset[str], str], fact: str, claim: str, kind: str
) -> None:
    assert fact in NAMES
    assert pairs.get(frozenset({"als-fact-" + fact, claim})) == kind


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("als-fact-nurown3-screened", "als-fact-nurown3-enrolment"),
        ("als-fact-nurown3-treated-all", "als-fact-nurown3-treated-cells"),
        ("als-fact-nurown3-randomised", "als-fact-nurown3-treated-all"),
        ("als-fact-lenzumestrocel-korea", "als-fact-fda-none-approved-als"),
        ("als-fact-sporadic-share", "als-fact-familial-share"),
        ("als-fact-familial-share", "als-a1-032"),
        ("als-fact-incidence", "als-fact-incidence-europe"),
        ("als-fact-alsfrs-r-item", "als-a4-060"),
        ("als-fact-intrathecal-donor-fever", "als-a0-035"),
        ("als-fact-msc-rare-blood", "als-a0-042"),
    ],
)
def test_what_only_looks_like_a_clash_is_none(pairs: dict[frozenset[str], str], one: str, other: str) -> None:
    assert frozenset({one, other}) not in pairs


def test_numbers_of_the_phase_3_trial_are_told_apart(corpus: Workspace) -> None:
    rows = corpus.query(
        "SELECT ?relation ?low WHERE { ?s stemma:subject <https://clinicaltrials.gov/study/NCT03280056> ;"
        " stemma:relation ?r ; stemma:low ?low ; stemma:of term:trial-participants . ?r rdfs:label ?relation }"
        " ORDER BY DESC(?low)"
    )
    told = {(str(r[0]), float(str(r[1]))) for r in rows.plain_rows()}
    assert {("has screened", 263), ("has randomised", 196), ("has treated", 189)} <= told
