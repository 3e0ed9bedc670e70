"""The projection keeps in step, is made again when it must be, and never errs because of its files."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from pathlib import Path
from threading import Thread

import pytest

import kg
from kg.bench.synthetic import claims, sources
from kg.browse import ANY, Browser
from kg.errors import WorkspaceError


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a dozen claims, to be copied."""
    path = tmp_path_factory.mktemp("closed") / "w"
    with kg.init(path) as opened:
        opened.add(sources(opened))
        opened.add(list(islice(claims(opened), 12)))
    return path


@pytest.fixture
def workspace(closed: Path, tmp_path: Path) -> Iterator[kg.Workspace]:
    with kg.open(shutil.copytree(closed, tmp_path / "w")) as opened:
        yield opened


def told(workspace: kg.Workspace) -> tuple[object, ...]:
    """What the projection tells, in one value."""
    browser = Browser(workspace)
    names = [n for n in browser.filters if n != "text"]
    hits = browser.search("synthetic", limit=100).items
    return list(browser.records({})), browser.facets({}, names), sorted(h.record["id"] for h in hits)


def again(path: Path) -> tuple[object, ...]:
    with kg.open(path) as opened:
        return told(opened)


def test_nothing_is_made_before_somebody_reads(workspace: kg.Workspace) -> None:
    assert not list(workspace.path.glob("projection*"))
    assert Browser(workspace).count({}) == 12
    assert (workspace.path / "projection.duckdb").exists()


def test_what_was_missed_is_read_from_the_journal(workspace: kg.Workspace, caplog: pytest.LogCaptureFixture) -> None:
    told(workspace)
    path = workspace.path
    workspace.close()
    with kg.open(path) as opened:  # nobody reads, so nothing is written
        opened.add(list(islice(claims(opened, seed=3), 5)))
        one = opened.records.ids("claim")[0]
        opened.review([one], "rejected", by="agent:two", reason="wrong-span")
    with kg.open(path) as opened:
        now = told(opened)
        assert len(now[0]) == 17  # type: ignore[arg-type]
        opened.projection.rebuild()
        assert told(opened) == now
    assert not caplog.records, "it was brought up to date, not made again"


def test_the_files_stand_for_themselves_once_closed(workspace: kg.Workspace) -> None:
    before, path = told(workspace), workspace.path
    workspace.close()
    kept = (path / "projection.sqlite").read_bytes()
    assert not (path / "projection.sqlite-wal").exists()
    assert not (path / "projection.duckdb.wal").exists()
    assert again(path) == before
    assert (path / "projection.sqlite").read_bytes() == kept


