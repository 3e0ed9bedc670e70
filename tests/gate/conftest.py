"""What tests of the gate share: a workspace to refuse things, and how they must be refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import kg
from kg.model.values import nquad
from kg.store.journal import Entry

BASE = "https://w3id.org/stemma/"


@pytest.fixture(scope="module")
def library(filled: kg.Workspace) -> kg.Workspace:
    """The filled workspace with a second source, one that was deleted, and a claim with a known name."""
    filled.add([{"type": "source", "id": name, "kind": "news", "title": name} for name in ("other", "deleted")])
    gone = filled.records.get(BASE + "source/deleted")
    assert gone is not None
    number = filled.journal.last + 1
    removes = tuple(sorted(map(nquad, gone.quads())))
    filled.journal.append(Entry(number, "2026-02-01T00:00:00Z", "https://example.org/a", "gone", (), removes, ()))
    filled.add({"type": "source", "id": "third", "kind": "news", "title": "Third"})
    assert filled.records.get(gone.id) is None
    return filled


@pytest.fixture(scope="session")
def refuses(findings: Callable[..., tuple[kg.Finding, ...]]) -> Callable[..., None]:
    """Holds that a workspace refuses something, and says why."""

    def hold(workspace: kg.Workspace, payload: Any, code: str, *, keep_review: bool = False) -> None:
        found = findings(lambda: workspace.add(payload, keep_review=keep_review))
        assert code in {f.code for f in found}, [str(f) for f in found]
        assert all(f.code and f.where and f.message for f in found), [str(f) for f in found]

    return hold
