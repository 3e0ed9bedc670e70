"""A file becomes a snapshot of a source; what is refused leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.model.digest import digest
from kg.schema.names import STEMMA

Make = Callable[..., dict[str, Any]]
WORDS = "the cells may slow ALS"
PAGE = """<html><head><title>The clinic &amp; you</title><link rel="canonical" href="https://clinic.example/als">
<meta name="author" content="A. Cook"><meta name="date" content="2024-05-17">{head}</head>
<body><p>We have cells.</p><script>{script}</script></body></html>"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(text.encode("utf-8"))
    return path


def record(workspace: kg.Workspace, id: str) -> dict[str, Any]:
    node = workspace.records.get(id)
    assert node is not None
    return workspace.writer.record(node)


def test_the_text_of_a_plain_file_is_kept_unchanged(workspace: kg.Workspace, article: Any) -> None:
    done = workspace.ingest(article.path)
    assert done.as_dict() == {
        "source": article.source,
        "snapshot": article.digest,
        "length": len(article.text),
        "new": True,
        "claims": 0,
    }
    assert workspace.text(article.snapshot) == article.text
    assert "\r\n" in article.text
    assert record(workspace, article.source)["title"] == "article"
    assert record(workspace, article.snapshot)["length"] == len(article.text)
    assert workspace.validate().conforms


def test_the_same_text_again_changes_nothing(ingested: kg.Workspace, article: Any, state: Any, tmp_path: Path) -> None:
    before = state(ingested)
    for path in (article.path, written(tmp_path, "other.txt", article.text)):
        done = ingested.ingest(path)
        assert (done.source, done.new) == (article.source, False)
    assert state(ingested) == before


def test_a_page_tells_of_itself(workspace: kg.Workspace, tmp_path: Path) -> None:
    done = workspace.ingest(written(tmp_path, "page.html", PAGE.format(head="", script="")))
    source = record(workspace, done.source)
    del source["id"], source["version"]
    assert source == {
        "type": "source",
        "kind": "web-page",
        "title": "The clinic & you",
        "authors": ["A. Cook"],
        "published": "2024-05-17",
        "url": "https://clinic.example/als",
    }
    assert workspace.text(workspace.iris.snapshot(done.snapshot)) == "We have cells."


def test_the_same_page_has_the_same_digest(workspace: kg.Workspace, tmp_path: Path) -> None:
    one = workspace.ingest(written(tmp_path, "a.html", PAGE.format(head="", script="var visit = 1")))
    two = workspace.ingest(written(tmp_path, "b.htm", PAGE.format(head="<meta name='x'>", script="var visit = 2")))
    assert one.snapshot == two.snapshot
    assert one.source == two.source
    assert not two.new


def test_a_second_text_from_the_same_address_is_a_newer_snapshot(workspace: kg.Workspace, tmp_path: Path) -> None:
    url = "https://clinic.example/als"
    one = workspace.ingest(written(tmp_path, "a.txt", "We have cells."), url=url, kind="news")
    two = workspace.ingest(written(tmp_path, "b.txt", "We have more cells."), url=url)
    assert one.source == two.source
    assert one.snapshot != two.snapshot
    assert len(workspace.records.snapshots_of(one.source)) == 2
    assert record(workspace, one.source)["kind"] == "news"


def test_a_second_text_of_a_named_source_is_a_newer_snapshot(workspace: kg.Workspace, tmp_path: Path) -> None:
    one = workspace.ingest(written(tmp_path, "a.txt", "We have cells."))
    for source in (one.source, one.source.rsplit("/", 1)[-1]):
        two = workspace.ingest(written(tmp_path, "b.txt", "We have more cells."), source=source)
        assert two.source == one.source
    assert len(workspace.records.ids("source")) == 1


def test_a_text_may_be_that_of_two_sources(ingested: kg.Workspace, article: Any, claim: Make) -> None:
    ingested.add([{"type": "source", "id": "copy", "kind": "news", "title": "Copied"}, claim(WORDS)])
    done = ingested.ingest(article.path, source="copy")
    assert (done.new, done.claims) == (False, 1)
    copied = claim(WORDS, source__id=done.source)
    ingested.add(copied)
    assert {v.state for v in ingested.verify()} == {"verified"}
    assert ingested.validate().conforms


def test_what_is_known_of_a_snapshot_stays_known(workspace: kg.Workspace, article: Any) -> None:
    told = {"length": len(article.text), "retrieved": "2024-05-17T10:00:00Z", "extractor": "by hand"}
    workspace.add(
        [
            *({"type": "source", "id": name, "kind": "news", "title": name} for name in ("one", "two")),
            {"type": "snapshot", "id": article.digest, "source": [workspace.iris.of("source", "one")], **told},
        ]
    )
    workspace.ingest(article.path, source="two")
    known = record(workspace, article.snapshot)
    assert {k: known[k] for k in told} == told
    assert len(known["source"]) == 2


