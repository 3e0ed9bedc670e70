"""Small files of a workspace that changed by themselves are found, or made again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.access.keys import Keyring
from kg.document.library import Library

Make = Callable[..., dict[str, Any]]


def test_a_base_that_is_no_iri_is_told(workspace: kg.Workspace) -> None:
    workspace.close()
    file = workspace.path / "workspace.toml"
    file.write_text(file.read_text().replace("https://", "https:{/"))
    with pytest.raises(kg.WorkspaceError, match="no IRI"):
        kg.open(workspace.path)


def test_keys_that_changed_by_themselves_are_told(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    Keyring(path).create("curator", by="https://example.org/me")
    body = json.loads(path.read_text())
    assert [k.role for k in Keyring(path).all()] == ["curator"]
    body["keys"][0]["role"] = "admin"
    path.write_text(json.dumps(body))
    with pytest.raises(kg.Damaged, match="not as they were written"):
        Keyring(path).all()


def test_an_index_of_conflicts_that_changed_while_closed_is_made_again(ingested: kg.Workspace, claim: Make) -> None:
    for name, polarity in (("a", "affirmed"), ("b", "negated")):
        ingested.add(claim("the cells may slow ALS", id=name, polarity=polarity))
    before = ingested.conflicts()
    ingested.close()
    path = ingested.path / "conflicts.sqlite"
    data = path.read_bytes()
    assert data.count(b"/claim/a") > 0
    path.write_bytes(data.replace(b"/claim/a", b"/claim/c"))
    with kg.open(ingested.path) as again:
        assert again.conflicts() == before != []


def test_a_text_is_on_the_disk_with_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def recorded(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        real(handle)

    monkeypatch.setattr(os, "fsync", recorded)
    Library(tmp_path / "library").put("Said.")
    assert synced[0] == str(tmp_path)
    assert synced[1].endswith(".part")
    assert synced[2] == str(tmp_path / "library")


def test_settings_that_are_not_as_they_were_made_are_told(workspace: kg.Workspace) -> None:
    assert not workspace.check().findings
    file = workspace.path / "workspace.toml"
    file.write_text(file.read_text().replace('name = "W"', 'name = "V"'))
    (found,) = workspace.check().findings
    assert (found.code, found.severity.value) == ("settings-changed", "warning")
