"""What must hold of the world around a record, and SHACL's open eyes would miss.

A target-class shape says nothing about what it does not target, so these checks come first: every
record is known by its IRI, every term is in the vocabulary, every source and snapshot is
registered, and every anchor holds where its text is held.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cached_property
from typing import Protocol

from kg.document.anchor import Anchor
from kg.errors import Damaged
from kg.gate.facts import Facts, Record
from kg.model.digest import short_hash
from kg.model.iris import Iris
from kg.model.orcid import PERSONS, is_orcid, is_person
from kg.report import Finding
from kg.schema.names import STEMMA
from kg.schema.prefixes import Prefixes
from kg.schema.shapes import Kind
from kg.schema.vocabulary import Vocabulary

ABOUT = STEMMA + "about"
STATEMENT = STEMMA + "statement"
_TERMS = frozenset([Kind.TERM, Kind.CURIE, Kind.TOKEN])


class Lookup(Protocol):
    """What the gate may know of what is already in."""

    def get(self, id: str) -> Record | None:
        """A record that is in, or ``None``."""

    def about(self, entity: str) -> Iterable[Record]:
        """The sources that are about an entity."""

    def text(self, snapshot: str) -> str | None:
        """The text of a snapshot, or ``None`` if it is not held.

        :raises Damaged: if it is held, but no longer as it was.
        """


@dataclass(frozen=True)
class World:
    """A lookup with the records of the change laid over it."""

    lookup: Lookup
    change: Mapping[str, Facts]
    vocabulary: Vocabulary
    _registered: dict[str, str | None] = dataclass_field(default_factory=dict, repr=False, compare=False)
    _known: dict[str, Record | None] = dataclass_field(default_factory=dict, repr=False, compare=False)
    _of: dict[str, frozenset[str]] = dataclass_field(default_factory=dict, repr=False, compare=False)
    _texts: dict[str, str | None] = dataclass_field(default_factory=dict, repr=False, compare=False)

    def registered(self, iri: str) -> str | None:
        """The class of a term that is in no vocabulary, and that a registered source makes known."""
        if iri not in self._registered:
            rule = self.vocabulary.registrable(iri)
            makes = rule is not None and any(s.one(STEMMA + "kind") == rule.kind for s in self._about(iri))
            self._registered[iri] = rule.cls if rule and makes else None
        return self._registered[iri]

    def _about(self, iri: str) -> Iterator[Record]:
        yield from (s for s in self._sources if s.one(ABOUT) == iri)
        yield from (s for s in self.lookup.about(iri) if s.id not in self.change)

    @cached_property
    def _sources(self) -> tuple[Record, ...]:
        return tuple(n for n in self.change.values() if n.shape.record == "source")

    def find(self, id: str) -> Record | None:
        """A record, from the change or from what is in."""
        found = self.change.get(id)
        if found is not None:
            return found
        if id not in self._known:
            self._known[id] = self.lookup.get(id)
        return self._known[id]

    def get(self, id: str, record: str) -> Record | None:
        """A record of that kind, from the change or from what is in."""
        found = self.find(id)
        return found if found is not None and found.shape.record == record else None

    def sources(self, snapshot: Record) -> frozenset[str]:
        """The sources that a snapshot is of."""
        if snapshot.id not in self._of:
            self._of[snapshot.id] = frozenset(snapshot.atoms(STEMMA + "ofSource"))
        return self._of[snapshot.id]

    def text(self, snapshot: str) -> str | None:
        """The text of a snapshot, if it is held. See :meth:`Lookup.text`."""
        if snapshot not in self._texts:
            found = self.lookup.text(snapshot)
            if found is not None:  # texts are long; claims of one stand together
                self._texts.clear()
            self._texts[snapshot] = found
        return self._texts[snapshot]


@dataclass(frozen=True)
class ClosedWorld:
    """The checks in code, for one profile and base."""

    vocabulary: Vocabulary
    prefixes: Prefixes
    iris: Iris

    def check(self, world: World, claimed: Container[str | None] | None = None) -> Iterator[Finding]:
        """Judge the records of one change together.

        :param claimed: the statements that a claim makes; ``None`` for those that the change claims.
        :returns: a finding for everything that does not hold.
        """
        change = world.change
        used = {r.one(STATEMENT) for r in change.values() if r.shape.record == "claim"} if claimed is None else claimed
        for facts in change.values():
            record = str(facts.shape.record)
            if not self.iris.is_(record, facts.id):
                yield Finding("id", f"the id of a {record} is an IRI below {self.iris.of(record, '')}", about=facts.id)
            yield from self._terms(facts, world)
            if record == "claim":
                yield from self._claim(facts, world)
            elif record == "statement":
                yield from self._statement(facts, used)
            elif record == "snapshot":
                yield from self._snapshot(facts, world)
            elif record == "source":
                yield from self._about(facts, world)
            elif record == "interests":
                yield from self._interests(facts)

    def _statement(self, statement: Facts, used: Container[str | None]) -> Iterator[Finding]:
        if statement.id != self.iris.of("statement", short_hash(statement.normal_form())):
            yield Finding("statement-name", "a statement is named by the hash of its normal form", about=statement.id)
        if statement.id not in used:
            yield Finding("statement-unclaimed", "no claim of the change makes this statement", about=statement.id)

    def _terms(self, node: Facts, world: World) -> Iterator[Finding]:
        for field, iri in node.iris():
            if field.kind in _TERMS:
                term = self.vocabulary.get(iri)
                if term is not None and not term.deprecated:
                    continue
                if term is None:
                    if world.registered(iri) is not None:
                        continue
                    yield Finding(
                        "term-unknown",
                        "this term is in no vocabulary or lexicon that is installed",
                        about=node.id,
                        pointer=field.path,
                        value=self.prefixes.compress(iri) or iri,
                        hint="Check the CURIE, or add the term to the profile's vocabulary.",
                    )
                else:
                    instead = self.prefixes.compress(term.replaced_by) if term.replaced_by else None
                    hint = f"Use {instead}." if instead else ""
                    yield Finding(
                        "term-deprecated",
                        "this term is no longer used",
                        about=node.id,
                        pointer=field.path,
                        value=self.prefixes.compress(iri) or iri,
                        hint=hint,
                    )
            elif iri.startswith(PERSONS) and not is_orcid(iri):
                yield Finding(
                    "orcid", "the check digit of this ORCID does not fit", about=node.id, pointer=field.path, value=iri
                )

    def _about(self, source: Facts, world: World) -> Iterator[Finding]:
        """A source that makes a term known goes on doing so: statements may speak of it."""
        before = world.lookup.get(source.id)
        was = before.one(ABOUT) if before is not None else None
        if was is not None and was not in self.vocabulary and world.registered(was) is None:
            yield Finding(
                "source-about",
                "no other source makes this term known, so the record stays about it",
                about=source.id,
                pointer="/about",
                value=self.prefixes.compress(was) or was,
                hint="Keep the source's about and kind as they were.",
            )

    # ---- claims

    def _claim(self, claim: Facts, world: World) -> Iterator[Finding]:
        statement = claim.one(STATEMENT)
        if statement is not None and world.get(statement, "statement") is None:
            yield Finding(
                "statement-missing", "the statement is not part of the change", about=claim.id, value=statement
            )
        yield from self._source(claim, world)
        anchor = Anchor.of(claim)
        if anchor is not None:
            yield from self._anchor(claim, anchor, world)
        yield from self._links(claim, world)
        yield from self._reviewers(claim, world)

    def _reviewers(self, claim: Facts, world: World) -> Iterator[Finding]:
        """A person who decides has said which interests they have."""
        for who in claim.atoms(STEMMA + "reviewedBy"):
            if is_person(who) and world.get(self.iris.interests(who), "interests") is None:
                yield Finding(
                    "reviewer-interests",
                    "a person who decides has a statement of interests on record, and this one has none",
                    about=claim.id,
                    pointer="/review/by",
                    value=who,
                    hint="Declare them first: `stemma interests declare --as ORCID`.",
                )

    def _interests(self, statement: Facts) -> Iterator[Finding]:
        """Each person has one statement of interests, under their own name."""
        person = statement.one(STEMMA + "person")
        if person is not None and statement.id != self.iris.interests(person):
            yield Finding(
                "interests-name",
                "a statement of interests is named by its person's ORCID iD",
                about=statement.id,
                pointer="/person",
                value=person,
                hint=f"Its id is {self.iris.interests(person)}.",
            )

    def _source(self, claim: Facts, world: World) -> Iterator[Finding]:
        source = claim.one(STEMMA + "source")
        if source is None:
            yield Finding("claim-source", "the claim has no source", about=claim.id, pointer="/source/id")
        elif world.get(source, "source") is None:
            yield Finding(
                "source-unregistered",
                "no source is registered under this IRI",
                about=claim.id,
                pointer="/source/id",
                value=source,
                hint="Ingest the document, or add its source record first.",
            )

    def _anchor(self, claim: Facts, anchor: Anchor, world: World) -> Iterator[Finding]:
        snapshot = world.get(anchor.snapshot, "snapshot")
        if snapshot is None:
            yield Finding(
                "snapshot-unregistered",
                "no snapshot is registered under this digest",
                about=claim.id,
                pointer="/anchor/snapshot",
                value=self.iris.snapshot_digest(anchor.snapshot),
                hint="Ingest the document, or add its snapshot record first.",
            )
            return
        if claim.one(STEMMA + "source") not in world.sources(snapshot):
            yield Finding(
                "snapshot-of-other-source",
                "the snapshot is not one of the claim's source",
                about=claim.id,
                pointer="/anchor/snapshot",
            )
        length = int(snapshot.one(STEMMA + "length") or 0)
        try:
            text = world.text(anchor.snapshot)
        except Damaged as e:
            yield _damaged(claim, e)
            return
        for node in (claim, *claim.parts(STEMMA + "mention")):
            end = int(node.one(STEMMA + "end") or 0)
            if anchor.pointer is None and end > length:
                yield Finding(
                    "offset",
                    f"the end lies past the text, which has {length} code points",
                    about=claim.id,
                    pointer="/anchor/end",
                    value=str(end),
                )
        if text is not None and not anchor.holds(text):
            yield Finding(
                "anchor-broken",
                "the words at this place have another digest",
                about=claim.id,
                pointer="/anchor/exact",
                value=f"{anchor.pointer or ''} {anchor.start}-{anchor.end}".strip(),
                hint="An anchor holds exactly or is refused: check offsets and snapshot.",
            )
        if anchor.start is not None and anchor.end is not None:
            for mention in claim.parts(STEMMA + "mention"):
                start, end = int(mention.one(STEMMA + "start") or 0), int(mention.one(STEMMA + "end") or 0)
                if not anchor.start <= start <= end <= anchor.end:
                    yield Finding(
                        "mention-outside",
                        "a mention lies inside the claim's span",
                        about=claim.id,
                        pointer="/mentions",
                        value=f"{start}-{end}",
                    )

    def _links(self, claim: Facts, world: World) -> Iterator[Finding]:
        evidence = (p.one(STEMMA + "root") for p in claim.parts(STEMMA + "restsOn"))
        linked = (iri for field, iri in claim.iris() if field.kind is Kind.LINK)
        for iri in (*evidence, *linked):
            if iri is None:
                continue
            if iri == claim.id:
                yield Finding("link-self", "a claim is not linked to itself", about=claim.id, value=iri)
            elif iri.startswith(self.iris.of("claim", "")) and world.get(iri, "claim") is None:
                yield Finding("link-target", "no such claim", about=claim.id, value=iri)
            elif not iri.startswith(("http://", "https://")):
                yield Finding("link-target", "the other end is an http or https IRI", about=claim.id, value=iri)

    def _snapshot(self, node: Facts, world: World) -> Iterator[Finding]:
        for source in node.atoms(STEMMA + "ofSource"):
            if world.get(source, "source") is None:
                yield Finding(
                    "source-unregistered",
                    "no source is registered under this IRI",
                    about=node.id,
                    pointer="/source",
                    value=source,
                )
        try:
            text = world.text(node.id)
        except Damaged as e:
            yield _damaged(node, e)
            return
        if text is not None and str(len(text)) != node.one(STEMMA + "length"):
            yield Finding(
                "snapshot-length",
                f"the text that is held has {len(text)} code points",
                about=node.id,
                pointer="/length",
            )


def _damaged(node: Facts, error: Damaged) -> Finding:
    return Finding(
        "text-damaged", error.message, about=node.id, pointer="/anchor/snapshot", value=error.where, hint=error.hint
    )
