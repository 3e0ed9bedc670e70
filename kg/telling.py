"""A claim told as its JSON record: what is stored of it, and how its anchor stands now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kg.codec.write import Writer
from kg.errors import Damaged, NotFound
from kg.model.node import Node
from kg.schema.names import STEMMA
from kg.store.commit import Committer
from kg.store.records import Records
from kg.verification import Verifier


@dataclass(frozen=True)
class Teller:
    """Finds the claims of a workspace and tells them."""

    records: Records
    verifier: Verifier
    writer: Writer
    committer: Committer

    def claim(self, id: str) -> Node:
        """The node of a claim.

        :param id: its IRI, or the last part of it.
        :raises NotFound: if there is no such claim.
        """
        node = self.records.get(id if id.startswith(("http://", "https://")) else self.writer.iris.of("claim", id))
        if node is None or node.shape.record != "claim":
            raise NotFound("there is no such claim", where=id)
        return node

    def json(self, claim: Node) -> dict[str, Any]:
        """The JSON record of a claim's node."""
        told = self._told(claim)
        if told is None:  # a commit came between the claim and its statement
            with self.committer.still():
                told = self._told(self.claim(claim.id))
        if told is None:  # the gate lets no claim in without them
            raise Damaged("the claim's statement or source is missing from the store", where=claim.id)
        return told

    def _told(self, claim: Node) -> dict[str, Any] | None:
        statement = self.records.get(str(claim.one(STEMMA + "statement")))
        source = self.records.get(str(claim.one(STEMMA + "source")))
        if statement is None or source is None:
            return None
        return self.writer.claim(claim, statement, source, self.verifier.verify(claim).as_anchor())
