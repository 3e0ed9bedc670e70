"""Many threads, one committer: nothing that was acknowledged is lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import kg

Make = Callable[..., dict[str, Any]]


def test_what_eight_threads_add_is_all_there(ingested: kg.Workspace, claim: Make) -> None:
    def add(number: int) -> str:
        (id,) = ingested.add(claim("Results vary", id=f"t{number}", paraphrase=f"Said, {number}.")).added
        assert ingested.claim(id)["version"] == 1
        return id

    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(add, range(40)))
    assert sorted(added) == ingested.records.ids("claim")
    assert [e.number for e in ingested.log()] == list(range(1, 42))
    ingested.close()
    with kg.open(ingested.path) as again:
        assert sorted(added) == again.records.ids("claim")
        assert again.validate().conforms


def test_of_edits_at_the_same_time_one_wins_and_the_others_are_told(ingested: kg.Workspace, claim: Make) -> None:
    (id,) = ingested.add(claim("Results vary")).added
    record = ingested.claim(id)

    def edit(number: int) -> bool:
        try:
            ingested.add({**record, "paraphrase": f"Edit {number}."})
        except kg.VersionConflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(edit, range(24))) == 1
    assert ingested.claim(id)["version"] == 2


def test_the_same_text_from_eight_threads_is_one_snapshot(workspace: kg.Workspace, article: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: workspace.ingest(article.path), range(16)))
    assert {d.snapshot for d in done} == {article.digest}
    assert workspace.records.ids("snapshot") == [article.snapshot]
    assert [p.suffix for p in Path(workspace.path / "library").iterdir()] == [".txt"]
    assert workspace.committer.number == 1