def test_a_registered_snapshot_names_the_source(workspace: kg.Workspace, article: Any, claim: Make) -> None:
    mine = workspace.iris.of("source", "mine")
    workspace.add(
        [
            {"type": "source", "id": "mine", "kind": "web-page", "title": "Mine", "url": "https://clinic.example/"},
            {"type": "snapshot", "id": article.digest, "source": [mine], "length": len(article.text)},
            claim(WORDS, source__id=mine),
        ]
    )
    assert [v.state for v in workspace.verify()] == ["unverified"]
    before = workspace.committer.number
    done = workspace.ingest(article.path)
    assert (done.source, done.new, done.claims) == (mine, False, 1)
    assert workspace.committer.number == before
    assert [v.state for v in workspace.verify()] == ["verified"]


def test_a_source_that_has_its_own_name_already_is_used(workspace: kg.Workspace, article: Any) -> None:
    workspace.add({"type": "source", "id": article.source, "kind": "news", "title": "Told before"})
    assert workspace.ingest(article.path).source == article.source
    assert record(workspace, article.source)["title"] == "Told before"


@pytest.mark.parametrize("data", [b"", b" \n", b"caf\xe9", b"a\x00b", None])
def test_a_file_that_is_no_text_leaves_nothing(
    workspace: kg.Workspace, state: Any, tmp_path: Path, data: bytes | None
) -> None:
    path = tmp_path / "a.txt"
    if data is None:
        with path.open("wb") as f:
            f.truncate(200 * 1024 * 1024)
    else:
        path.write_bytes(data)
    before = state(workspace)
    with pytest.raises(kg.DocumentError) as caught:
        workspace.ingest(path)
    assert caught.value.where == str(path)
    assert caught.value.hint
    assert state(workspace) == before


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"url": "clinic.example"}, kg.UsageError),
        ({"url": "https://a b"}, kg.UsageError),
        ({"url": "javascript:alert(1)"}, kg.UsageError),
        ({"kind": "gossip"}, kg.UsageError),
        ({"source": "nobody"}, kg.NotFound),
        ({"source": "https://example.org/source/x"}, kg.NotFound),
        ({"source": "a b"}, kg.NotFound),
        ({"agent": "a b"}, kg.UsageError),
        ({"agent": ""}, kg.UsageError),
    ],
)
def test_a_call_that_makes_no_sense_leaves_nothing(
    workspace: kg.Workspace, article: Any, state: Any, options: dict[str, str], error: type[kg.KgError]
) -> None:
    before = state(workspace)
    with pytest.raises(error) as caught:
        workspace.ingest(article.path, **options)
    assert caught.value.where == next(iter(options.values()))
    assert state(workspace) == before


def test_what_the_gate_refuses_leaves_no_text(workspace: kg.Workspace, state: Any, tmp_path: Path) -> None:
    before = state(workspace)
    with pytest.raises(kg.Refused):
        workspace.ingest(written(tmp_path, "\u200b \x07.txt", "We have cells."))
    assert state(workspace) == before


def test_a_page_with_a_wrong_date_is_taken_without_it(workspace: kg.Workspace, tmp_path: Path) -> None:
    done = workspace.ingest(written(tmp_path, "a.html", PAGE.replace("2024-05-17", "2024-13-45")))
    assert "published" not in record(workspace, done.source)


def test_who_ingests_is_in_the_log(workspace: kg.Workspace, article: Any, tmp_path: Path) -> None:
    workspace.ingest(article.path, agent="0000-0002-1825-0097")
    workspace.ingest(written(tmp_path, "b.txt", "We have cells."))
    first, second = workspace.log()
    assert first.agent == "https://orcid.org/0000-0002-1825-0097"
    assert first.why == "ingest article.txt"
    assert second.agent.endswith(f"agent/stemma-{kg.__version__}")


@pytest.mark.shared
def test_the_seeds_are_taken_unchanged(workspace: kg.Workspace, shared: Path) -> None:
    seeds = sorted((shared / "seeds").glob("*.txt"))
    assert seeds
    for path in seeds:
        text = path.read_bytes().decode("utf-8")
        done = workspace.ingest(path)
        assert done.snapshot == digest(text)
        assert workspace.text(workspace.iris.snapshot(done.snapshot)) == text
    assert len(workspace.records.ids("snapshot")) == len(seeds)
    assert not workspace.query(f"ASK {{ ?s <{STEMMA}retrieved> ?t }}").truth
