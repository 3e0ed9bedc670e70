"""Stemma: claims, their words and their roots.

>>> import kg
>>> with kg.init("/tmp/w") as w:          # doctest: +SKIP
...     w.ingest("article.txt")
...     w.add("claims.jsonl")
...     w.query("SELECT ?claim WHERE { ?claim a stemma:Claim }").dicts()

What is heavy is imported when it is first asked for, so that a query worker starts in a blink.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import (
    Damaged,
    DataError,
    DocumentError,
    Forbidden,
    KgError,
    NotAcceptable,
    NotFound,
    Overloaded,
    PreconditionMissing,
    ProfileError,
    QueryEnded,
    QueryError,
    Refused,
    Unauthorized,
    UsageError,
    VersionConflict,
    WorkspaceBusy,
    WorkspaceError,
    WorkspaceFull,
)
from kg.report import Finding, Report, Severity
from kg.version import __version__

if TYPE_CHECKING:
    from kg.workspace import Workspace

    init: Callable[..., Workspace]


def open(path: Path | str) -> Workspace:
    """Open a workspace.

    :param path: its folder.
    :raises WorkspaceError: if there is none, or it cannot be opened.
    """
    from kg.workspace import Workspace

    return Workspace(path)


def __getattr__(name: str) -> Any:
    if name in ("Workspace", "init"):
        workspace = import_module("kg.workspace").Workspace
        return workspace if name == "Workspace" else workspace.init
    raise AttributeError(name)


__all__ = [
    "Damaged",
    "DataError",
    "DocumentError",
    "Finding",
    "Forbidden",
    "KgError",
    "NotAcceptable",
    "NotFound",
    "Overloaded",
    "PreconditionMissing",
    "ProfileError",
    "QueryEnded",
    "QueryError",
    "Refused",
    "Report",
    "Severity",
    "Unauthorized",
    "UsageError",
    "VersionConflict",
    "Workspace",
    "WorkspaceBusy",
    "WorkspaceError",
    "WorkspaceFull",
    "__version__",
    "init",
    "open",
]
