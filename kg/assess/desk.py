"""Assessments of a workspace: one pass over the claims, then one row a therapy variant and disease."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from kg.assess.direction import AGAINST, FOR, NEGATED, NEITHER, Directions
from kg.assess.rules import Column, Rules
from kg.assess.table import grade
from kg.assess.values import Agreement, Assessment, ClaimWeight, Named, Outcome, Standing, Therapy, Voice
from kg.assess.variant import Variant, Variants
from kg.assess.weigh import Weighed, level_and_weight, tally
from kg.conflict.kinship import Kinship
from kg.conflict.rules import Order
from kg.errors import UsageError
from kg.lineage.corpus import Told
from kg.lineage.desk import Lineage, Reading
from kg.profile import Profile
from kg.schema.names import STEMMA
from kg.schema.vocabulary import Vocabulary


@dataclass(frozen=True)
class Scales:
    """Everything that one commit's claims are weighed with."""

    reading: Reading
    rules: Rules
    variants: Variants
    directions: Directions
    weighed: tuple[Weighed, ...]


class Assessments:
    """Assesses what the claims of a workspace say of therapies."""

    def __init__(self, profile: Profile, lineage: Lineage) -> None:
        self._profile, self._lineage = profile, lineage
        self._vocabulary = profile.vocabulary
        self._lock = Lock()
        self._held: Scales | None = None

    def all(self, variant: str | None = None, disease: str | None = None) -> list[Assessment]:
        """Every assessment: variants in diseases of which something is said for or against.

        :param variant: only variants with this term, or a narrower one, in them (CURIE or IRI); the
            term alone is always among them, if it can make a variant, though nothing be known of it.
        :param disease: assess in this disease, narrower ones taken in; default: in each that is
            stated, and once more for the claims that state none.
        :returns: those of most claims first.
        :raises UsageError: if a term is not known, or the disease is none.
        :raises ProfileError: if the profile has no rules of assessment.
        """
        scales = self._scales()
        wanted, given = self._variant_term(variant), self._disease_term(disease, scales)
        rows = _Rows(self._profile, scales)
        found = [
            rows.assess(v, d)
            for v in self._variants(scales, wanted)
            for d in ([given] if given else rows.diseases(v) or ([None] if wanted else []))
            if rows.says(v, d) or (wanted and v == scales.variants.plain(wanted))
        ]
        return sorted(found, key=lambda a: (a.disease is None, -len(a.claims), a.variant.label, _id(a.disease)))

    def _variants(self, scales: Scales, wanted: str | None) -> list[Variant]:
        stated = {w.variant for w in scales.weighed if w.column or w.outcomes}
        kept = [v for v in stated if not scales.variants.too_general(v)]
        if wanted is None:
            return kept
        alone = scales.variants.plain(wanted)
        return [*(v for v in kept if wanted in scales.variants.above(v) and v != alone), *([alone] if alone else [])]

    def _variant_term(self, term: str | None) -> str | None:
        return self._term(term) if term else None

    def _disease_term(self, term: str | None, scales: Scales) -> str | None:
        if term is None:
            return None
        iri = self._term(term)
        if not any(scales.reading.roots.is_a(iri, s.cls) for s in scales.variants.contexts):
            raise UsageError("this is no disease of the vocabulary", where=term)
        return iri

    def _term(self, text: str) -> str:
        iri = self._profile.prefixes.iri(text)
        if iri is None or iri not in self._vocabulary:
            raise UsageError("this term is not known", where=text, hint="Name it by its CURIE, such as CL:0000134.")
        return iri

    def _scales(self) -> Scales:
        reading = self._lineage.reading()
        with self._lock:
            if self._held is None or self._held.reading is not reading:
                self._held = _scales(reading, self._vocabulary)
            return self._held


def _scales(reading: Reading, vocabulary: Vocabulary) -> Scales:
    rules, order = Rules.read(vocabulary), Order(vocabulary)
    variants = Variants(reading.corpus, reading.roots, vocabulary, Kinship(vocabulary))
    directions = Directions(vocabulary, order, reading.roots)
    scales = Scales(reading, rules, variants, directions, ())
    weighed = (w for c in reading.corpus.claims.values() if (w := _weighed(c, scales, vocabulary)))
    return Scales(reading, rules, variants, directions, tuple(weighed))


