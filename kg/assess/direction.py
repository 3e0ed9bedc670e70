"""Whether a claim speaks for or against a therapy, and of which outcome."""

from __future__ import annotations

from collections.abc import Iterable

from kg.conflict.rules import Order
from kg.lineage.corpus import Told
from kg.lineage.roots import Roots
from kg.schema.facts import Facts, implied
from kg.schema.names import STEMMA
from kg.schema.vocabulary import Vocabulary

NEGATED = STEMMA + "negated"
FOR, AGAINST, NEITHER = 1, -1, 0


class Directions:
    """Reads directions and outcomes off claims, by what the ontology says of relations and terms."""

    def __init__(self, vocabulary: Vocabulary, order: Order, roots: Roots) -> None:
        self._vocabulary, self._order, self._roots = vocabulary, order, roots
        relations = [t.iri for t in vocabulary.members(STEMMA + "Relation")]
        favoured = {r for r in relations if self._true(r, "favours")}
        self._favouring = {r for r in relations if favoured & order.implied(r)}
        disfavoured = {r for r in relations if self._true(r, "disfavours")}
        self._opposing = {
            r for r in relations if disfavoured & order.implied(r) or self._favouring & order.conflicting(r)
        }
        self._known: dict[tuple[str, str | None], int] = {}
        self._outcome_classes = [t.iri for t in vocabulary if self._true(t.iri, "isOutcome")]

    def of(self, claim: Told) -> int:
        """1 if the claim speaks for the therapy, -1 if against, 0 if it does neither."""
        key = str(claim.one("relation")), claim.one("object") or claim.one("of")
        if key not in self._known:
            self._known[key] = self._bearing(*key)
        found = self._known[key]
        return -found if claim.polarity == NEGATED else found

    def outcomes(self, claim: Told, diseases: Iterable[str]) -> tuple[str, ...]:
        """The outcomes that the claim is gathered under: none, one, or the course of each disease.

        :param diseases: what the claim says that the therapy is given for.
        """
        if not self._true(claim.category, "countsInOutcomes"):
            return ()
        given = self._given(claim)
        if given:
            return (given,)
        named = claim.one("outcome") or claim.one("object") or claim.one("of")
        return self._gathered(named, tuple(sorted(diseases))) if named and self._class(named) else ()

    def label(self, outcome: str) -> str:
        """How an outcome is shown."""
        own, cls = Facts(self._vocabulary, outcome).one("outcomePrefix"), self._class(outcome)
        prefix = own or (Facts(self._vocabulary, cls).one("outcomePrefix") if cls else None)
        return f"{prefix} {self._vocabulary.label(outcome)}" if prefix else self._vocabulary.label(outcome)

    def _bearing(self, relation: str, end: str | None) -> int:
        wanted = self._wanted(end) if end else frozenset()
        if wanted & self._order.implied(relation):
            return FOR
        if wanted & self._order.conflicting(relation):
            return AGAINST
        if relation in self._favouring:
            return FOR
        return AGAINST if relation in self._opposing else NEITHER

    def _wanted(self, term: str) -> frozenset[str]:
        """The relations that are good news of a term: its own, else those of its class."""
        own = Facts(self._vocabulary, term).all("wanted")
        cls = self._class(term)
        return own or (Facts(self._vocabulary, cls).all("wanted") if cls else frozenset())

    def _given(self, claim: Told) -> str | None:
        """The outcome that the relation, or the category, always speaks of."""
        for relation in sorted(implied(self._vocabulary, str(claim.one("relation")))):
            given = Facts(self._vocabulary, relation).one("givesOutcome")
            if given:
                return given
        return Facts(self._vocabulary, claim.category).one("givesOutcome")

    def _gathered(self, term: str, diseases: tuple[str, ...]) -> tuple[str, ...]:
        seen: set[str] = set()
        while term not in seen:
            seen.add(term)
            facts = Facts(self._vocabulary, term)
            if facts.all("standsFor") and diseases:
                return diseases
            if facts.true("ownGroup"):
                break
            term = facts.one("groupedUnder") or self._broader(term) or self._of_class(term) or term
        return (term,)

    def _broader(self, term: str) -> str | None:
        known = self._vocabulary.get(term)
        above = known.broader if known else ()
        # A disease is an outcome of its own: ALS is not gathered under all diseases of nerves.
        return next((b for b in above if self._class(b) and not self._prefixed(term)), None)

    def _of_class(self, term: str) -> str | None:
        cls = self._class(term)
        return Facts(self._vocabulary, cls).one("groupedUnder") if cls else None

    def _prefixed(self, term: str) -> bool:
        cls = self._class(term)
        return cls is not None and Facts(self._vocabulary, cls).one("outcomePrefix") is not None

    def _class(self, term: str) -> str | None:
        """The class of outcomes that a term is of."""
        return next((c for c in self._outcome_classes if self._roots.is_a(term, c)), None)

    def _true(self, iri: str, name: str) -> bool:
        return Facts(self._vocabulary, iri).true(name)
