"""Therapy variants: what is given, put together from what statements say. Never stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from kg.conflict.kinship import Kinship
from kg.lineage.corpus import Corpus, Told, group
from kg.lineage.roots import Roots
from kg.schema.facts import Facts, implied, members
from kg.schema.names import STEMMA
from kg.schema.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Variant:
    """Cell type, cell source, donor, product and route (or what slots the profile has): the word of
    each slot that is filled, with its terms."""

    slots: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def terms(self) -> frozenset[str]:
        """Every term of it."""
        return frozenset(t for _, terms in self.slots for t in terms)


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that a term can fill. ``word`` is its key in JSON; the rest is where it is looked for."""

    word: str
    cls: str
    qualifier: str | None
    below: str | None
    subject: bool
    object: bool
    relations: frozenset[str]
    through: str | None


def read_slots(vocabulary: Vocabulary, cls: str) -> tuple[Slot, ...]:
    """The slots of a class (``VariantSlot`` or ``ContextSlot``), by precedence."""
    return tuple(map(_slot, members(vocabulary, cls)))


def _slot(facts: Facts) -> Slot:
    return Slot(
        word=facts.term.notation or facts.iri,
        cls=facts.one("slotClass") or "",
        qualifier=facts.one("slotQualifier"),
        below=facts.one("slotBelow"),
        subject=facts.true("slotSubject"),
        object=facts.true("slotObject"),
        relations=facts.all("slotRelation"),
        through=facts.one("slotThrough"),
    )