@pytest.mark.parametrize("name", ["projection.duckdb", "projection.sqlite"])
@pytest.mark.parametrize("harm", ["flip", "cut", "garbage", "gone"])
def test_damaged_files_are_made_again(workspace: kg.Workspace, name: str, harm: str) -> None:
    before, path = told(workspace), workspace.path
    workspace.close()
    file = path / name
    data = bytearray(file.read_bytes())
    for place in range(100, len(data), len(data) // 7):
        data[place] ^= 0xFF
    match harm:
        case "flip":
            file.write_bytes(data)
        case "cut":
            file.write_bytes(data[: len(data) // 2])
        case "garbage":
            file.write_bytes(b"no such thing" * 1000)
        case _:
            file.unlink()
    assert again(path) == before


def test_a_file_that_breaks_while_it_is_open_is_made_again(workspace: kg.Workspace) -> None:
    before = told(workspace)
    open_files = workspace.projection._open
    assert open_files is not None
    open_files[0].texts._writer.execute("UPDATE claim SET body = x'00'")
    assert told(workspace) == before


def test_a_profile_that_changed_makes_it_again(workspace: kg.Workspace) -> None:
    told(workspace)
    keeper = workspace.projection._open
    assert keeper is not None
    keeper[0].columns._run("UPDATE state SET stamp = 'of another profile'")
    keeper[0].texts._writer.execute("UPDATE state SET stamp = 'of another profile'")
    keeper[0].texts._writer.execute("DELETE FROM claim")
    path = workspace.path
    workspace.close()
    with kg.open(path) as opened:
        assert Browser(opened).count({}) == 12


def test_a_killed_process_leaves_what_can_be_read(workspace: kg.Workspace) -> None:
    path = workspace.path
    told(workspace)
    workspace.close()
    script = """
        import os, signal, sys
        from itertools import islice
        import kg
        from kg.bench.synthetic import claims
        from kg.browse import Browser
        w = kg.open(sys.argv[1])
        for record in islice(claims(w, seed=5), 4):
            w.add(record)
            Browser(w).count({})
        w.add(next(claims(w, seed=6)))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script), str(path)], timeout=120, check=False)
    assert ended.returncode == -9
    with kg.open(path) as opened:
        now = told(opened)
        assert len(now[0]) == 17  # type: ignore[arg-type]
        opened.projection.rebuild()
        assert told(opened) == now


def test_readers_and_writers_at_once(workspace: kg.Workspace) -> None:
    made = list(islice(claims(workspace, seed=9), 24))

    def write(record: dict[str, object]) -> bool:
        workspace.add(record)
        browser = Browser(workspace)
        page = browser.page({"category": str(record["category"])}, limit=100)
        tally = dict(browser.tally({}, "category"))
        return any(i["paraphrase"] == record["paraphrase"] for i in page.items) and sum(tally.values()) > 12

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(write, made)), "who was told that a claim is in finds it"
    assert Browser(workspace).count({}) == 36


def test_a_retitled_source_is_found_by_its_new_name(workspace: kg.Workspace) -> None:
    browser = Browser(workspace)
    source = workspace.iris.of("source", "synthetic-3")
    wanted = [r["id"] for r in browser.records({"source": source})]
    assert browser.page({"text": "lighthouse"}).total == 0
    node = workspace.get(source)
    assert node is not None
    workspace.add({**workspace.writer.record(node), "title": "The Lighthouse Keeper"})
    page = browser.page({"text": "lighthouse keep"})
    assert [r["id"] for r in page.items] == wanted
    assert {r["source"]["title"] for r in page.items} == {"The Lighthouse Keeper"}
    assert [s.id for s in browser.suggest("lightho")] == [source]


def test_closing_ends_what_is_being_made(workspace: kg.Workspace) -> None:
    told(workspace)

    closing = Thread(target=workspace.projection.close)

    def close(claims: int) -> None:
        closing.start()

    with suppress(WorkspaceError):
        workspace.projection.rebuild(tell=close)
    closing.join()
    with pytest.raises(WorkspaceError, match="closed"):
        workspace.projection.ready()
    path = workspace.path
    workspace.close()
    assert len(again(path)[0]) == 12  # type: ignore[arg-type]


def test_many_changes_at_once_are_followed(workspace: kg.Workspace) -> None:
    told(workspace)
    workspace.add(list(islice(claims(workspace, seed=4), 600)))
    now = told(workspace)
    assert len(now[0]) == 612  # type: ignore[arg-type]
    workspace.projection.rebuild()
    assert told(workspace)[:2] == now[:2]


def test_the_columns_follow_when_they_are_asked(workspace: kg.Workspace) -> None:
    def rows() -> int:
        return sum(f.claims for f in workspace.projection.ask(lambda r: r.folds(ANY, ("category",), ()), columns=True))

    told(workspace)
    assert rows() == 12
    workspace.add(list(islice(claims(workspace, seed=3), 5)))
    assert Browser(workspace).count({}) == 17
    open_files = workspace.projection._open
    assert open_files is not None
    assert open_files[0].columns.is_waiting, "one more row costs too much for whoever reads a list next"
    assert rows() == 17
    assert not open_files[0].columns.is_waiting
