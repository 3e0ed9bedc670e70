"""Decisions on claims."""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import NamedNode

from kg.errors import UsageError
from kg.model.node import Node
from kg.model.values import Atom, canonical
from kg.schema.names import STEMMA, XSD
from kg.schema.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by whom, when and why.

    :param status: a word of stemma:ReviewStatus.
    :param by: IRI of the agent.
    :param at: xsd:dateTime.
    :param reason: a word of stemma:ReviewReason.
    """

    status: str
    by: str
    at: str
    reason: str | None = None
    comment: str | None = None


def decide(claim: Node, decision: Decision, vocabulary: Vocabulary) -> Node:
    """The claim with a decision on it; the gate judges whether it may stand.

    :raises UsageError: if status or reason is no word of its list.
    """
    values: dict[str, tuple[Atom, ...]] = {
        "reviewStatus": (_word(vocabulary, "ReviewStatus", decision.status),),
        "reviewedBy": (NamedNode(decision.by),),
        "reviewedAt": (canonical(decision.at, XSD + "dateTime"),),
        "reviewReason": (_word(vocabulary, "ReviewReason", decision.reason),) if decision.reason else (),
        "reviewComment": (canonical(decision.comment, XSD + "string"),) if decision.comment else (),
    }
    decided = {STEMMA + name: value for name, value in values.items()}
    return Node.of(claim.id, claim.shape, {**claim.values, **decided})


def _word(vocabulary: Vocabulary, cls: str, word: str) -> NamedNode:
    words = vocabulary.words(STEMMA + cls)
    if word not in words:
        raise UsageError(f"no such {cls}", where=word, hint=f"Known: {', '.join(sorted(map(str, words)))}.")
    return NamedNode(words[word])
