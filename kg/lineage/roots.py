"""The line of a claim, step by step, down to its roots.

A root is the trial or study at the end of a line. A claim that rests on nothing has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kg.lineage.corpus import Corpus, Evidence, Teller, Told
from kg.lineage.rules import RootRule
from kg.model.iris import Iris
from kg.schema.names import STEMMA
from kg.schema.vocabulary import Vocabulary

BY_RULE = STEMMA + "byRule"
BY_CURATOR = STEMMA + "byCurator"
BY_SOURCE = STEMMA + "bySource"

CLAIM = "claim"
ROOT = "root"
ENDS = "ends without a root"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a line.

    :param start: the claim (or the source) that it starts from; ``end``: what it leads to.
    :param what: what the end is: ``claim`` (the line goes on), ``source`` (it goes on to what the
        source is about), ``root``, or ``ends without a root``.
    :param label: what the end is called.
    :param by: who says so: an IRI of stemma:EvidenceAsserter; ``asserter`` is its word.
    :param rule: the rule by which the step is read.
    :param depth: how many steps it is away from the first claim; the first step has 1.
    """

    start: str
    end: str
    label: str
    what: str
    by: str
    asserter: str
    because: str
    rule: str
    depth: int

    def as_dict(self) -> dict[str, str | int]:
        """The step for JSON."""
        return {
            "from": self.start,
            "to": self.end,
            "label": self.label,
            "what": self.what,
            "assertedBy": self.asserter,
            "because": self.because,
            "rule": self.rule,
            "depth": self.depth,
        }


class Roots:
    """Walks lines; remembers the roots that it found.

    :param rules: by which the steps are read.
    """

    def __init__(self, corpus: Corpus, rules: tuple[RootRule, ...], vocabulary: Vocabulary, iris: Iris) -> None:
        self._corpus, self._rules, self._vocabulary, self._iris = corpus, rules, vocabulary, iris
        self._found: dict[str, tuple[str, ...]] = {}

    def of(self, claim: str) -> tuple[str, ...]:
        """The roots of a claim, sorted; empty if it has none."""
        if claim not in self._found:
            self._found[claim] = tuple(sorted({s.end for s in self.walk(claim) if s.what == ROOT}))
        return self._found[claim]

    def label(self, iri: str) -> str:
        """What a root is called: the source's title, or the term's label."""
        source = self._source(iri)
        return source.title if source else self._vocabulary.label(iri)

    def walk(self, claim: str) -> tuple[Step, ...]:
        """Every step of a claim's line, each claim once, nearest first along each branch."""
        told = self._corpus.claims.get(claim)
        return tuple(self._walk(told, 1, {claim})) if told else ()

    def named_by_source(self, claim: Told) -> bool:
        """Whether the source itself names what the claim rests on, or is the root's own record."""
        steps = [s for s in self.walk(claim.id) if s.depth == 1 and s.what != ENDS]
        guessed = any(e.by == BY_CURATOR for e in claim.evidence)
        return any(s.by == BY_SOURCE for s in steps) or (bool(steps) and not guessed)

    def is_a(self, iri: str, cls: str) -> bool:
        """Whether something is of a class, also where only its record makes it known."""
        known = self._vocabulary.registrable(iri) if iri not in self._vocabulary else None
        return self._vocabulary.is_a(iri, cls) or (known is not None and self._vocabulary.is_subclass(known.cls, cls))

    def _walk(self, claim: Told, depth: int, seen: set[str]) -> Iterator[Step]:
        for rule in self._rules:
            for piece in self._pieces(rule, claim):
                end = self._current(piece.to)
                if end in seen and end in self._corpus.claims:
                    continue
                yield from self._step(rule, claim.id, piece, end, depth)
                if end in self._corpus.claims:
                    seen.add(end)
                    yield from self._walk(self._corpus.claims[end], depth + 1, seen)

    def _pieces(self, rule: RootRule, claim: Told) -> Iterator[Evidence]:
        """What a claim names by one rule."""
        if rule.kinds and claim.source.kind not in rule.kinds:
            return
        if rule.through == "restsOn":
            yield from claim.evidence
            return
        for end in self._ends(rule, claim):
            if rule.root_class is None or self.is_a(end, rule.root_class):
                by = BY_CURATOR if rule.through == "reportsOn" else BY_RULE
                yield Evidence(end, by, rule.explanation)

    def _ends(self, rule: RootRule, claim: Told) -> tuple[str, ...]:
        path = STEMMA + rule.through
        linked = tuple(to for link, to in claim.links if link == path)
        about = (claim.source.about,) if claim.source.about and rule.through == "about" else ()
        return linked or about or claim.terms.get(path, ())

    def _step(self, rule: RootRule, start: str, piece: Evidence, end: str, depth: int) -> Iterator[Step]:
        source = self._source(end)
        if source and source.about and not self._barred(rule, source.about):
            about = Evidence(self._current(source.about), BY_RULE, "the source is the record of it")
            yield self._made(start, source.id, "source", piece, rule, depth)
            yield self._made(source.id, about.to, ROOT, about, rule, depth + 1)
            return
        yield self._made(start, source.id if source else end, self._what(rule, end), piece, rule, depth)

    def _made(self, start: str, end: str, what: str, piece: Evidence, rule: RootRule, depth: int) -> Step:
        asserter = self._vocabulary.get(piece.by)
        word = asserter.notation if asserter and asserter.notation else piece.by
        return Step(start, end, self._called(end), what, piece.by, word, piece.because, rule.iri, depth)

    def _called(self, iri: str) -> str:
        claim = self._corpus.claims.get(iri)
        return claim.paraphrase if claim else self.label(iri)

    def _what(self, rule: RootRule, end: str) -> str:
        if end in self._corpus.claims:
            return CLAIM
        source = self._source(end)
        if source:
            return ROOT if "true" in self._vocabulary.facts(source.kind, STEMMA + "endsALine") else ENDS
        if self._iris.is_("claim", end) or self._iris.is_("source", end) or self._barred(rule, end):
            return ENDS  # a claim that does not count, or nothing that is known here
        return ROOT

    def _source(self, iri: str) -> Teller | None:
        """The source that an IRI names; a trial is itself, though its record was found at its IRI."""
        known = iri in self._vocabulary or self._vocabulary.registrable(iri)
        return None if known else self._corpus.source_of(iri)

    def _barred(self, rule: RootRule, end: str) -> bool:
        return any(self.is_a(end, cls) for cls in rule.not_classes)

    def _current(self, iri: str) -> str:
        term = self._vocabulary.get(iri)
        return term.replaced_by if term and term.replaced_by else iri
