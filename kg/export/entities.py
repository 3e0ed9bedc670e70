"""The entities that claims speak of, and how often, where and how they do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kg.export.base import Exportable, select
from kg.export.canvas import counts
from kg.export.labels import Labels
from kg.model.node import Node
from kg.schema.names import ENTITY


@dataclass
class EntityUse:
    """One entity, and the claims that speak of it.

    :param roles: the keys under which claims and their statements name it, such as ``subject``
        or ``mentions``, each with the claims that do.
    """

    iri: str
    claims: dict[str, Node] = field(default_factory=dict)
    roles: dict[str, set[str]] = field(default_factory=dict)

    def row(self, labels: Labels) -> dict[str, Any]:
        """The entity with its counts, for JSON."""
        known = {"id": self.iri, "curie": labels.prefixes.compress(self.iri), "label": labels.name(self.iri)}
        roles = {role: len(claims) for role, claims in sorted(self.roles.items())}
        return {**known, "class": labels.cls(self.iri), **counts(list(self.claims.values()), labels), "roles": roles}


def entities(workspace: Exportable, status: str | None) -> list[EntityUse]:
    """The entities that claims and their statements name, sorted by IRI.

    :param status: a word of stemma:ReviewStatus; ``None`` for proposed and accepted claims.
    :raises UsageError: if there is no such status.
    """
    selection = select(workspace, status, current=True)
    found: dict[str, EntityUse] = {}
    for claim in selection.claims.values():
        for node in (claim, selection.statement(claim)):
            for role, iri in _named(node):
                if workspace.profile.vocabulary.is_a(iri, ENTITY):
                    use = found.setdefault(iri, EntityUse(iri))
                    use.claims[claim.id] = claim
                    use.roles.setdefault(role, set()).add(claim.id)
    return [found[iri] for iri in sorted(found)]


def _named(node: Node) -> Iterator[tuple[str, str]]:
    """Every IRI that a record names, with the last step of the key it stands under."""
    for f in node.shape.fields:
        for value in node.values.get(f.path, ()):
            if isinstance(value, Node):
                yield from ((f.key[-1], iri) for _, iri in value.iris())
            else:
                yield f.key[-1], value.value
