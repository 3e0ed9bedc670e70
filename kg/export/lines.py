"""JSON lines: the records themselves, one a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kg.export.base import Exportable, select
from kg.export.entities import entities
from kg.export.labels import Labels


def jsonl(workspace: Exportable, view: str, status: str | None) -> str:
    """The rows of a view as JSON lines; claims and sources are the records that ``add`` takes."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(workspace, view, status))


def rows(workspace: Exportable, view: str, status: str | None) -> Iterable[Mapping[str, Any]]:
    """The rows of a view: claims with all they say, entities with counts, or sources and snapshots."""
    if view == "entities":
        labels = Labels(workspace.profile.vocabulary, workspace.profile.prefixes)
        return (e.row(labels) for e in entities(workspace, status))
    return _claims(workspace, status) if view == "claims" else _sources(workspace, status)


def _claims(workspace: Exportable, status: str | None) -> Iterator[dict[str, Any]]:
    return (workspace.claim_json(c) for c in select(workspace, status).claims.values())


def _sources(workspace: Exportable, status: str | None) -> Iterator[dict[str, Any]]:
    selection = select(workspace, status)
    nodes = (*selection.sources.values(), *selection.snapshots.values())
    return (workspace.writer.record(n) for n in nodes)
