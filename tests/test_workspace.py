"""A workspace is one folder with one owner; what cannot be opened says why and lets go."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.folder import find_workspace
from kg.profile import Profile
from kg.schema.names import RDFS, STEMMA

Make = Callable[..., dict[str, Any]]
WORDS = "the cells may slow ALS"


def test_a_new_workspace_is_empty_and_valid(workspace: kg.Workspace) -> None:
    assert list(workspace.claims()) == []
    assert list(workspace.log()) == []
    assert workspace.validate().conforms
    assert workspace.query("ASK { stemma:slows a stemma:Relation }").truth
    workspace.close()
    assert sorted(p.name for p in workspace.path.iterdir() if p.is_dir()) == ["store"]


@pytest.mark.parametrize(
    "name", ["plain", 'with "quotes"', "back\\slash", "two\nlines", "tab\t", "\u00e9\U0001f9ec", "'"]
)
def test_any_name_is_kept(tmp_path: Path, name: str) -> None:
    kg.init(tmp_path / "W", name=name).close()
    with kg.open(tmp_path / "W") as again:
        assert again.name == name


def test_the_name_is_that_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with kg.init(".") as opened:
        assert opened.name == "here"


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for folder in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(kg.UsageError, match="something here already") as caught:
            kg.init(folder)
        assert caught.value.hint
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    "base",
    [
        "",
        "x",
        "https://e.org",
        "ftp://e.org/",
        "https://e.org/a b/",
        'https://e.org/"/',
        "https://e.org/\t/",
        "https:///",
    ],
)
def test_the_base_is_an_iri(tmp_path: Path, base: str) -> None:
    with pytest.raises(kg.UsageError, match="base"):
        kg.init(tmp_path / "W", base=base)
    assert not (tmp_path / "W").exists()


def test_records_lie_below_the_base(tmp_path: Path, article: Any) -> None:
    with kg.init(tmp_path / "W", base="https://example.org/mine/") as opened:
        assert opened.ingest(article.path).source.startswith("https://example.org/mine/source/")
        assert opened.validate().conforms


def test_no_profile_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(kg.ProfileError, match="no such profile"):
        kg.init(tmp_path / "W", profile="astrology")
    assert not (tmp_path / "W").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "no workspace here"), ("not toml [", "cannot be read"), ('name = "x"', "names no base"), (b"\xff", "read")],
)
def test_what_is_no_workspace_says_so(tmp_path: Path, content: str | bytes | None, told: str) -> None:
    if content is not None:
        (tmp_path / "workspace.toml").write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(kg.WorkspaceError, match=told) as caught:
        kg.open(tmp_path)
    assert caught.value.where == str(tmp_path)


def test_the_nearest_workspace_is_found(tmp_path: Path, workspace: kg.Workspace) -> None:
    inside = workspace.path / "notes" / "deep"
    inside.mkdir(parents=True)
    assert find_workspace(inside) == workspace.path
    with pytest.raises(kg.UsageError, match="no workspace here or above"):
        find_workspace(tmp_path)


def test_a_second_process_is_told_that_the_workspace_is_busy(workspace: kg.Workspace) -> None:
    code = """
import sys, kg
try:
    kg.open(sys.argv[1])
except kg.WorkspaceBusy as e:
    print(e.where, e.hint, sep="|")
"""
    command = [sys.executable, "-c", code, str(workspace.path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert told.startswith(str(workspace.path))
    assert "serve" in told.split("|")[1]
    workspace.close()
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == ""


def test_a_workspace_whose_owner_was_killed_opens_again(workspace: kg.Workspace, article: Any) -> None:
    workspace.close()
    code = """
import os, signal, sys, kg
w = kg.open(sys.argv[1])
w.ingest(sys.argv[2])
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code, str(workspace.path), str(article.path)], check=False)
    with kg.open(workspace.path) as again:
        assert again.records.ids("snapshot") == [article.snapshot]
        assert again.text(article.snapshot) == article.text
        assert again.validate().conforms


