"""What a caller may write of who proposed, who decided, and whose interests: their own, unless they manage.

The gate judges whether a record may stand; this judges whether it may stand in these names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from kg.access.caller import Caller
from kg.access.roles import Roles
from kg.model.node import Node
from kg.report import Finding
from kg.schema.names import STEMMA

AGENT, STATUS, BY = STEMMA + "agent", STEMMA + "reviewStatus", STEMMA + "reviewedBy"
_DECISION = (STATUS, BY, *(STEMMA + n for n in ("reviewedAt", "reviewReason", "reviewComment")))
_PROPOSED = STEMMA + "proposed"
_ALL, _DECIDE = "manage", "review"


def conduct(
    nodes: Sequence[Node], before: Callable[[str], Node | None], caller: Caller, roles: Roles
) -> Iterator[Finding]:
    """What speaks against a caller's writing records as they are.

    :param nodes: the records as they would be.
    :param before: the record of an IRI as it is, if it is in.
    :returns: a finding for each; none for one who may write in the name of others.
    """
    if caller.may(_ALL):
        return
    person = not roles.permission(_DECIDE).persons or caller.person
    for node in nodes:
        was = before(node.id)
        if node.shape.record == "claim":
            yield from _proposer(node, was, caller)
            yield from _decision(node, was, caller, may_decide=caller.may(_DECIDE) and person)
    yield from own_interests(nodes, caller.agent)


def own_interests(nodes: Iterable[Node], agent: str | None) -> Iterator[Finding]:
    """What speaks against an agent's stating interests: that they are another's."""
    for node in nodes:
        if node.shape.record == "interests" and node.one(STEMMA + "person") != agent:
            message = "a statement of interests is made by the person whose it is"
            yield Finding("conduct-interests", message, about=node.id, pointer="/person", value=agent or "")


def _proposer(claim: Node, was: Node | None, caller: Caller) -> Iterator[Finding]:
    """Who changes what a claim says is who proposes it."""
    changed = was is None or claim.content() != was.content()
    rightful = caller.agent if changed or was is None else was.one(AGENT)
    if claim.one(AGENT) != rightful:
        yield Finding(
            "conduct-agent",
            "a claim is proposed in one's own name",
            about=claim.id,
            pointer="/provenance/agent",
            value=claim.one(AGENT) or "",
            hint=f"Yours is {caller.agent}." if changed else "Leave it as it is.",
        )


def _decision(claim: Node, was: Node | None, caller: Caller, *, may_decide: bool) -> Iterator[Finding]:
    """Who decides may do so, and signs with their own name. What is changed is proposed again."""
    old = {p: was.atoms(p) for p in _DECISION} if was is not None else {STATUS: (_PROPOSED,)}
    new = {p: claim.atoms(p) for p in _DECISION}
    again = new[STATUS] == (_PROPOSED,) and not new[BY]
    if was is not None and claim.content() != was.content():
        if not again:
            message = "what is changed is proposed again: no decision was made on it yet"
            yield Finding("conduct-again", message, about=claim.id, pointer="/review/status")
        return
    if all(new[p] == old.get(p, ()) for p in _DECISION):
        return
    if not may_decide:
        yield Finding("conduct-review", "only a reviewer decides on claims", about=claim.id, pointer="/review/status")
    elif set(new[BY]) - set(old.get(BY, ())) - {caller.agent} or (not again and caller.agent not in new[BY]):
        yield Finding(
            "conduct-reviewer",
            "a decision is made in one's own name",
            about=claim.id,
            pointer="/review/by",
            value=", ".join(new[BY]),
            hint=f"Yours is {caller.agent}.",
        )