def _weighed(claim: Told, scales: Scales, vocabulary: Vocabulary) -> Weighed | None:
    """A claim on the scales, or ``None`` if it speaks neither for nor against a therapy."""
    direction, roots = scales.directions.of(claim), scales.reading.roots
    variant = scales.variants.of(claim) if direction != NEITHER else None
    if variant is None:
        return None
    diseases = scales.variants.diseases(claim)
    level, level_rule, weight = level_and_weight(claim, direction, scales.rules, roots, vocabulary)
    outcomes = scales.directions.outcomes(claim, diseases)
    into = next((r for r in scales.rules.into if r.takes(claim, outcomes, roots, vocabulary)), None)
    return Weighed(
        claim=claim,
        variant=variant,
        diseases=diseases,
        outcomes=outcomes,
        direction=direction,
        level=level,
        level_rule=level_rule,
        roots=roots.of(claim.id),
        weight=weight,
        column=into.column if into else None,
        column_rule=into.iri if into else None,
    )


class _Rows:
    """Makes assessments out of weighed claims."""

    def __init__(self, profile: Profile, scales: Scales) -> None:
        self._profile, self._scales, self._vocabulary = profile, scales, profile.vocabulary
        self._kinship = Kinship(profile.vocabulary)
        self._any_disease = {c.iri for c in scales.rules.columns if c.any_disease}
        self._members: dict[Variant, list[Weighed]] = {}

    def diseases(self, variant: Variant) -> list[str | None]:
        """The diseases in which something is said of a variant; ``None`` among them for no disease."""
        mine = [w for w in self._of(variant) if self._scales.variants.narrower(w.variant, variant)]
        stated: set[str | None] = {d for w in mine for d in w.diseases}
        return sorted(stated | ({None} if any(not w.diseases for w in mine) else set()), key=str)

    def says(self, variant: Variant, disease: str | None) -> bool:
        """Whether anything is said of a variant itself in a disease."""
        mine = (w for w in self._of(variant) if self._scales.variants.narrower(w.variant, variant))
        return any(self._in(w, disease) and (bool(w.diseases) or disease is None) for w in mine)

    def assess(self, variant: Variant, disease: str | None) -> Assessment:
        """One row."""
        rules, score = self._scales.rules, self._scales.rules.score
        claims = [w for w in self._of(variant) if self._in(w, disease)]
        return Assessment(
            variant=Therapy({word: tuple(map(self._named, terms)) for word, terms in variant.slots}),
            disease=self._named(disease) if disease else None,
            table={c.word: grade(_in_column(claims, c), rules.grades[c.iri]) for c in rules.columns},
            outcomes=self._outcomes(claims),
            claims=tuple(self._claim_weight(w) for w in claims),
            sources=_voices(claims),
            trials=self._trials(variant, disease),
            unplaced=tuple(w.claim.id for w in claims if w.column is None),
            rule=score.iri,
            formula=score.explanation,
            review=self._standing(claims),
        )

    def _of(self, variant: Variant) -> list[Weighed]:
        """The claims on a variant: on it, on its special cases, and what is denied of the general."""
        if variant not in self._members:
            narrower, found = self._scales.variants.narrower, []
            for other, claims in self._by_variant.items():
                if narrower(other, variant):
                    found += claims
                elif narrower(variant, other):
                    found += filter(self._denies_in_general, claims)
            self._members[variant] = sorted(found, key=lambda w: w.claim.id)
        return self._members[variant]

    @cached_property
    def _by_variant(self) -> dict[Variant, list[Weighed]]:
        found: dict[Variant, list[Weighed]] = {}
        for w in self._scales.weighed:
            found.setdefault(w.variant, []).append(w)
        return found

    def _denies_in_general(self, weighed: Weighed) -> bool:
        """Whether a claim denies something of a therapy, not of one trial or of some people: what is
        denied of the general is denied of the special."""
        people = weighed.claim.one("population")
        limited = people and "false" not in self._vocabulary.facts(people, STEMMA + "limits")
        of_therapy = weighed.claim.one("subject") in weighed.variant.terms
        return weighed.claim.polarity == NEGATED and of_therapy and not limited

    def _in(self, weighed: Weighed, disease: str | None) -> bool:
        """Whether a claim is on a disease. How a therapy acts and harms is said for any disease, where
        none is stated."""
        if not weighed.diseases:
            return disease is None or weighed.column in self._any_disease
        return disease is not None and any(disease in self._kinship.above(d) for d in weighed.diseases)

    def _outcomes(self, claims: Sequence[Weighed]) -> tuple[Outcome, ...]:
        gathered: dict[str, list[Weighed]] = {}
        for w in claims:
            for outcome in w.outcomes:
                gathered.setdefault(outcome, []).append(w)
        found = [self._outcome(iri, on) for iri, on in gathered.items()]
        return tuple(sorted(found, key=lambda o: (-o.weight, -len(o.claims), o.outcome.id)))

    def _outcome(self, iri: str, claims: Sequence[Weighed]) -> Outcome:
        total = tally(claims, self._scales.rules)
        on = total.sides
        favour, against = [[w for w in claims if w.direction == d] for d in (FOR, AGAINST)]
        return Outcome(
            outcome=Named(iri, self._scales.directions.label(iri), self._profile.prefixes.compress(iri)),
            favour=len(favour),
            against=len(against),
            roots=Agreement(
                roots_for=tuple(sorted(on.favour)),
                roots_against=tuple(sorted(on.against)),
                mixed=tuple(sorted(on.mixed)),
                sources_for=len({w.claim.source.id for w in favour}),
                sources_against=len({w.claim.source.id for w in against}),
            ),
            score=round(float(total.score), 3),
            weight=round(float(total.weight), 3),
            claims=tuple(w.claim.id for w in claims),
        )

    def _claim_weight(self, weighed: Weighed) -> ClaimWeight:
        claim = weighed.claim
        words = {c.iri: c.word for c in self._scales.rules.columns}
        return ClaimWeight(
            id=claim.id,
            speaks="for" if weighed.direction == FOR else "against",
            level=self._word(weighed.level) if weighed.level else None,
            level_by=weighed.level_rule or "record",
            design=self._named(claim.design) if claim.design else None,
            certainty=self._word(claim.certainty),
            weight=round(float(weighed.weight), 3),
            roots=weighed.roots,
            source=claim.source.id,
            status=self._word(claim.status),
            column=words.get(weighed.column) if weighed.column else None,
            column_rule=weighed.column_rule,
        )

    def _trials(self, variant: Variant, disease: str | None) -> tuple[Named, ...]:
        """The trials whose record says that they give the variant, in the disease if one is asked for."""
        variants = self._scales.variants
        given = ((t, v) for t in variants.trials if (v := variants.of_trial(t)))
        found = [t for t, v in given if variants.narrower(v, variant)]
        if disease is not None:
            found = [t for t in found if any(disease in self._kinship.above(d) for d in variants.diseases_of_trial(t))]
        return tuple(map(self._named, found))

    def _standing(self, claims: Sequence[Weighed]) -> Standing:
        statuses = Counter(w.claim.status for w in claims)
        people = self._profile.prefixes.expand("orcid:") or "https://orcid.org/"
        accepted = [w.claim for w in claims if w.claim.status == STEMMA + "accepted"]
        software = sum(not any(r.startswith(people) for r in c.reviewers) for c in accepted)
        return Standing(statuses[STEMMA + "proposed"], len(accepted), software)

    def _named(self, iri: str) -> Named:
        curie = self._profile.prefixes.compress(iri)
        known = iri in self._vocabulary
        return Named(iri, self._vocabulary.label(iri) if known or not curie else curie.split(":", 1)[1], curie)

    def _word(self, iri: str) -> str:
        term = self._vocabulary.get(iri)
        return term.notation if term and term.notation else iri


def _in_column(claims: Iterable[Weighed], column: Column) -> list[Weighed]:
    return [w for w in claims if w.column == column.iri]


def _voices(claims: Sequence[Weighed]) -> tuple[Voice, ...]:
    sources = {w.claim.source.id: w.claim.source for w in claims}
    counts = Counter((w.claim.source.id, w.direction) for w in claims)
    return tuple(
        Voice(s.id, s.title, s.interests, counts[s.id, FOR], counts[s.id, AGAINST])
        for s in sorted(sources.values(), key=lambda s: s.id)
    )


def _id(name: Named | None) -> str:
    return name.id if name else ""
