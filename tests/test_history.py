"""What a commit did, what changed between two, and taking one back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import kg

Make = Callable[..., dict[str, Any]]
WORDS = "the cells may slow ALS"
OTHER = "Results vary"


@pytest.fixture
def told(ingested: kg.Workspace, claim: Make) -> kg.Workspace:
    """A workspace of four commits: an article, two claims, an edit, a decision."""
    ingested.add([claim(WORDS, id="a"), claim(OTHER, id="b")], why="two claims")
    ingested.add(claim(WORDS, id="a", version=1, polarity="negated", statement__relation="stemma:treats"))
    ingested.review(["b"], "accepted", by="agent:pass-2")
    return ingested


def content(workspace: kg.Workspace, id: str) -> dict[str, Any]:
    record = workspace.claim(id)
    return {k: v for k, v in record.items() if k not in ("version", "review")} | {"status": record["review"]["status"]}


def test_a_commit_is_shown_record_by_record(told: kg.Workspace) -> None:
    edits = {e.id: e for e in told.history.show(3)}
    edit = edits[told.iris.of("claim", "a")]
    assert (edit.record, edit.before, edit.after) == ("claim", 1, 2)
    gone, came = edit.changes["polarity"]
    assert (gone[0].endswith("affirmed>"), came[0].endswith("negated>")) == (True, True)
    assert "paraphrase" not in edit.changes
    statements = [e for e in edits.values() if e.record == "statement"]
    assert [(e.before, e.after) for e in statements] == [(0, 1)]
    assert edit.as_dict()["changes"]["polarity"]["added"] == list(came)


def test_the_first_commit_shows_new_records_only(told: kg.Workspace) -> None:
    assert {(e.record, e.before, e.after) for e in told.history.show(1)} == {("source", 0, 1), ("snapshot", 0, 1)}


def test_a_difference_is_the_net_of_what_lies_between(told: kg.Workspace) -> None:
    forth, back = told.history.diff(2, 4), told.history.diff(4, 2)
    assert {e.id for e in forth} >= {told.iris.of("claim", "a"), told.iris.of("claim", "b")}
    assert [(e.id, e.before, e.after) for e in back] == [(e.id, e.after, e.before) for e in forth]
    assert told.history.diff(4, 4) == []


def test_commits_are_named_by_number_or_time(told: kg.Workspace) -> None:
    history = told.history
    assert history.number("3") == 3
    assert history.number("0") == 0
    assert history.number("2999-01-01") == 4
    assert history.number("1999-01-01T00:00:00Z") == 0
    with pytest.raises(kg.NotFound, match="no such commit"):
        history.number("5")
    with pytest.raises(kg.UsageError, match="neither the number"):
        history.number("yesterday")
    for number in (0, 5):
        with pytest.raises(kg.NotFound):
            history.show(number)


def test_an_edit_that_is_taken_back_is_as_before(told: kg.Workspace) -> None:
    before = content(told, "a")
    told.add(claim_edit(told, "a", paraphrase="Said otherwise."))
    assert content(told, "a") != before
    receipt = told.history.revert(5, agent="https://w3id.org/stemma/agent/someone", why="a slip")
    assert receipt.changed == (told.iris.of("claim", "a"),)
    assert content(told, "a") == before
    assert told.claim("a")["version"] == 4
    assert [e.why for e in told.log()][-1] == "a slip"
    assert told.validate().conforms


def test_a_statement_that_was_let_go_comes_back(told: kg.Workspace) -> None:
    told.history.revert(4, agent="https://w3id.org/stemma/agent/someone")
    told.history.revert(3, agent="https://w3id.org/stemma/agent/someone")
    assert told.claim("a")["statement"]["relation"]["curie"] == "stemma:slows"
    assert told.claim("a")["polarity"] == "affirmed"
    assert told.validate().conforms


def test_a_decision_can_be_taken_back(told: kg.Workspace) -> None:
    assert told.claim("b")["review"]["status"] == "accepted"
    told.history.revert(4, agent="https://w3id.org/stemma/agent/someone")
    assert told.claim("b")["review"]["status"] == "proposed"


def test_claims_that_a_commit_brought_are_retracted(ingested: kg.Workspace, claim: Make) -> None:
    ingested.add(claim(WORDS, id="a"))
    receipt = ingested.history.revert(2, agent="https://w3id.org/stemma/agent/someone")
    assert len(receipt.changed) == 1
    review = ingested.claim("a")["review"]
    assert (review["status"], review["reason"]) == ("retracted", "reverted")
    assert ingested.validate().conforms


def test_what_was_changed_again_is_not_taken_back(told: kg.Workspace) -> None:
    with pytest.raises(kg.VersionConflict, match="changed again after commit 2"):
        told.history.revert(2, agent="https://w3id.org/stemma/agent/someone")
    assert told.journal.last == 4


def test_taking_back_an_ingest_keeps_the_source(told: kg.Workspace) -> None:
    receipt = told.history.revert(1, agent="https://w3id.org/stemma/agent/someone")
    assert not receipt.changed
    assert receipt.number == 4


def claim_edit(workspace: kg.Workspace, id: str, **changes: Any) -> dict[str, Any]:
    return {**workspace.claim(id), **changes}