class Variants:
    """Reads variants and diseases off claims.

    A claim about a trial is about what the trial gives, and for what: what its own record says of
    that, else what claims on the trial say.
    """

    def __init__(self, corpus: Corpus, roots: Roots, vocabulary: Vocabulary, kinship: Kinship) -> None:
        self._corpus, self._roots, self._vocabulary, self._kinship = corpus, roots, vocabulary, kinship
        self.slots = read_slots(vocabulary, "VariantSlot")
        self.contexts = read_slots(vocabulary, "ContextSlot")
        self._of_trial: dict[tuple[str, str], tuple[str, ...]] = {}
        self._up: dict[Variant, frozenset[str]] = {}

    def of(self, claim: Told) -> Variant | None:
        """The variant that a claim is about, or ``None`` if it names none."""
        return self._variant({s.word: self._fill(s, claim) for s in self.slots})

    def of_trial(self, trial: str) -> Variant | None:
        """The variant that a trial gives, or ``None`` if that is not known."""
        return self._variant({s.word: self._trial(s, trial) for s in self.slots})

    def diseases(self, claim: Told) -> frozenset[str]:
        """What the claim says that the therapy is given for; empty if nothing."""
        return frozenset(t for s in self.contexts for t in self._fill(s, claim))

    def diseases_of_trial(self, trial: str) -> frozenset[str]:
        """What the trial studies."""
        return frozenset(t for s in self.contexts for t in self._trial(s, trial))

    def plain(self, term: str) -> Variant | None:
        """The variant that one term alone makes, or ``None`` if the term fills no slot."""
        return next((Variant(((s.word, (term,)),)) for s in self.slots if self._fits(s, term)), None)

    def too_general(self, variant: Variant) -> bool:
        """Whether nothing in the variant tells one therapy from another."""
        return all("true" in self._vocabulary.facts(t, STEMMA + "tooGeneral") for t in variant.terms)

    def narrower(self, one: Variant, other: Variant) -> bool:
        """Whether the one is the other, or a special case of it."""
        return other.terms <= self.above(one)

    def above(self, variant: Variant) -> frozenset[str]:
        """The variant's terms, what a product is made of, and everything broader."""
        if variant not in self._up:
            through = [s.through for s in self.slots if s.through]
            made_of = {m for t in variant.terms for p in through for m in self._vocabulary.facts(t, p)}
            self._up[variant] = frozenset(a for t in variant.terms | made_of for a in self._kinship.above(t))
        return self._up[variant]

    @cached_property
    def trials(self) -> tuple[str, ...]:
        """The trials of which a record is held that says what they give, sorted."""
        return tuple(sorted({t for t, claims in self._facts.items() if any(c.source.about == t for c in claims)}))

    @cached_property
    def _facts(self) -> dict[str, list[Told]]:
        """The claims that tell what a trial gives or is for, by trial."""
        relations = {r for s in (*self.slots, *self.contexts) for r in s.relations}
        telling = (c for c in self._corpus.claims.values() if c.one("relation") in relations)
        return group(telling, lambda c: str(c.one("subject")))

    @cached_property
    def _rooted(self) -> dict[str, list[Told]]:
        found: dict[str, list[Told]] = {}
        for claim in self._corpus.claims.values():
            for root in self._roots.of(claim.id):
                found.setdefault(root, []).append(claim)
        return found

    def _variant(self, filled: dict[str, tuple[str, ...]]) -> Variant | None:
        for slot in self.slots:
            if slot.through and not filled[slot.word]:
                found = (t for ts in filled.values() for v in ts for t in self._vocabulary.facts(v, slot.through))
                filled[slot.word] = self._least(t for t in found if self._fits(slot, t))
        slots = tuple((word, terms) for word, terms in filled.items() if terms)
        return Variant(slots) if slots else None

    def _fill(self, slot: Slot, claim: Told) -> tuple[str, ...]:
        return self._said(slot, claim) or self._trial(slot, str(claim.one("subject")))

    def _said(self, slot: Slot, claim: Told) -> tuple[str, ...]:
        """What the statement itself puts into a slot."""
        if slot.qualifier and slot.qualifier in claim.terms:
            return claim.terms[slot.qualifier]
        ends = [claim.one("subject") if slot.subject else None]
        if slot.object and str(claim.one("relation")) not in self._naming_outcome:
            ends.append(claim.one("object"))
        return tuple(e for e in ends if e and self._fits(slot, e))

    @cached_property
    def _naming_outcome(self) -> frozenset[str]:
        """The relations whose object is an outcome: a disease that follows is not one that is treated."""
        relations = [t.iri for t in self._vocabulary.members(STEMMA + "Relation")]
        naming = {r for r in relations if self._vocabulary.facts(r, STEMMA + "givesOutcome")}
        return frozenset(r for r in relations if naming & implied(self._vocabulary, r))

    def _trial(self, slot: Slot, trial: str) -> tuple[str, ...]:
        """What fills a slot for a trial; empty for what is no trial."""
        if trial not in self._facts and trial not in self._rooted:
            return ()
        key = (slot.word, trial)
        if key not in self._of_trial:
            facts = self._facts.get(trial, [])
            own = self._told(slot, [c for c in facts if c.source.about == trial])
            others = (t for c in self._rooted.get(trial, ()) for t in self._said(slot, c))
            self._of_trial[key] = self._least(own or [*self._told(slot, facts), *others])
        return self._of_trial[key]

    def _told(self, slot: Slot, claims: list[Told]) -> list[str]:
        """What claims about a trial put into a slot: by their relation, and by their qualifiers."""
        said = [c for c in claims if c.polarity == STEMMA + "affirmed"]
        ends = (c.one("object") for c in said if c.one("relation") in slot.relations)
        qualified = (t for c in said for t in c.terms.get(slot.qualifier or "", ()))
        return [*(e for e in ends if e and self._fits(slot, e)), *qualified]

    def _fits(self, slot: Slot, term: str) -> bool:
        return self._roots.is_a(term, slot.cls) and (slot.below is None or slot.below in self._kinship.above(term))

    def _least(self, terms: Iterable[str]) -> tuple[str, ...]:
        """The most special of some terms: those that are not broader than another of them."""
        every = set(terms)
        return tuple(sorted(t for t in every if not any(t in self._kinship.above(o) for o in every if o != t)))
