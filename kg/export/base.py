"""What an export reads: a workspace, seen narrowly, and the records that are chosen from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from kg.codec.write import Writer
from kg.errors import Damaged, UsageError
from kg.model.iris import Iris
from kg.model.node import Node
from kg.profile import Profile
from kg.schema.names import STEMMA
from kg.schema.vocabulary import Vocabulary
from kg.store.records import Records
from kg.verification import Verifier

STATUS = STEMMA + "reviewStatus"
REVIEW_STATUS = STEMMA + "ReviewStatus"

CURRENT = frozenset({STEMMA + "proposed", STEMMA + "accepted"})
"""The review statuses of claims that are folded into edges and counts, unless one is asked for."""

VIEWS = ("claims", "entities", "sources")
"""What an export can be made of: claims, the entities they speak of, or the sources that make them."""


class Exportable(Protocol):
    """What of a workspace an export needs; :class:`kg.workspace.Workspace` is one."""

    @property
    def iris(self) -> Iris:
        """The IRIs of its records."""

    @property
    def profile(self) -> Profile:
        """Its ontology, shapes and prefixes."""

    @property
    def records(self) -> Records:
        """Its records."""

    @property
    def writer(self) -> Writer:
        """What writes its records as JSON."""

    @property
    def verifier(self) -> Verifier:
        """What tells whether an anchor holds."""

    def claim_json(self, claim: Node) -> dict[str, Any]:
        """The JSON record of a claim's node."""


@dataclass(frozen=True)
class Selection:
    """The records that one export is made of, each mapping by IRI and sorted by it."""

    claims: Mapping[str, Node]
    statements: Mapping[str, Node]
    sources: Mapping[str, Node]
    snapshots: Mapping[str, Node]

    def statement(self, claim: Node) -> Node:
        """The statement that a claim makes.

        :raises Damaged: if it is missing.
        """
        return _found(self.statements, claim, "statement")

    def source(self, claim: Node) -> Node:
        """The source that makes a claim.

        :raises Damaged: if it is missing.
        """
        return _found(self.sources, claim, "source")


def select(workspace: Exportable, status: str | None, *, current: bool = False) -> Selection:
    """Choose the records to export.

    :param status: a word of stemma:ReviewStatus: only claims of that status and what they refer
        to; ``None`` for every record.
    :param current: without a status, only claims that are proposed or accepted, and every source.
    :raises UsageError: if there is no such status.
    """
    wanted = {status_iri(workspace.profile.vocabulary, status)} if status is not None else CURRENT
    records = {word: {n.id: n for n in workspace.records.all(word)} for word in ("source", "snapshot", "statement")}
    chosen = {
        c.id: c for c in workspace.records.all("claim") if (status is None and not current) or c.one(STATUS) in wanted
    }
    if status is not None:
        used = {iri for c in chosen.values() for _, iri in c.iris()}
        used |= {iri for n in records["snapshot"].values() if n.id in used for _, iri in n.iris()}
        records = {word: {iri: n for iri, n in found.items() if iri in used} for word, found in records.items()}
    return Selection(chosen, records["statement"], records["source"], records["snapshot"])


def status_iri(vocabulary: Vocabulary, word: str) -> str:
    """The IRI of a review status.

    :raises UsageError: if there is no such status.
    """
    statuses = vocabulary.words(REVIEW_STATUS)
    if word not in statuses:
        raise UsageError("there is no such review status", where=word, hint=f"Statuses: {', '.join(statuses)}.")
    return statuses[word]


def check_view(view: str) -> None:
    """:raises UsageError: if there is no such view."""
    if view not in VIEWS:
        raise UsageError("there is no such view", where=view, hint=f"Views: {', '.join(VIEWS)}.")


def _found(records: Mapping[str, Node], claim: Node, kind: str) -> Node:
    node = records.get(str(claim.one(STEMMA + kind)))
    if node is None:  # the gate lets no claim in without it
        raise Damaged(f"the claim's {kind} is missing from the store", where=claim.id)
    return node
