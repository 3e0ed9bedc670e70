"""Nobody writes in the name of another: who proposes, who decides, whose interests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.access.caller import Caller
from kg.access.conduct import conduct
from kg.access.interests import person_iri, statement
from kg.access.roles import core_roles
from kg.errors import UsageError

ROLES = core_roles()
ONE, OTHER = "https://orcid.org/0000-0002-1825-0097", "https://orcid.org/0000-0001-5109-3700"
SOFTWARE = "https://w3id.org/stemma/agent/key-1"
WORDS = "the cells may slow ALS"

Make = Callable[..., dict[str, Any]]


def caller(role: str, agent: str | None = ONE, scopes: tuple[str, ...] = ()) -> Caller:
    return Caller("key:1", ROLES.get(role), agent, scopes)


@pytest.fixture(scope="module")
def w(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    """One claim of one person, on a text that the workspace holds."""
    folder = tmp_path_factory.mktemp("conduct")
    with kg.init(folder / "W") as opened:
        yield opened


@pytest.fixture
def filled(w: kg.Workspace, article: Any, claim: Make) -> kg.Workspace:
    if not w.records.ids("claim"):
        w.ingest(article.path)
        w.add(claim(WORDS, id="https://w3id.org/stemma/claim/one"), agent=OTHER)
    return w


def codes(w: kg.Workspace, who: Caller, *records: dict[str, Any]) -> list[str]:
    nodes = [n for r in records for n in w.read(r).nodes]
    return sorted(f.code for f in conduct(nodes, w.get, who, ROLES))


def new(claim: Make, **changes: Any) -> dict[str, Any]:
    return claim(WORDS, provenance__agent=ONE, review={"status": "proposed"}, **changes)


def decided(by: str, status: str = "accepted", **more: str) -> dict[str, Any]:
    return {"status": status, "by": [by], "at": "2026-03-01T08:00:00Z", **more}


def test_one_proposes_in_ones_own_name(filled: kg.Workspace, claim: Make) -> None:
    assert codes(filled, caller("curator"), new(claim)) == []
    assert codes(filled, caller("curator", SOFTWARE), new(claim)) == ["conduct-agent"]
    assert codes(filled, caller("admin", SOFTWARE), new(claim)) == []


def test_a_new_claim_brings_no_decision(filled: kg.Workspace, claim: Make) -> None:
    record = new(claim) | {"review": decided(OTHER)}
    assert codes(filled, caller("curator"), record) == ["conduct-review"]
    assert codes(filled, caller("reviewer"), record) == ["conduct-reviewer"]
    assert codes(filled, caller("admin"), record) == []


def test_who_edits_a_claim_becomes_its_proposer(filled: kg.Workspace, claim: Make) -> None:
    there = filled.claim("one")
    edited = there | {"polarity": "negated"}
    assert codes(filled, caller("curator"), edited) == ["conduct-agent"]
    own = edited | {"provenance": there["provenance"] | {"agent": ONE}}
    assert codes(filled, caller("curator"), own) == []
    stolen = there | {"provenance": there["provenance"] | {"agent": ONE}}
    assert codes(filled, caller("curator"), stolen) == ["conduct-agent"], "who changes nothing proposes nothing"
    assert codes(filled, caller("curator"), there) == []


def test_only_a_reviewer_who_is_a_person_decides_and_signs_themselves(filled: kg.Workspace) -> None:
    there = filled.claim("one")
    accepted = there | {"review": decided(ONE)}
    assert codes(filled, caller("reviewer"), accepted) == []
    assert codes(filled, caller("curator"), accepted) == ["conduct-review"]
    assert codes(filled, caller("reviewer", ONE, ("propose", "read")), accepted) == ["conduct-review"]
    assert codes(filled, caller("reviewer", SOFTWARE), accepted) == ["conduct-review"]
    assert codes(filled, caller("reviewer"), there | {"review": decided(OTHER)}) == ["conduct-reviewer"]
    assert codes(filled, caller("reviewer"), there | {"review": decided("agent:pass-2")}) == ["conduct-reviewer"]


def test_what_was_accepted_is_not_taken_back_without_a_word(tmp_path: Path, article: Any, claim: Make) -> None:
    with kg.init(tmp_path / "again") as w:
        w.ingest(article.path)
        w.add(claim(WORDS, id="https://w3id.org/stemma/claim/one"), agent=OTHER)
        w.review(["one"], "accepted", by="agent:pass-2")
        there = w.claim("one")
        back = there | {"review": {"status": "proposed"}}
        assert codes(w, caller("curator"), back) == ["conduct-review"]
        edited = back | {"polarity": "negated", "provenance": there["provenance"] | {"agent": ONE}}
        assert codes(w, caller("curator"), edited) == [], "an edit is a proposal"
        kept = there | {"polarity": "negated", "provenance": there["provenance"] | {"agent": ONE}}
        for role in ("curator", "reviewer"):
            assert codes(w, caller(role), kept) == ["conduct-again"], "nobody decided on the edit"


def test_interests_are_declared_by_their_person(filled: kg.Workspace) -> None:
    own, others = (statement(filled.iris, p, [], None) for p in (ONE, OTHER))
    assert codes(filled, caller("curator"), own) == []
    assert codes(filled, caller("curator"), others) == ["conduct-interests"]
    assert codes(filled, caller("admin"), others) == []


def test_a_person_reviews_once_they_have_declared(tmp_path: Path, article: Any, claim: Make, findings: Any) -> None:
    with kg.init(tmp_path / "interests") as w:
        w.ingest(article.path)
        w.add(claim(WORDS, id="https://w3id.org/stemma/claim/one"), agent="agent:pass-1")
        (found,) = findings(lambda: w.review(["one"], "accepted", by=ONE))
        assert (found.code, found.value) == ("reviewer-interests", ONE)
        assert "stemma interests declare" in found.hint
        w.add(statement(w.iris, ONE, ["paid by a maker of the cells"], None), agent=ONE)
        w.review(["one"], "accepted", by=ONE)
        w.add(statement(w.iris, ONE, [], w.get(w.iris.interests(ONE))), agent=ONE)
        (record,) = (w.writer.record(n) for n in w.records.all("interests"))
        assert (record["none"], record["version"]) == (True, 2)
        assert "interests" not in record
        assert w.validate().conforms
        wrong = statement(w.iris, ONE, [], None) | {"id": w.iris.of("interests", "me")}
        assert {f.code for f in findings(lambda: w.add(wrong))} == {"interests-name"}


def test_software_reviews_as_before(tmp_path: Path, article: Any, claim: Make) -> None:
    with kg.init(tmp_path / "software") as w:
        w.ingest(article.path)
        w.add(claim(WORDS, id="https://w3id.org/stemma/claim/one"), agent="agent:pass-1")
        w.review(["one"], "accepted", by="agent:pass-2")
        assert w.claim("one")["review"]["status"] == "accepted"


def test_a_person_is_named_as_people_do() -> None:
    assert person_iri("orcid:0000-0002-1825-0097") == person_iri(ONE) == person_iri("0000-0002-1825-0097") == ONE
    for text in ("0000-0002-1825-0098", "pass-1", "", "https://example.org/0000-0002-1825-0097"):
        with pytest.raises(UsageError, match="no ORCID"):
            person_iri(text)
