"""Stemma: claims, their words and their roots.

>>> import kg
>>> with kg.init("/tmp/w") as w:          # doctest: +SKIP
...     w.ingest("article.txt")
...     w.add("claims.jsonl")
...     w.query("SELECT ?claim WHERE { ?claim a stemma:Claim }").dicts()
"""

from __future__ import annotations

from pathlib import Path

from kg.errors import (
    Damaged,
    DataError,
    DocumentError,
    KgError,
    NotFound,
    ProfileError,
    QueryError,
    Refused,
    UsageError,
    VersionConflict,
    WorkspaceBusy,
    WorkspaceError,
)
from kg.report import Finding, Report, Severity
from kg.version import __version__
from kg.workspace import Workspace

init = Workspace.init


def open(path: Path | str) -> Workspace:
    """Open a workspace.

    :param path: its folder.
    :raises WorkspaceError: if there is none, or it cannot be opened.
    """
    return Workspace(path)


__all__ = [
    "Damaged",
    "DataError",
    "DocumentError",
    "Finding",
    "KgError",
    "NotFound",
    "ProfileError",
    "QueryError",
    "Refused",
    "Report",
    "Severity",
    "UsageError",
    "VersionConflict",
    "Workspace",
    "WorkspaceBusy",
    "WorkspaceError",
    "__version__",
    "init",
    "open",
]
