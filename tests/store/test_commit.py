"""The one function that writes: versions, statements that come and go, and recovery from a crash."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import NamedNode

import kg
from kg.model.values import nquad
from kg.store.commit import utc_now
from kg.store.journal import Entry, Journal
from kg.store.plan import Change, Changeset

Make = Callable[..., dict[str, Any]]
State = Callable[[kg.Workspace], Any]
WORDS = "the cells may slow ALS"


def only(workspace: kg.Workspace) -> dict[str, Any]:
    (record,) = workspace.claims()
    return record


def statements(workspace: kg.Workspace) -> list[str]:
    return workspace.records.ids("statement")


# ---- versions


def test_the_same_record_again_is_no_change(ingested: kg.Workspace, claim: Make, state: State) -> None:
    first = ingested.add(claim(WORDS))
    before = state(ingested)
    for record in (claim(WORDS), only(ingested), claim(WORDS, version=99), claim(WORDS, provenance__agent="agent:b")):
        again = ingested.add(record)
        assert again.same == first.added
        assert not again.added
        assert not again.changed
        assert again.number == first.number
    assert state(ingested) == before


def test_an_edit_needs_the_version_it_was_made_on(ingested: kg.Workspace, claim: Make, state: State) -> None:
    ingested.add(claim(WORDS))
    record = only(ingested)
    del record["version"]
    before = state(ingested)
    for base in ({}, {"version": 2}, {"version": 0}):
        with pytest.raises(kg.VersionConflict) as caught:
            ingested.add({**record, **base, "polarity": "negated"})
        assert caught.value.where == record["id"]
        assert "version 1" in caught.value.hint
    assert state(ingested) == before
    receipt = ingested.add({**record, "version": 1, "polarity": "negated"})
    assert receipt.changed == (record["id"],)
    assert (only(ingested)["version"], only(ingested)["polarity"]) == (2, "negated")


def test_of_two_edits_on_one_version_one_is_told(ingested: kg.Workspace, claim: Make) -> None:
    ingested.add(claim(WORDS))
    record = only(ingested)
    ingested.add({**record, "paraphrase": "The first edit."})
    with pytest.raises(kg.VersionConflict, match="at version 2; the change was made on version 1"):
        ingested.add({**record, "paraphrase": "The second edit."})
    assert only(ingested)["paraphrase"] == "The first edit."


def test_a_new_record_starts_at_version_1(ingested: kg.Workspace, claim: Make) -> None:
    ingested.add(claim(WORDS, id="mine", version=7))
    assert only(ingested)["version"] == 1
    assert only(ingested)["id"] == ingested.iris.of("claim", "mine")


def test_minted_names_are_the_same_everywhere(
    tmp_path: Path, ingested: kg.Workspace, article: Any, claim: Make
) -> None:
    here = ingested.add(claim(WORDS)).added
    with kg.init(tmp_path / "other") as other:
        other.ingest(article.path)
        assert other.add(claim(WORDS, provenance__agent="agent:someone", version=3)).added == here


def test_all_or_nothing(ingested: kg.Workspace, claim: Make, state: State) -> None:
    before = state(ingested)
    with pytest.raises(kg.Refused):
        ingested.add([claim(WORDS), claim("Results vary", polarity="perhaps")])
    assert state(ingested) == before


def test_a_dry_run_writes_nothing(ingested: kg.Workspace, claim: Make, state: State) -> None:
    before = state(ingested)
    receipt = ingested.add(claim(WORDS), dry_run=True)
    assert len(receipt.added) == 1
    assert state(ingested) == before


def test_twice_the_same_id_with_other_content_is_told(ingested: kg.Workspace, claim: Make, findings: Any) -> None:
    found = findings(lambda: ingested.add([claim(WORDS, id="x"), claim(WORDS, id="x", polarity="negated")]))
    assert [(f.code, f.where) for f in found] == [("record-twice", "record 2")]


# ---- statements


def test_a_statement_is_shared_and_goes_with_its_last_claim(ingested: kg.Workspace, claim: Make) -> None:
    other = {"statement__relation": "stemma:treats"}
    ingested.add([claim(WORDS, id="a"), claim("calm microglia in the dish", id="b")])
    (shared,) = statements(ingested)
    assert len(ingested.records.claims_of(shared)) == 2
    ingested.add(claim(WORDS, id="a", version=1, **other))
    assert len(statements(ingested)) == 2
    ingested.add(claim("calm microglia in the dish", id="b", version=1, **other))
    assert shared not in statements(ingested)
    assert len(statements(ingested)) == 1
    assert ingested.validate().conforms


def test_a_statement_that_comes_back_is_the_same(ingested: kg.Workspace, claim: Make) -> None:
    ingested.add(claim(WORDS, id="a"))
    before = statements(ingested)
    ingested.add(claim(WORDS, id="a", version=1, statement__relation="stemma:treats"))
    assert statements(ingested) != before
    ingested.add(claim(WORDS, id="a", version=2))
    assert statements(ingested) == before


def test_statements_that_change_hands_in_one_commit_stay(ingested: kg.Workspace, claim: Make) -> None:
    slows, treats = {}, {"statement__relation": "stemma:treats"}
    two = "calm microglia in the dish"
    ingested.add([claim(WORDS, id="a", **slows), claim(two, id="b", **treats)])
    before = statements(ingested)
    ingested.add([claim(WORDS, id="a", version=1, **treats), claim(two, id="b", version=1, **slows)])
    assert statements(ingested) == before
    assert ingested.validate().conforms


# ---- records that others stand on


def test_a_snapshot_is_not_taken_from_under_its_claims(
    ingested: kg.Workspace, article: Any, claim: Make, state: State, findings: Any
) -> None:
    ingested.add(claim(WORDS))
    other = {"type": "source", "id": "other", "kind": "news", "title": "Another"}
    ingested.add(other)
    snapshot = ingested.records.get(article.snapshot)
    assert snapshot is not None
    record = ingested.writer.record(snapshot)
    before = state(ingested)
    moved = {**record, "source": [ingested.iris.of("source", "other")]}
    assert {f.code for f in findings(lambda: ingested.add(moved))} == {"snapshot-of-other-source"}
    assert {f.code for f in findings(lambda: ingested.add({**record, "length": 10}))} >= {"snapshot-length", "offset"}
    assert state(ingested) == before
    ingested.add({**record, "source": [*record["source"], ingested.iris.of("source", "other")]})
    assert ingested.validate().conforms


# ---- the journal and the store


def test_every_commit_is_told_in_the_log(ingested: kg.Workspace, claim: Make) -> None:
    ingested.add(claim(WORDS), agent="agent:pass-1", why="first light")
    ingested.add({**only(ingested), "polarity": "negated"}, agent="0000-0002-1825-0097")
    log = list(ingested.log())
    assert [e.number for e in log] == [1, 2, 3]
    assert [e.why for e in log[1:]] == ["first light", "add"]
    assert log[2].agent == "https://orcid.org/0000-0002-1825-0097"
    (touched,) = log[2].touched
    assert (touched.record, touched.before, touched.after) == ("claim", 1, 2)
    assert log[1].adds
    assert not log[1].removes
    assert any("negated" in line for line in log[2].adds)
    assert any("affirmed" in line for line in log[2].removes)


def test_a_name_that_is_no_text_is_journalled(ingested: kg.Workspace, claim: Make) -> None:
    ingested.add(claim(WORDS), why="from \udce9.jsonl")
    assert [e.why for e in ingested.log()][-1] == "from ?.jsonl"


def crashed(workspace: kg.Workspace, claim: Make) -> tuple[Path, Entry]:
    """A workspace whose journal has a commit that its store never got."""
    workspace.add(claim(WORDS))
    node = workspace.records.get(only(workspace)["id"])
    assert node is not None
    new = node.renamed(workspace.iris.of("claim", "late"))
    journal, number = workspace.journal, workspace.journal.last + 1
    entry = Entry(number, utc_now(), "https://example.org/a", "late", (), (), tuple(sorted(map(nquad, new.quads()))))
    journal.append(entry)
    return workspace.path, entry


def test_a_commit_that_the_store_never_got_is_replayed_on_opening(ingested: kg.Workspace, claim: Make) -> None:
    path, entry = crashed(ingested, claim)
    assert len(list(ingested.claims())) == 1
    ingested.close()
    with kg.open(path) as again:
        assert again.committer.number == entry.number
        assert len(list(again.claims())) == 2
        assert again.claim("late")["anchor"]["verification"] == "verified"
        again.add(claim("Results vary"))
        assert again.validate().conforms


def test_a_commit_that_the_store_never_got_is_replayed_before_the_next(ingested: kg.Workspace, claim: Make) -> None:
    _, entry = crashed(ingested, claim)
    receipt = ingested.add(claim("Results vary"))
    assert receipt.number == entry.number + 1
    assert len(list(ingested.claims())) == 3
    assert [e.number for e in ingested.log()] == list(range(1, receipt.number + 1))


def test_a_store_without_its_directory_is_made_again(ingested: kg.Workspace, claim: Make, state: State) -> None:
    ingested.add([claim(WORDS), claim("Results vary", statement__relation="stemma:treats")])
    ingested.add({**ingested.claim(sorted(ingested.records.ids("claim"))[0]), "polarity": "negated"})
    before = state(ingested)
    answers = list(ingested.claims())
    ingested.close()
    shutil.rmtree(ingested.path / "store")
    with kg.open(ingested.path) as again:
        assert state(again) == before
        assert list(again.claims()) == answers
        assert again.query("ASK { stemma:slows a stemma:Relation }").truth
        assert again.validate().conforms


def test_a_store_ahead_of_its_journal_is_refused(ingested: kg.Workspace, claim: Make) -> None:
    ingested.add(claim(WORDS))
    ingested.close()
    journal = ingested.path / "journal.jsonl"
    whole = journal.read_bytes()
    lines = whole.splitlines(keepends=True)
    for kept in (lines[:-1], []):
        journal.write_bytes(b"".join(kept))
        with pytest.raises(kg.Damaged, match=f"the journal ends at commit {len(kept)}, but commit 2 was") as caught:
            kg.open(ingested.path)
        assert caught.value.hint
    journal.write_bytes(whole)
    with kg.open(ingested.path) as again:  # what failed to open let go of the files
        assert len(list(again.claims())) == 1


def test_a_damaged_journal_is_refused_and_lets_go_of_the_files(ingested: kg.Workspace, claim: Make) -> None:
    ingested.add(claim(WORDS))
    ingested.close()
    journal = ingested.path / "journal.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole.replace(b"affirmed", b"negated_", 1))
    with pytest.raises(kg.Damaged, match="line 2") as caught:
        kg.open(ingested.path)
    journal.write_bytes(whole)
    with kg.open(ingested.path) as again:
        assert again.validate().conforms
    del caught


def test_a_torn_line_was_never_acknowledged(ingested: kg.Workspace, claim: Make, state: State) -> None:
    before = state(ingested)
    ingested.close()
    with (ingested.path / "journal.jsonl").open("ab") as f:
        f.write(before.journal[: len(before.journal) // 2])
    with kg.open(ingested.path) as again:
        assert state(again) == before
        again.add(claim(WORDS))
    assert Journal(ingested.path / "journal.jsonl").last == 2


def test_the_store_holds_what_the_journal_says(ingested: kg.Workspace, claim: Make, state: State) -> None:
    ingested.add([claim(WORDS, id="a"), claim("Results vary", id="b")])
    ingested.add(claim(WORDS, id="a", version=1, statement__relation="stemma:treats"))
    ingested.add(claim("Results vary", id="b", version=1, polarity="negated"))
    quads: set[str] = set()
    for entry in ingested.log():
        assert set(entry.removes) <= quads
        assert not set(entry.adds) & quads
        quads = (quads - set(entry.removes)) | set(entry.adds)
    mark = ingested.iris.of("graph", "commit")
    assert quads == {q for q in state(ingested).quads if mark not in q}


def test_a_changeset_of_nothing_is_no_commit(ingested: kg.Workspace) -> None:
    assert ingested.committer.commit(Changeset([], "https://example.org/a", "nothing")).number == 1


def test_a_statement_alone_is_refused(ingested: kg.Workspace, claim: Make, findings: Any) -> None:
    statement, _ = ingested.read(claim(WORDS)).nodes
    change = Changeset([Change(statement)], "https://example.org/a", "alone")
    assert {f.code for f in findings(lambda: ingested.committer.commit(change))} == {"statement-unclaimed"}
    assert not list(ingested.store.quads(graph=NamedNode(statement.id)))
