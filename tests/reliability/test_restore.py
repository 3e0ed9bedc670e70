"""A backup is judged as it comes in: digests that all fit do not make its content one to be taken."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
import pytest
from pyoxigraph import Literal, NamedNode, Quad

import kg
from kg.backup import LIST, Backup, _digest, _listed
from kg.store.journal import Entry, Journal

ID = "https://w3id.org/stemma/claim/a"
KIND = "https://w3id.org/stemma/ontology/"
AGENT = "https://w3id.org/stemma/agent/x"


@pytest.fixture(scope="module")
def backup(filled: kg.Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Backup]:
    path = tmp_path_factory.mktemp("backup") / "B"
    return path, filled.backup(path)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("<http://e/cell> <http://e/treats> <http://e/als> <http://e/facts> .\n", "graph-foreign"),
        ("<http://e/cell> <http://e/treats> <http://e/als> .\n", "graph-foreign"),
        (f"<{ID}> <{KIND}polarity> <{KIND}affirmed> <{ID}> .\n", "graph-foreign"),
        (f"<{ID}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{KIND}Claim> <{ID}> .\n", "claim-source"),
        (f"<{ID}> <{KIND}polarity> <{KIND}affirmed> <{KIND.rstrip('/')}> .\n", "ontology-differs"),
        ("this is no quad\n", ""),
    ],
)
def test_what_would_not_be_let_in_is_not_restored(
    backup: tuple[Path, Backup], tmp_path: Path, line: str, told: str
) -> None:
    source, made = backup
    shutil.copytree(source, tmp_path / "B")
    journal = Journal(tmp_path / "B" / "journal.jsonl")
    journal.append(Entry(journal.last + 1, "2026-02-01T00:00:00Z", AGENT, "add", (), (), (line,)))
    files = {p: _digest(tmp_path / "B" / p) for p in _listed(tmp_path / "B")}
    (tmp_path / "B" / LIST).write_bytes(orjson.dumps(asdict(Backup(journal.last, journal.hash, made.at, files))))
    with pytest.raises(kg.Refused if told else kg.Damaged) as caught:
        kg.Workspace.restore(tmp_path / "B", tmp_path / "R")
    if told:
        assert isinstance(caught.value, kg.Refused)
        assert told in {f.code for f in caught.value.report.violations}
    assert not (tmp_path / "R").exists()


def test_a_workspace_of_any_rdf_is_found_whole(tmp_path: Path, findings: Callable[..., Any]) -> None:
    with kg.init(tmp_path / "W", profile="open") as w:
        w.quads.add([Quad(NamedNode("http://e/a"), NamedNode("http://e/b"), Literal("x"))], agent=None, why="try")
        assert w.check().conforms
        w.backup(tmp_path / "B")
        with kg.Workspace.restore(tmp_path / "B", tmp_path / "R") as restored:
            assert list(restored.dump()) == list(w.dump()) != []