DAMAGES: dict[str, Callable[[Path], object]] = {
    "CURRENT": lambda store: (store / "CURRENT").write_bytes(b"garbage"),
    "MANIFEST": lambda store: [p.write_bytes(b"x" * 100) for p in store.glob("MANIFEST*")],
    "sst": lambda store: [p.write_bytes(b"x" * 100) for p in store.glob("*.sst")],
    "a file": lambda store: (shutil.rmtree(store), store.write_text("x")),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_store_is_told_and_can_be_made_again(
    ingested: kg.Workspace, claim: Make, state: Any, name: str
) -> None:
    ingested.add(claim(WORDS))
    before, store = state(ingested), ingested.path / "store"
    ingested.close()
    DAMAGES[name](store)
    with pytest.raises(kg.WorkspaceError) as caught:
        kg.open(ingested.path)
    assert caught.value.where == str(store)
    assert "made from the journal" in caught.value.hint
    store.rename(store.with_name("moved"))
    with kg.open(ingested.path) as again:
        assert state(again) == before


def test_an_index_that_is_none_any_more_is_made_again(ingested: kg.Workspace, claim: Make) -> None:
    ingested.add([claim(WORDS, id="a"), claim("Results vary", id="b", polarity="negated")])
    before = ingested.conflicts()
    ingested.close()
    (ingested.path / "conflicts.sqlite").write_bytes(b"garbage" * 1000)
    with kg.open(ingested.path) as again:
        assert again.conflicts() == before


def test_a_journal_that_is_no_file_is_told(workspace: kg.Workspace) -> None:
    workspace.close()
    (workspace.path / "journal.jsonl").mkdir()
    with pytest.raises(kg.WorkspaceError, match="journal cannot be read"):
        kg.open(workspace.path)


def test_closing_twice_is_no_harm_and_what_is_closed_says_so(workspace: kg.Workspace) -> None:
    workspace.close()
    workspace.close()
    with pytest.raises(kg.WorkspaceError, match="closed"):
        workspace.query("ASK {}")
    with kg.open(workspace.path) as again:
        assert again.validate().conforms


def test_a_closed_workspace_is_plain_files_that_may_be_copied(
    ingested: kg.Workspace, claim: Make, state: Any, tmp_path: Path
) -> None:
    ingested.add(claim(WORDS))
    before, records = state(ingested), list(ingested.claims())
    ingested.close()
    shutil.copytree(ingested.path, tmp_path / "copy")
    shutil.copytree(ingested.path, tmp_path / "lean", ignore=shutil.ignore_patterns("store", "*.sqlite*"))
    for name in ("copy", "lean"):
        with kg.open(tmp_path / name) as copied:
            assert state(copied) == before
            assert list(copied.claims()) == records


def test_what_was_written_is_read_back(ingested: kg.Workspace, claim: Make) -> None:
    (id,) = ingested.add(claim(WORDS, notes=["n"], attributedTo="the doctors")).added
    record = ingested.claim(id)
    assert record == ingested.claim(id.rsplit("/", 1)[-1])
    assert record == next(ingested.claims())
    assert record["review"] == {"status": "proposed"}
    assert record["anchor"]["verification"] == "verified"
    assert record["source"]["type"] == "web-page"
    assert record["statement"]["subject"]["label"] == "mesenchymal stem cell"
    assert ingested.add(record).same == (id,)


@pytest.mark.parametrize("id", ["nobody", "", "a b", "https://example.org/x", "http://[", "\ud800", "../source/x"])
def test_what_is_no_claim_is_not_found(filled: kg.Workspace, id: str) -> None:
    with pytest.raises(kg.NotFound) as caught:
        filled.claim(id)
    assert caught.value.where == id


def test_a_source_is_no_claim(filled: kg.Workspace) -> None:
    with pytest.raises(kg.NotFound):
        filled.claim(filled.records.ids("source")[0])


def test_a_second_person_accepts(ingested: kg.Workspace, claim: Make, state: Any) -> None:
    (id,) = ingested.add(claim(WORDS)).added
    before = state(ingested)
    with pytest.raises(kg.Refused):
        ingested.review([id], "accepted", by="agent:pass-1")
    with pytest.raises(kg.NotFound):
        ingested.review([id, "nobody"], "accepted", by="agent:pass-2")
    with pytest.raises(kg.UsageError):
        ingested.review([id], "perhaps", by="agent:pass-2")
    with pytest.raises(kg.Refused):
        ingested.review([id], "rejected", by="agent:pass-2")
    assert state(ingested) == before
    ingested.review([id], "accepted", by="agent:pass-2")
    record = ingested.claim(id)
    assert (record["review"]["status"], record["version"]) == ("accepted", 2)
    assert ingested.add(claim(WORDS)).same == (id,)
    assert ingested.claim(id) == record


def test_an_edit_lands_as_proposed_again(ingested: kg.Workspace, claim: Make) -> None:
    (id,) = ingested.add(claim(WORDS)).added
    ingested.review([id], "accepted", by="agent:pass-2")
    ingested.add({**ingested.claim(id), "paraphrase": "Another wording."}, agent="agent:pass-3")
    assert ingested.claim(id)["review"] == {"status": "proposed"}
    assert ingested.claim(id)["provenance"]["agent"].endswith("/pass-3")


def test_a_profile_is_read_once_until_its_files_change(tmp_path: Path) -> None:
    own = tmp_path / "own" / "ontology"
    own.mkdir(parents=True)
    first = Profile.load(own.parent)
    assert Profile.load(own.parent) is first
    (own / "own.ttl").write_text(f'<{STEMMA}lighthouse> <{RDFS}label> "lighthouse"@en .\n')
    assert STEMMA + "lighthouse" in {t.subject.value for t in Profile.load(own.parent).triples}  # type: ignore[union-attr]
    assert Profile.load("open") is not Profile.load("cell-therapy")


def test_a_changed_ontology_is_loaded_on_opening(tmp_path: Path, workspace: kg.Workspace) -> None:
    own = tmp_path / "own"
    (own / "ontology").mkdir(parents=True)
    words = f"@prefix stemma: <{STEMMA}> .\n@prefix rdfs: <{RDFS}> .\n"
    (own / "ontology" / "own.ttl").write_text(words)
    with kg.init(tmp_path / "V", profile=str(own)) as opened:
        assert not opened.query("ASK { stemma:lighthouse rdfs:label ?l }").truth
    copied = tmp_path / "V" / "profile" / "ontology" / "own.ttl"
    copied.write_text(words + 'stemma:lighthouse rdfs:label "lighthouse"@en .\n')
    with kg.open(tmp_path / "V") as again:
        assert again.query("ASK { stemma:lighthouse rdfs:label ?l }").truth
    copied.write_text(words)
    with kg.open(tmp_path / "V") as again:
        assert not again.query("ASK { stemma:lighthouse rdfs:label ?l }").truth
