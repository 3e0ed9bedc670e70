"""Whether a workspace is whole: held against itself, and against what was acknowledged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import kg
from kg.schema.names import STEMMA

ROOTLESS = f"""
SELECT ?claim ?why WHERE {{
  {{ GRAPH ?claim {{ ?claim a <{STEMMA}Claim> }}
     FILTER NOT EXISTS {{ GRAPH ?claim {{ ?claim <{STEMMA}source> ?s }} GRAPH ?s {{ ?s a <{STEMMA}Source> }} }}
     BIND("no registered source" AS ?why) }}
  UNION
  {{ GRAPH ?claim {{ ?claim <{STEMMA}source> ?s , ?t }} FILTER(?s != ?t) BIND("two sources" AS ?why) }}
  UNION
  {{ GRAPH ?claim {{ ?claim <{STEMMA}source> ?claim }} BIND("its own source" AS ?why) }}
  UNION
  {{ GRAPH ?claim {{ ?claim <{STEMMA}statement> ?s , ?t }} FILTER(?s != ?t) BIND("two statements" AS ?why) }}
  UNION
  {{ GRAPH ?claim {{ ?claim a <{STEMMA}Claim> }}
     FILTER NOT EXISTS {{ GRAPH ?claim {{ ?claim <{STEMMA}statement> ?s }}
                          GRAPH ?s {{ ?s a <{STEMMA}Statement> }} }}
     BIND("no statement" AS ?why) }}
  UNION
  {{ GRAPH ?g {{ ?claim a <{STEMMA}Claim> }} FILTER(?g != ?claim) BIND("a claim in another's graph" AS ?why) }}
  UNION
  {{ GRAPH ?g {{ ?claim <{STEMMA}polarity> ?p }}
     FILTER NOT EXISTS {{ GRAPH ?g {{ ?claim a <{STEMMA}Claim> }} }} BIND("an untyped claim" AS ?why) }}
  UNION
  {{ GRAPH ?claim {{ ?claim <{STEMMA}reviewStatus> <{STEMMA}accepted> ; <{STEMMA}agent> ?a ;
                     <{STEMMA}reviewedBy> ?a }} BIND("accepted by its proposer" AS ?why) }}
  UNION
  {{ GRAPH ?claim {{ ?s <{STEMMA}slows>|<{STEMMA}treats>|<{STEMMA}cures> ?o }} BIND("a bare fact" AS ?why) }}
}}
"""
"""What no workspace may hold, told by SPARQL alone: nothing of the gate has a part in it."""


@dataclass(frozen=True)
class Ack:
    """A change that was acknowledged.

    :param number: that of its commit; 0 if the door did not tell.
    :param touched: the records it wrote, each with its version after; 0 if that is not known.
    :param held: digest of a text that it keeps; empty if it keeps none.
    """

    number: int
    touched: tuple[tuple[str, int], ...]
    door: str
    held: str = ""


def faults(workspace: kg.Workspace, acks: Iterable[Ack] = (), *, deep: bool = True) -> list[str]:
    """Every way in which a workspace is not whole, or has lost what was acknowledged.

    :param deep: judge every record by the gate too, and make what is derived again to compare it.
    """
    found = [f"check: {f}" for f in workspace.check().violations]
    found += list(lost(workspace, acks))
    if deep:
        found += [f"validate: {f}" for f in workspace.validate().violations]
        before = derived(workspace)
        workspace.rebuild()
        after = derived(workspace)
        if before != after:
            found.append(f"what is derived was not as made again: {len(before)} conflicts, {len(after)} again")
    return found


def lost(workspace: kg.Workspace, acks: Iterable[Ack]) -> Iterable[str]:
    """What was acknowledged and is not in the journal and the store, whole."""
    last = workspace.journal.last
    for ack in acks:
        if ack.number > last:
            yield f"commit {ack.number} by {ack.door} was acknowledged; the journal ends at {last}"
            continue
        written = {t.id: t.after for t in workspace.journal.entry(ack.number).touched} if ack.number else None
        for id, version in ack.touched:
            if written is not None and (id not in written or (version and written[id] != version)):
                yield f"commit {ack.number} by {ack.door} does not hold version {version} of {id}: {written.get(id)}"
            if workspace.get(id) is None:
                yield f"{id}, of commit {ack.number} by {ack.door}, is gone"
        if ack.held and workspace.library.get(ack.held) is None:
            yield f"the text {ack.held} of commit {ack.number} is gone"


def rootless(workspace: kg.Workspace) -> list[str]:
    """What the invariants in SPARQL find."""
    return [f"invariant: {row}" for row in workspace.store.query(ROOTLESS)]


def derived(workspace: kg.Workspace) -> list[Any]:
    """What is derived, as far as readers see it."""
    return sorted((c.as_dict() for c in workspace.conflicts()), key=str)
