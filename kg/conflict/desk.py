"""Conflicts of a workspace: kept in step at commit, told on reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path

from kg.conflict.index import TopicIndex, is_claim
from kg.conflict.judge import CONTRADICTION, Judge, Said
from kg.conflict.kinship import Kinship
from kg.conflict.rules import Order, Rule, read_rules
from kg.conflict.topics import Matcher
from kg.errors import Damaged
from kg.model.node import Node
from kg.model.records import Claim
from kg.profile import Profile
from kg.schema.names import STEMMA
from kg.store.records import Records


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two claims that clash: their IRIs, the kind as a word, the rule's IRI, and why."""

    a: str
    b: str
    kind: str
    because: str
    explain: str

    def as_dict(self) -> dict[str, str]:
        """The conflict for JSON."""
        return {"a": self.a, "b": self.b, "kind": self.kind, "because": self.because, "explain": self.explain}


class Conflicts:
    """Finds the conflicts between claims that are proposed or accepted.

    :param path: file of the index; ``None`` keeps it in memory.
    """

    def __init__(self, profile: Profile, records: Records, path: Path | None) -> None:
        vocabulary = profile.vocabulary
        order, kinship = Order(vocabulary), Kinship(vocabulary)
        self._vocabulary, self._records = vocabulary, records
        self._rules = {r.iri: r for r in read_rules(vocabulary, order)}
        self._judge = Judge(vocabulary, order, kinship)
        self._index = TopicIndex(path, Matcher(tuple(self._rules.values()), order, kinship), profile.digest)

    def catch_up(self, number: int) -> None:
        """Make the index again if it is not at that commit."""
        if self._index.number != number:
            self.rebuild(number)

    def rebuild(self, number: int) -> None:
        """Make the index again."""
        claims = (c for c in self._records.all("claim") if is_claim(c))
        self._index.rebuild(number, ((c.id, self._statement(c)) for c in claims))

    def follow(self, number: int, gone: Sequence[Node], came: Sequence[Node]) -> None:
        """Follow one commit."""
        here = [c for c in came if is_claim(c)]
        self._index.update(
            number,
            [n.id for n in gone if n.shape.record == "claim"],
            [(c.id, self._statement(c)) for c in here],
        )

    def all(self, claim: str | None = None) -> list[Conflict]:
        """Every pair of claims that clashes, each once: contradictions before tensions of the same
        pair; sorted by the two IRIs.

        :param claim: only those of this claim.
        """
        found: dict[tuple[str, str], Conflict] = {}
        for conflict in self._found(claim):
            key = (min(conflict.a, conflict.b), max(conflict.a, conflict.b))
            known = found.get(key)
            if known is None or (known.kind != conflict.kind and known.kind != self._word(CONTRADICTION)):
                found[key] = conflict
        return [found[key] for key in sorted(found)]

    def close(self) -> None:
        """Let go of the index."""
        self._index.close()

    def _found(self, claim: str | None) -> Iterator[Conflict]:
        said = lru_cache(maxsize=None)(self._said)
        for iri, lefts, rights in self._index.clashes(claim):
            rule = self._rules[iri]
            for a, b in product(lefts, rights):
                if claim is None or claim in (a, b):
                    yield from self._judged(rule, said(a), said(b))

    def _judged(self, rule: Rule, left: Said, right: Said) -> Iterator[Conflict]:
        kind = self._judge.kind(rule, left, right)
        if kind is None or (rule.across_sources and self._says_both(rule, left)):
            return
        explained = self._judge.explain(rule, left, right)
        yield Conflict(left.claim.id, right.claim.id, self._word(kind), rule.iri, explained)

    def _says_both(self, rule: Rule, left: Said) -> bool:
        """Whether the left source itself makes a claim that would stand on the right."""
        return any(
            self._said(id).claim.source == left.claim.source for id in self._index.rights(rule.iri, left.claim.id)
        )

    def _said(self, id: str) -> Said:
        node = self._records.get(id)
        if node is None:
            raise Damaged("the index of conflicts names a claim that the store lacks", where=id)
        claim, statement = Claim(node), self._statement(node)
        source = self._records.get(claim.source)
        return Said(claim, statement, source.one(STEMMA + "published") if source else None)

    def _statement(self, claim: Node) -> Node:
        found = self._records.get(Claim(claim).statement)
        if found is None:
            raise Damaged("the claim's statement is missing from the store", where=claim.id)
        return found

    def _word(self, kind: str) -> str:
        return str(self._vocabulary.terms[kind].notation)
