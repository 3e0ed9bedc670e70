"""How a workspace is: whether it can be read, written and asked."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from kg.errors import KgError
from kg.sparql.pool import Counts, Pool
from kg.sparql.sandbox import expected
from kg.workspace import Workspace

_ROOM = 16 << 20
"""Least free space on the journal's disk, in bytes: with less a commit may fail."""


@dataclass(frozen=True)
class Vitals:
    """Looks at a workspace, and changes nothing."""

    workspace: Workspace

    @property
    def commits(self) -> int:
        """The number of the last commit."""
        return self.workspace.committer.number

    @property
    def journal_bytes(self) -> int:
        """Length of the journal."""
        return self.workspace.journal.size

    @property
    def pool(self) -> Counts | None:
        """How the query workers are; ``None`` before the first question, which starts them."""
        pool = self._pool()
        return pool.counts() if pool else None

    @property
    def sandbox(self) -> str:
        """What keeps query workers from the network."""
        pool = self._pool()
        return pool.sandbox if pool else expected()

    @property
    def ready(self) -> bool:
        """Whether nothing is wrong."""
        return not any(self.faults().values())

    def faults(self) -> Mapping[str, str]:
        """What is wrong with each part, in words; empty where nothing is."""
        return {"store": self._store(), "journal": self._journal(), "queries": self._queries()}

    def _pool(self) -> Pool | None:
        return vars(self.workspace.quads).get("pool")  # to ask for it would start it

    def _store(self) -> str:
        try:
            self.workspace.records.get(self.workspace.iris.of("claim", "none"))
        except (KgError, OSError) as e:
            return f"it cannot be read: {e}"
        return ""

    def _journal(self) -> str:
        path = self.workspace.path / "journal.jsonl"
        try:
            if not os.access(path if path.exists() else path.parent, os.W_OK):
                return "it cannot be written"
            free = shutil.disk_usage(path.parent).free
        except OSError as e:
            return f"it cannot be looked at: {e.strerror}"
        return "" if free >= _ROOM else f"its disk has {free:,} bytes left"

    def _queries(self) -> str:
        pool = self.pool
        if pool is not None and pool.waiting and not pool.idle and not pool.running:
            return "questions wait, and there is no worker"
        return ""
