"""Pages that do not exist, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

import kg
from kg.model.digest import digest

MSC, ALS = "CL:0000134", "MONDO:0004976"


@dataclass
class Pages:
    """Makes sources and claims in a workspace, one commit each."""

    workspace: kg.Workspace
    count: int = 0
    read: dict[str, str] = field(default_factory=dict)

    def source(self, name: str, kind: str = "web-page", *, read: bool = True, **more: Any) -> str:
        """Register a source; with its snapshot, unless it is only cited."""
        id = self.workspace.iris.of("source", name)
        self.workspace.add({"type": "source", "id": id, "kind": kind, "title": f"The {name}", **more})
        if read:
            self.read[id] = digest(name)
            self.workspace.add({"type": "snapshot", "id": self.read[id], "source": [id], "length": 9000})
        return id

    def record(self, source: str, subject: str, relation: str, object: str, **more: Any) -> dict[str, Any]:
        """A claim of a source. ``rests_on``: CURIEs or IRIs, each with who says so; ``level``: of evidence."""
        self.count += 1
        start = 10 * self.count
        exact = digest(str(start))
        held = {"snapshot": self.read.get(source), "start": start, "end": start + 9, "exact": exact}
        statement = {"subject": subject, "relation": f"stemma:{relation}", "object": object}
        record = {
            "id": self.workspace.iris.of("claim", more.pop("id", f"c{self.count}")),
            "category": "efficacy",
            "paraphrase": f"What is said at {start}.",
            "polarity": "affirmed",
            "certainty": "asserted",
            "statement": {**statement, "qualifiers": more.pop("qualifiers", {})},
            "source": {"id": source},
            "anchor": held if source in self.read else {"cites": f"https://doi.org/10.1/{start}"},
            "restsOn": [
                {"id": to, "assertedBy": by, "because": f"The {by} says so."} for to, by in more.pop("rests_on", ())
            ],
            "provenance": {"agent": "tester"},
        }
        if "level" in more:
            record["evidence"] = {"level": more.pop("level")}
        return {**record, **more}

    def say(self, source: str, subject: str, relation: str, object: str, **more: Any) -> str:
        """Add a claim; see :meth:`record`."""
        return self.workspace.add(self.record(source, subject, relation, object, **more)).added[0]


@pytest.fixture
def pages(workspace: kg.Workspace) -> Pages:
    return Pages(workspace)


@pytest.fixture(scope="session")
def make_pages() -> Callable[[kg.Workspace], Pages]:
    """For workspaces that live longer than one test."""
    return Pages
