"""Backups: a copy of a workspace as of exactly one commit, taken while others write.

A backup is a folder with the journal up to that commit, the store as of it, the texts, the
settings, and a list of its files with their digests. What is derived is not in it; it is made
again on opening.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import orjson

from kg.durable import sync_tree, write_synced
from kg.errors import Damaged, KgError, UsageError, WorkspaceError
from kg.report import Report
from kg.store.commit import Committer, utc_now
from kg.store.journal import Journal
from kg.store.oxigraph import OxigraphStore

LIST = "backup.json"
_FOLDERS = ("profile", "library")
_FILES = ("workspace.toml", "keys.json", "serve.toml")
_AGAIN = "Take another backup; this one is not as it was written."


class Kept(Protocol):
    """What of a workspace a backup copies."""

    @property
    def path(self) -> Path:
        """Its folder."""

    @property
    def journal(self) -> Journal:
        """Every commit."""

    @property
    def store(self) -> OxigraphStore:
        """The embedded store."""

    @property
    def committer(self) -> Committer:
        """Who can hold commits back for a moment."""


class Opened(Protocol):
    """What of a workspace is looked at before a backup is taken for good."""

    @property
    def journal(self) -> Journal:
        """Every commit."""

    def check(self) -> Report:
        """Whether its files are whole."""

    def validate(self) -> Report:
        """Whether all that is in it would be let in now."""

    def close(self) -> None:
        """Let go of its files."""


W = TypeVar("W", bound=Opened)


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds.

    :param number: the commit that it is as of; ``hash``: that commit's line in the journal.
    :param at: when it was taken.
    :param files: path to SHA-256 of every file.
    """

    number: int
    hash: str
    at: str
    files: dict[str, str]


def backup(workspace: Kept, target: Path) -> Backup:
    """Copy an open workspace into a new folder.

    Commits wait only while the store's files are linked.

    :raises UsageError: if there is something in the folder.
    :raises WorkspaceError: if it cannot be written.
    """
    _check_empty(target)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with workspace.committer.still():
            number, name, size = workspace.journal.last, workspace.journal.hash, workspace.journal.size
            if workspace.committer.number != number:
                raise WorkspaceError("the store is behind the journal", hint="Free some space and try again.")
            workspace.store.backup(target / "store")
        _copy_start(workspace.path / "journal.jsonl", target / "journal.jsonl", size)
        for folder in _FOLDERS:
            if (workspace.path / folder).is_dir():
                shutil.copytree(workspace.path / folder, target / folder, ignore=shutil.ignore_patterns("*.part"))
        for file in _FILES:
            if (workspace.path / file).is_file():
                shutil.copy2(workspace.path / file, target / file)
        made = Backup(number, name, utc_now(), {p: _digest(target / p) for p in _listed(target)})
        sync_tree(target)
        write_synced(target / LIST, orjson.dumps(asdict(made), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    except OSError as e:
        raise WorkspaceError(f"the backup cannot be written: {e.strerror}", where=str(target)) from None
    return made


def restore(source: Path, target: Path, open: Callable[[Path], W]) -> W:
    """Make a workspace of a backup in a new folder, and open it.

    All that is in it is judged as if it came in now; of a backup that is not taken, nothing stays.

    :raises UsageError: if the source is no backup, or there is something in the target.
    :raises Damaged: if the backup is not as it was written.
    :raises Refused: if what it holds would not be let in.
    """
    held = read(source)
    _check_empty(target)
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, target, ignore_errors=True)
        _copy_back(held, source, target)
        try:
            workspace = open(target)
        except KgError:
            raise
        except Exception as e:  # a backup may hold anything
            raise Damaged(f"what the backup holds makes no workspace: {e}", where=str(source)) from None
        undo.callback(workspace.close)
        if (workspace.journal.last, workspace.journal.hash) != (held.number, held.hash):
            raise Damaged("the restored workspace is not as of the backup's commit", where=str(source))
        found = (*workspace.check().findings, *workspace.validate().findings)
        Report.of(found).raise_for_violations()
        undo.pop_all()
    return workspace


def read(source: Path) -> Backup:
    """The list of a backup, each file held against it."""
    try:
        held = Backup(**orjson.loads((source / LIST).read_bytes()))
    except FileNotFoundError:
        raise UsageError("this is no backup", where=str(source), hint=f"A backup has a {LIST} in it.") from None
    except (OSError, ValueError, TypeError) as e:
        raise Damaged(f"the list of the backup cannot be read: {e}", where=str(source / LIST), hint=_AGAIN) from None
    for path, digest in held.files.items():
        if not (source / path).is_file() or _digest(source / path) != digest:
            raise Damaged("this file of the backup is not as it was written", where=str(source / path), hint=_AGAIN)
    return held


def _check_empty(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError("there is something here already", where=str(target), hint="Name a new or empty folder.")


def _copy_back(held: Backup, source: Path, target: Path) -> None:
    try:
        for path in held.files:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / path, target / path)
        sync_tree(target)
    except OSError as e:
        raise WorkspaceError(f"the workspace cannot be written: {e.strerror}", where=str(target)) from None


def _listed(folder: Path) -> Iterator[str]:
    """Every file of a backup but the list, and but what the engine may rewrite by itself."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in (LIST, "LOCK"):
            yield path.relative_to(folder).as_posix()


def _copy_start(source: Path, target: Path, size: int) -> None:
    """Copy the first bytes of a file that is only ever appended to."""
    if not size:
        return
    with source.open("rb") as old, target.open("wb") as new:
        while size and (piece := old.read(min(size, 1 << 20))):
            new.write(piece)
            size -= len(piece)
        new.flush()
        os.fsync(new.fileno())


def _digest(path: Path) -> str:
    with path.open("rb") as f:
        return "sha256:" + hashlib.file_digest(f, "sha256").hexdigest()
