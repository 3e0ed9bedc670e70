"""verified, unverified, cited, drifted, broken: computed each time, and told for every claim."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.model.digest import digest

Make = Callable[..., dict[str, Any]]
SPANS = [
    "mesenchymal stem cells from the umbilical cord",
    "the cells may slow ALS",
    "tested twice before it leaves the laboratory.\r\nHow",
    "three infusions into a vein",
    "Mesenchymal stem cells calm microglia in the dish",
    "enrolled 48 people with ALS",
    "did not differ in their ALSFRS-R score",
    "Headache was the most frequent complaint",
    "na\u00efve",
    "\U0001f6a2",
]


@pytest.fixture
def told(ingested: kg.Workspace, claim: Make) -> kg.Workspace:
    """The article with a claim on each of the spans, and on both places of the sentence that is said twice."""
    claims = [claim(words, id=f"c{i}") for i, words in enumerate(SPANS)]
    twice = [claim("Results vary from person to person.", nth=i, id=f"twice{i}") for i in range(2)]
    ingested.add([*claims, *twice])
    return ingested


def states(workspace: kg.Workspace) -> dict[str, str]:
    return {v.claim.rsplit("/", 1)[-1]: v.state for v in workspace.verify()}


def newer(folder: Path, text: str) -> Path:
    path = folder / "newer.txt"
    path.write_bytes(text.encode("utf-8"))
    return path


def anchored(records: list[dict[str, Any]], old: str, snapshot: str) -> list[dict[str, Any]]:
    """The claims as they are, pointed at another snapshot."""
    return [{**r, "anchor": {**r["anchor"], "snapshot": snapshot}} for r in records if r["anchor"]["snapshot"] == old]


def test_every_anchor_of_a_text_that_is_held_is_verified(told: kg.Workspace) -> None:
    assert set(states(told).values()) == {"verified"}
    assert len(states(told)) == len(SPANS) + 2
    assert all(c["anchor"]["verification"] == "verified" for c in told.claims())


# The second promise under Shows: one character of the article is changed.


@pytest.mark.parametrize(
    "words", ["twice before", "may slow", "48 people", "Headache", "the pier", "\U0001f6a2", "Results"]
)
def test_one_changed_character_is_found_by_exactly_the_claims_that_hold_it(
    told: kg.Workspace, article: Any, findings: Any, tmp_path: Path, words: str
) -> None:
    place = article.text.index(words) + len(words) // 2
    text = article.text[:place] + "\u00a4" + article.text[place + 1 :]
    before = list(told.claims())
    hit = {r["id"] for r in before if r["anchor"]["start"] <= place < r["anchor"]["end"]}

    done = told.ingest(newer(tmp_path, text), source=article.source)
    drifted = {v.claim for v in told.verify() if v.state == "drifted"}
    assert drifted == hit
    assert {v.state for v in told.verify() if v.claim not in hit} <= {"verified"}
    assert all(v.newer == done.snapshot for v in told.verify() if v.state == "drifted")

    again = anchored(before, article.digest, done.snapshot)
    pointed = [{k: v for k, v in r.items() if k not in ("id", "version")} for r in again]
    if hit:
        found = findings(lambda: told.add(pointed, dry_run=True))
        assert {f.code for f in found} == {"anchor-broken"}
        assert {int(f.where.removeprefix("record ")) for f in found} == {
            i for i, r in enumerate(before, start=1) if r["id"] in hit
        }
    sound = [r for r, old in zip(pointed, before, strict=True) if old["id"] not in hit]
    assert len(told.add(sound, dry_run=True).added) == len(sound)


def test_what_moved_is_told_with_its_new_place(told: kg.Workspace, article: Any, tmp_path: Path) -> None:
    front = "Updated! \U0001f9ec "
    told.ingest(newer(tmp_path, front + article.text), source=article.source)
    for found in told.verify():
        anchor = told.claim(found.claim)["anchor"]
        start, end = anchor["start"] + len(front), anchor["end"] + len(front)
        assert (found.state, found.drift) == ("drifted", f"moved to {start}-{end}")
        assert anchor["verification"] == "drifted"
        assert anchor["drift"] == found.drift


def test_words_that_are_gone_are_changed(told: kg.Workspace, article: Any, tmp_path: Path) -> None:
    told.ingest(newer(tmp_path, "The page is gone."), source=article.source)
    assert {(v.state, v.drift) for v in told.verify()} == {("drifted", "changed")}


def test_a_newer_text_of_another_source_is_no_drift(told: kg.Workspace, tmp_path: Path) -> None:
    told.ingest(newer(tmp_path, "Another page."))
    assert set(states(told).values()) == {"verified"}


def test_claims_on_the_newest_text_are_verified(told: kg.Workspace, article: Any, claim: Make, tmp_path: Path) -> None:
    text = article.text.replace("may slow", "do slow")
    told.ingest(newer(tmp_path, text), source=article.source)
    told.add(claim("the cells do slow ALS", text=text, id="new", source__id=article.source))
    assert states(told)["new"] == "verified"
    assert states(told)["c1"] == "drifted"


@pytest.mark.parametrize(
    ("old", "new", "drifts"),
    [
        ("2024-05-01T00:00:00Z", "2024-06-01T00:00:00Z", True),
        ("2024-06-01T00:00:00Z", "2024-05-01T00:00:00Z", False),
        ("2024-05-01T01:00:00+02:00", "2024-05-01T00:00:00Z", True),
        ("2024-05-01T00:00:00Z", "2024-05-01T01:00:00+02:00", False),
        ("2024-05-01T00:00:00Z", "2024-05-01T00:00:00.5Z", True),
        (None, "2001-01-01T00:00:00Z", True),
    ],
)
def test_the_newest_text_is_the_one_that_was_retrieved_last(
    workspace: kg.Workspace, article: Any, claim: Make, tmp_path: Path, old: str | None, new: str, drifts: bool
) -> None:
    text = article.text.replace("may slow", "do slow")
    snapshots = [(article.path, article.text, old), (newer(tmp_path, text), text, new)]
    workspace.add({"type": "source", "id": article.source, "kind": "web-page", "title": "The clinic"})
    for path, words, at in snapshots:
        name = workspace.ingest(path, source=article.source).snapshot
        if at:
            record = {"type": "snapshot", "id": name, "source": [article.source], "length": len(words), "version": 1}
            workspace.add({**record, "retrieved": at})
    workspace.add(claim("the cells may slow ALS", id="c"))
    assert states(workspace) == {"c": "drifted" if drifts else "verified"}


def test_a_text_that_is_only_registered_is_unverified_until_it_is_ingested(
    workspace: kg.Workspace, article: Any, claim: Make
) -> None:
    records = [
        {"type": "source", "id": article.source, "kind": "web-page", "title": "The clinic"},
        {"type": "snapshot", "id": article.digest, "source": [article.source], "length": len(article.text)},
        *(claim(words, id=f"c{i}") for i, words in enumerate(SPANS)),
    ]
    workspace.add(records)
    assert set(states(workspace).values()) == {"unverified"}
    done = workspace.ingest(article.path)
    assert (done.new, done.claims) == (False, len(SPANS))
    assert set(states(workspace).values()) == {"verified"}


def test_a_false_claim_on_a_registered_text_is_broken_when_the_text_comes(
    workspace: kg.Workspace, article: Any, claim: Make
) -> None:
    record = {"type": "snapshot", "id": article.digest, "source": [article.source], "length": len(article.text)}
    false = claim("the cells may slow ALS", id="false", anchor__start=7, anchor__end=9)
    workspace.add([{"type": "source", "id": article.source, "kind": "news", "title": "x"}, record, false])
    assert states(workspace) == {"false": "unverified"}
    workspace.ingest(article.path)
    assert states(workspace) == {"false": "broken"}
    assert {f.code for f in workspace.validate().violations} == {"anchor-broken"}


@pytest.mark.parametrize("data", [b"", b"\xff", "something else", "one character less"])
def test_a_text_that_was_tampered_with_is_told(told: kg.Workspace, article: Any, data: bytes | str) -> None:
    path = told.path / "library" / f"{article.digest.removeprefix('sha256:')}.txt"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] if data == "one character less" else data.encode() if isinstance(data, str) else data)
    os.utime(path, ns=(1, 1))
    assert set(states(told).values()) == {"broken"}
    assert {f.code for f in told.validate().violations} == {"text-damaged"}
    path.unlink()
    assert set(states(told).values()) == {"unverified"}
    told.ingest(article.path)
    assert path.read_bytes() == whole
    assert set(states(told).values()) == {"verified"}


def test_a_damaged_text_is_mended_by_ingesting_it_again(told: kg.Workspace, article: Any) -> None:
    path = told.path / "library" / f"{article.digest.removeprefix('sha256:')}.txt"
    path.write_bytes(b"gone")
    assert set(states(told).values()) == {"broken"}
    told.ingest(article.path)
    assert set(states(told).values()) == {"verified"}


def test_a_damaged_newer_text_says_nothing_of_the_older(told: kg.Workspace, article: Any, tmp_path: Path) -> None:
    done = told.ingest(newer(tmp_path, "The page is gone."), source=article.source)
    (told.path / "library" / f"{done.snapshot.removeprefix('sha256:')}.txt").write_bytes(b"gone")
    assert set(states(told).values()) == {"verified"}


def test_a_cited_fact_is_cited(told: kg.Workspace, claim: Make) -> None:
    told.add(claim("Results vary", id="cited", anchor={"cites": "https://doi.org/10.1002/mus.27472"}))
    assert states(told)["cited"] == "cited"
    assert told.claim("cited")["anchor"]["verification"] == "cited"


def test_an_anchor_into_a_record_is_verified(workspace: kg.Workspace, tmp_path: Path, claim: Make) -> None:
    text = '{"Count":["48"],"Phase":["Phase 2"]}'
    done = workspace.ingest(newer(tmp_path, text))
    pointer = {"snapshot": done.snapshot, "pointer": "/Phase/0", "exact": digest("Phase 2")}
    record = claim("Results vary", id="r", anchor=pointer, source__id=done.source)
    workspace.add(record)
    assert states(workspace) == {"r": "verified"}
    with pytest.raises(kg.Refused):
        workspace.add({**record, "id": "s", "anchor": {**pointer, "pointer": "/Phase/1"}})
    workspace.ingest(newer(tmp_path, text.replace("Phase 2", "Phase 3")), source=done.source)
    assert [(v.state, v.drift) for v in workspace.verify()] == [("drifted", "changed")]
