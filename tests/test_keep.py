"""Backups, dumps, loads, and the check that the files are whole."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Literal, NamedNode, Quad

import kg
from kg.owner import owner_of

Make = Callable[..., dict[str, Any]]
State = Callable[[kg.Workspace], Any]
WORDS = "the cells may slow ALS"
OTHER = "Results vary"


@pytest.fixture
def kept(ingested: kg.Workspace, claim: Make) -> kg.Workspace:
    """A workspace with an edited, an accepted, a rejected and a linked claim."""
    ingested.add([claim(WORDS, id="a"), claim(OTHER, id="b"), claim("calm microglia in the dish", id="c")])
    ingested.add(
        {
            **ingested.claim("a"),
            "paraphrase": "Said otherwise.",
            "links": [{"type": "repeats", "to": ingested.iris.of("claim", "b")}],
        }
    )
    ingested.review(["b"], "accepted", by="agent:pass-2")
    ingested.review(["c"], "rejected", by="agent:pass-2", reason="not-said")
    return ingested


# ---- backups


def test_a_backup_restores_to_its_commit(kept: kg.Workspace, claim: Make, state: State, tmp_path: Path) -> None:
    before = state(kept)
    made = kept.backup(tmp_path / "B")
    kept.add(claim("Nobody has been cured", id="later"))
    with kg.Workspace.restore(tmp_path / "B", tmp_path / "R") as restored:
        assert state(restored) == before
        assert restored.journal.last == made.number
        assert [c["id"] for c in restored.claims()] == [restored.iris.of("claim", n) for n in "abc"]
        assert restored.check().conforms
        restored.add(claim("Nobody has been cured", id="later"))
    with kg.Workspace.restore(tmp_path / "B", tmp_path / "again") as restored:
        assert state(restored) == before


def test_backups_under_writes_are_each_of_one_commit(kept: kg.Workspace, claim: Make, tmp_path: Path) -> None:
    done = threading.Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            number += 1
            kept.add([claim(WORDS, id=f"w{number}"), claim(OTHER, id=f"v{number}")])

    writers = [threading.Thread(target=write) for _ in range(1)]
    for writer in writers:
        writer.start()
    try:
        made = [kept.backup(tmp_path / f"B{i}") for i in range(3)]
    finally:
        done.set()
        for writer in writers:
            writer.join()
    for i, backup in enumerate(made):
        with kg.Workspace.restore(tmp_path / f"B{i}", tmp_path / f"R{i}") as restored:
            assert restored.journal.last == backup.number
            assert restored.check().conforms
            names = {c["id"].rsplit("/", 1)[1] for c in restored.claims()}
            assert {n[1:] for n in names if n[0] == "w"} == {n[1:] for n in names if n[0] == "v"}


@pytest.mark.parametrize("name", ["journal.jsonl", "store/CURRENT", "workspace.toml"])
def test_a_backup_that_was_touched_is_refused(kept: kg.Workspace, tmp_path: Path, name: str) -> None:
    kept.backup(tmp_path / "B")
    data = bytearray((tmp_path / "B" / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "B" / name).unlink()  # it may be a link
    (tmp_path / "B" / name).write_bytes(data)
    with pytest.raises(kg.Damaged, match="not as it was written") as caught:
        kg.Workspace.restore(tmp_path / "B", tmp_path / "R")
    assert name in caught.value.where
    assert not (tmp_path / "R").exists()


def test_a_backup_needs_a_place_of_its_own(kept: kg.Workspace, tmp_path: Path) -> None:
    with pytest.raises(kg.UsageError, match="something here already"):
        kept.backup(kept.path)
    with pytest.raises(kg.UsageError, match="no backup"):
        kg.Workspace.restore(kept.path, tmp_path / "R")


# ---- the dump


def test_a_dump_that_is_loaded_gives_the_same_dump(kept: kg.Workspace, tmp_path: Path) -> None:
    lines = list(kept.dump())
    (tmp_path / "d.nq").write_text("".join(lines), encoding="utf-8")
    for batch in (1000, 3):
        with kg.init(tmp_path / f"L{batch}") as loaded:
            loaded.load(tmp_path / "d.nq", keep_review=True, batch=batch)
            assert list(loaded.dump()) == lines
            before = loaded.journal.last
            assert loaded.load(tmp_path / "d.nq", keep_review=True, batch=batch).added == 0
            assert loaded.journal.last == before
            assert loaded.validate().conforms


def test_the_lines_of_a_record_stand_together(kept: kg.Workspace) -> None:
    graphs = [line.rsplit(" ", 2)[1] for line in kept.dump()]
    runs = [g for i, g in enumerate(graphs) if i == 0 or graphs[i - 1] != g]
    assert len(runs) == len(set(runs))


def test_a_load_takes_json_lines_and_tells_how_far_it_is(ingested: kg.Workspace, claim: Make, tmp_path: Path) -> None:
    path = tmp_path / "claims.jsonl"
    path.write_text("".join(json.dumps(claim(WORDS, id=f"c{i}")) + "\n" for i in range(7)))
    told: list[int] = []
    loaded = ingested.load(path, batch=4, progress=told.append)
    assert (loaded.added, loaded.same) == (7, 0)
    assert told == [4, 7]
    assert ingested.load(path).same == 7


def test_a_load_stops_at_the_first_batch_that_is_refused(
    ingested: kg.Workspace, claim: Make, tmp_path: Path, findings: Any
) -> None:
    path = tmp_path / "claims.jsonl"
    records = [claim(WORDS, id=f"c{i}") for i in range(4)]
    records[2]["polarity"] = "perhaps"
    path.write_text("".join(json.dumps(r) + "\n" for r in records))
    found = findings(lambda: ingested.load(path, batch=2))
    assert {f.code for f in found} >= {"Claim-polarity"}
    assert [c["id"] for c in ingested.claims()] == [ingested.iris.of("claim", n) for n in ("c0", "c1")]


# ---- whether the files are whole


def test_a_whole_workspace_is_found_whole(kept: kg.Workspace) -> None:
    steps: list[str] = []
    assert kept.check(steps.append).conforms
    assert steps == ["journal", "store", "library"]


def test_a_quad_that_went_past_the_committer_is_found(kept: kg.Workspace) -> None:
    g = NamedNode(kept.iris.of("claim", "a"))
    kept.store.apply([], [Quad(g, NamedNode("https://example.org/p"), Literal("smuggled"), g)])
    assert {f.code for f in kept.check().findings} == {"store-differs"}


def test_a_changed_text_and_a_changed_journal_are_found(kept: kg.Workspace) -> None:
    (text,) = (kept.path / "library").glob("*.txt")
    text.write_bytes(text.read_bytes().replace(b"crowns", b"clowns"))
    assert {f.code for f in kept.check().findings} == {"text-damaged"}
    journal = kept.path / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"Said otherwise", b"Said likewise!"))
    assert {f.code for f in kept.check().findings} == {"journal-damaged", "text-damaged"}


def test_what_is_derived_is_made_again(kept: kg.Workspace) -> None:
    before = kept.conflicts()
    kept.rebuild()
    assert kept.conflicts() == before


# ---- one owner


def test_the_second_to_open_a_workspace_is_told_who_has_it(kept: kg.Workspace) -> None:
    with pytest.raises(kg.WorkspaceBusy, match=r"process \d+ .* has this workspace open"):
        kg.open(kept.path)
    owner = owner_of(kept.path)
    kept.close()
    assert owner is not None
    assert owner.relay is None
    kg.open(kept.path).close()
