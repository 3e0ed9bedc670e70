"""Typed links between claims: those that records hold, and those that rules find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from kg.conflict.kinship import Kinship
from kg.conflict.rules import Order
from kg.lineage.corpus import Corpus, Told, group
from kg.lineage.roots import CLAIM, Roots
from kg.lineage.rules import LineageRule
from kg.schema.facts import Facts
from kg.schema.names import STEMMA
from kg.schema.shapes import Kind, Shape
from kg.schema.vocabulary import Vocabulary

_TOPIC = frozenset(STEMMA + name for name in ("subject", "relation", "object", "of", "population"))

Pair = tuple[Told, Told]


@dataclass(frozen=True, slots=True)
class Link:
    """One typed link.

    :param type: the link's word, such as ``repeats``.
    :param start: the claim that it starts from.
    :param end: the claim or root at its other end; ``None`` if a claim names no source and we know none.
    :param stored: whether the claim's record holds it; if not, it is computed.
    :param rule: the rule that found it; ``None`` for a stored one.
    """

    type: str
    start: str
    end: str | None
    stored: bool
    rule: str | None
    explain: str

    def as_dict(self) -> dict[str, str | None]:
        """The link for JSON; ``basis`` is ``record`` or ``rule``."""
        told = {"type": self.type, "from": self.start, "to": self.end, "basis": "record" if self.stored else "rule"}
        return {**told, "rule": self.rule, "explain": self.explain}


class Linker:
    """Finds the links of a corpus.

    :param shape: the statement's shape; its terms are what two statements are compared by.
    """

    def __init__(
        self, corpus: Corpus, roots: Roots, rules: tuple[LineageRule, ...], vocabulary: Vocabulary, shape: Shape
    ) -> None:
        self._corpus, self._roots, self._rules, self._vocabulary = corpus, roots, rules, vocabulary
        self._order, self._kinship = Order(vocabulary), Kinship(vocabulary)
        certainties = [t.iri for t in vocabulary.members(STEMMA + "Certainty")]
        self._sure = {c: float(Facts(vocabulary, c).one("weight") or 0) for c in certainties}
        self._compared = [f.path for f in shape.fields if f.identifies and f.kind is Kind.TERM and f.path not in _TOPIC]

    def all(self) -> tuple[Link, ...]:
        """Every link, stored ones first; what a record holds is not computed again."""
        stored = list(self._stored())
        known = {(k.type, k.start, k.end) for k in stored}
        found = {(k.type, k.start, k.end): k for rule in self._rules for k in self._computed(rule)}
        new = [k for key, k in found.items() if key not in known]
        return (*stored, *sorted(new, key=lambda k: (k.start, k.type, k.end or "")))

    def _stored(self) -> Iterator[Link]:
        for claim in self._corpus.claims.values():
            for path, end in claim.links:
                yield Link(self._word(path), claim.id, end, True, None, self._vocabulary.terms[path].definition)

    def _computed(self, rule: LineageRule) -> Iterator[Link]:
        match rule.compares:
            case "ifRooted":
                yield from self._rooted(rule)
            case "ifUnnamed":
                yield from self._unnamed(rule)
            case "ifSameStatement":
                yield from self._same(rule)
            case _:
                yield from self._stronger(rule)

    # ---- from one claim to its root

    def _rooted(self, rule: LineageRule) -> Iterator[Link]:
        for claim in filter(rule.left.takes, self._corpus.claims.values()):
            for root in self._roots.of(claim.id):
                yield self._link(rule, claim, root, f"{rule.explanation} {self._roots.label(root)}.")

    def _unnamed(self, rule: LineageRule) -> Iterator[Link]:
        for claim in filter(rule.left.takes, self._corpus.claims.values()):
            if not claim.read or self._roots.named_by_source(claim):
                continue
            known = tuple(
                r for r in self._roots.of(claim.id) if not rule.rooted_in or self._roots.is_a(r, rule.rooted_in)
            )
            if rule.rooted_in and not known:
                continue
            for root in known or (None,):
                told = f" It is known to be {self._roots.label(root)}: see why in its line." if root else ""
                yield self._link(rule, claim, root, rule.explanation + told)

    # ---- between claims

    def _same(self, rule: LineageRule) -> Iterator[Link]:
        for claims in group(self._corpus.claims.values(), lambda c: c.statement + c.polarity).values():
            first = [min(cs, key=lambda c: (c.start, c.id)) for cs in group(claims, lambda c: c.source.id).values()]
            for i, one in enumerate(first):
                for other in first[i + 1 :]:
                    later, earlier, known = _in_time(one, other)
                    told = "" if known else " Which of the two came first is not known."
                    yield self._link(rule, later, earlier.id, f"{rule.explanation}{told}")

    def _stronger(self, rule: LineageRule) -> Iterator[Link]:
        pairs = self._most(rule) if rule.connection == "anyTwo" else self._connected(rule)
        for left, right in pairs:
            if left.id != right.id and self._holds(rule, left, right):
                yield self._link(rule, left, right.id, self._explain(rule, left, right))

    def _most(self, rule: LineageRule) -> Iterator[Pair]:
        """Each claim with the most that another source says of the same, unless that is as much."""
        spoken = {(c.statement, c.source.id, c.certainty, c.polarity): c for c in reversed(self._in_order())}
        by_relation = group(spoken.values(), lambda c: str(c.one("relation")))
        for relation, lefts in by_relation.items():
            weaker = [c for r in self._order.implied(relation) - {relation} for c in by_relation.get(r, ())]
            as_strong = [c for r in self._order.implying(relation) for c in by_relation.get(r, ())]
            for left in lefts:
                rights = [c for c in weaker if self._holds(rule, left, c)]
                matched = {c.source.id for c in as_strong if self._matches(rule, c, left)} if rights else set()
                for source, theirs in group(rights, lambda c: c.source.id).items():
                    if source not in matched:
                        yield left, max(theirs, key=self._strength)

    def _matches(self, rule: LineageRule, claim: Told, left: Told) -> bool:
        """Whether a claim says as much as the left one, and as surely."""
        return (
            rule.right.takes(claim)
            and self._sureness(claim) >= self._sureness(left)
            and all(self._kin(claim.one(end), left.one(end)) for end in ("subject", "object", "of"))
        )

    def _strength(self, claim: Told) -> tuple[int, float, int, str]:
        return len(self._order.implied(str(claim.one("relation")))), self._sureness(claim), -claim.start, claim.id

    def _holds(self, rule: LineageRule, left: Told, right: Told) -> bool:
        if not (rule.left.takes(left) and rule.right.takes(right)):
            return False
        if rule.between_sources and left.source.id == right.source.id:
            return False
        if rule.not_less_sure and self._sureness(left) < self._sureness(right):
            return False
        return self._says_more(rule, left, right) and self._comparable(left, right)

    def _says_more(self, rule: LineageRule, left: Told, right: Told) -> bool:
        """Whether the left relation implies the right one, on ends that are kin."""
        mine, theirs = str(left.one("relation")), str(right.one("relation"))
        if theirs not in self._order.implied(mine) or (rule.compares == "ifLeftSaysMore" and mine == theirs):
            return False
        return all(self._kin(left.one(end), right.one(end)) for end in ("subject", "object", "of"))

    def _in_order(self) -> list[Told]:
        return [c for source in sorted(self._corpus.of_source) for c in self._corpus.of_source[source]]

    def _connected(self, rule: LineageRule) -> Iterator[Pair]:
        """Claims that link to each other or rest on each other; or that share a root."""
        claims = self._corpus.claims
        for left in filter(rule.left.takes, claims.values()):
            below = {s.end for s in self._roots.walk(left.id) if s.what == CLAIM}
            linked = {end for _, end in left.links} if rule.connection == "sameRoot" else set()
            yield from ((left, claims[id]) for id in sorted(below | linked) if id in claims)
        if rule.connection == "sameRoot":
            for right in filter(rule.right.takes, claims.values()):
                yield from ((claims[end], right) for _, end in right.links if end in claims)
        by_root = self._by_root(claims.values())
        for root, sharing in by_root.items():
            rights = [c for c in sharing if rule.right.takes(c) and self._is_end(rule, root, c)]
            yield from product(filter(rule.left.takes, sharing), rights)

    def _is_end(self, rule: LineageRule, root: str, claim: Told) -> bool:
        """Whether the claim may stand on the right: for what goes back, it is the root's own record."""
        return rule.connection == "sameRoot" or root in (claim.source.about, claim.source.id)

    def _by_root(self, claims: Iterable[Told]) -> dict[str, list[Told]]:
        found: dict[str, list[Told]] = {}
        for claim in claims:
            for root in self._roots.of(claim.id):
                found.setdefault(root, []).append(claim)
        return found

    def _comparable(self, left: Told, right: Told) -> bool:
        """Whether no qualifier that both state keeps them apart."""
        for path in self._compared:
            a, b = left.terms.get(path, ()), right.terms.get(path, ())
            if a and b and not any(self._kin(x, y) for x, y in product(a, b)):
                return False
        return True

    def _kin(self, one: str | None, other: str | None) -> bool:
        if one is None or other is None:
            return one is other
        return other in self._kinship.above(one) or one in self._kinship.above(other)

    def _sureness(self, claim: Told) -> float:
        return self._sure.get(claim.certainty, 0.0)

    def _explain(self, rule: LineageRule, left: Told, right: Told) -> str:
        path = self._order.path(str(left.one("relation")), str(right.one("relation")))
        steps = " implies ".join(self._vocabulary.label(r) for r in path)
        sure = f"{self._vocabulary.label(left.certainty)} against {self._vocabulary.label(right.certainty)}"
        shared = sorted(set(self._roots.of(left.id)) & set(self._roots.of(right.id)))
        common = f"; root in common: {', '.join(map(self._roots.label, shared))}" if shared else ""
        return f"{rule.explanation} Path: {steps}; {sure}{common}."

    def _link(self, rule: LineageRule, claim: Told, end: str | None, explain: str) -> Link:
        return Link(self._word(rule.link), claim.id, end, False, rule.iri, explain)

    def _word(self, path: str) -> str:
        term = self._vocabulary.get(path)
        return term.notation if term and term.notation else path


def _in_time(one: Told, other: Told) -> tuple[Told, Told, bool]:
    """The later and the earlier of two claims by their sources' dates, and whether that is known."""
    a, b = one.source.published, other.source.published
    if a is None or b is None or a[: len(b)] == b[: len(a)]:
        return other, one, False
    return (one, other, True) if a > b else (other, one, True)
