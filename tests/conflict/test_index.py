"""The index of conflicts tells what the plain product of all claims tells, judged pair by pair."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import NamedNode

from kg.admit import Admission
from kg.conflict.desk import Asked, Conflict, Conflicts
from kg.conflict.judge import CONTRADICTION, Judge, shown
from kg.conflict.kinship import Kinship
from kg.conflict.rules import Order, Rule, read_rules
from kg.conflict.stated import Form, Stance
from kg.conflict.topics import Matcher, Topic
from kg.errors import UsageError
from kg.model.digest import digest
from kg.model.iris import Iris
from kg.model.node import Node
from kg.model.records import Claim
from kg.profile import Profile
from kg.schema.names import DEFAULT_BASE, STEMMA
from kg.store.oxigraph import OxigraphStore
from kg.store.records import STATUS, Records, is_withheld, stored

PROFILE = Profile.load("cell-therapy")
ORDER, KINSHIP = Order(PROFILE.vocabulary), Kinship(PROFILE.vocabulary)
RULES = read_rules(PROFILE.vocabulary, ORDER)
MATCHER = Matcher(RULES, ORDER, KINSHIP)
JUDGE = Judge(PROFILE.vocabulary, ORDER, KINSHIP, Form(PROFILE.shapes["statement"]))
IRIS = Iris(DEFAULT_BASE)
SOURCES = [IRIS.of("source", f"s{n}") for n in range(7)]
CELLS = ("CL:0000034", "CL:0000134", "CL:0000037", "term:therapy", "MONDO:0004976")
THINGS = (
    *(
        "MONDO:0004976",
        "MONDO:0005180",
        "HGNC:7739",
        "term:alsfrs-r",
        "term:neurologic-damage",
        "term:fast",
        "term:slow",
    ),
    *("term:varying-pace", "term:autologous", "term:allogeneic", "UBERON:0000178", "UBERON:0002371", "HP:0002315"),
)
QUALIFIERS: tuple[dict[str, Any], ...] = (
    *({}, {}, {"route": ["NCIT:C38267"]}, {"route": ["NCIT:C38276"]}, {"population": "term:few-cases"}),
    *({"population": "term:als-patients"}, {"disease": "MONDO:0004976"}),
)


@dataclass
class World:
    """Claims in a store, and the index that follows them; no gate."""

    seed: int
    path: Path | None = None
    number: int = 0
    nodes: dict[str, Node] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.store = OxigraphStore()
        self.records = Records(self.store, PROFILE.shapes)
        self.conflicts = Conflicts(PROFILE, self.records, self.path)
        self.conflicts.catch_up(0)
        self.commit([self.source(n) for n in range(len(SOURCES))])

    def commit(self, came: Iterable[Node]) -> None:
        """Put records in place of those that bear the same names, and let go of statements that nobody makes."""
        fresh = {n.id: n for n in came}
        gone = [self.nodes[id] for id in fresh if id in self.nodes]
        self.nodes |= fresh
        made = {n.one(STEMMA + "statement") for n in self.nodes.values() if n.shape.record == "claim"}
        left = [n for n in self.nodes.values() if n.shape.record == "statement" and n.id not in made]
        for n in left:
            del self.nodes[n.id]
        self.store.apply([q for n in (*gone, *left) for q in stored(n)], [q for n in fresh.values() for q in stored(n)])
        self.number += 1
        self.conflicts.follow(self.number, [*gone, *left], list(fresh.values()))

    def source(self, place: int) -> Node:
        dated = self.rng.choice(({}, {"published": "2022-05-01"}, {"published": "2023-01"}, {"published": "2023"}))
        (node,) = read({"type": "source", "id": SOURCES[place], "kind": "web-page", "title": f"S{place}", **dated})
        return node

    def said(self, id: str) -> list[Node]:
        """A claim with its statement, such as some rule looks for."""
        rng, rule = self.rng, self.rng.choice(RULES)
        side = rng.choice((rule.left, rule.right))
        relation = rng.choice(sorted(side.relations) or [STEMMA + r for r in ("cures", "slows", "raises", "reduces")])
        statement: dict[str, Any] = {
            "subject": short(rng.choice(sorted(side.subjects))) if side.subjects else rng.choice(CELLS),
            "relation": short(relation),
            "qualifiers": dict(rng.choice(QUALIFIERS)),
        }
        if rule.compares in ("ifQuantitiesPart", "ifRangesDiffer") and rng.random() < 0.8:
            low = rng.choice(("1", "2", "2.5", "40"))
            statement |= {"relation": rng.choice(("stemma:hasIncidence", "stemma:outcomeRange")), "quantity": {}}
            statement["quantity"] |= {"low": low, "high": low, "unit": rng.choice(("1", "%"))}
        else:
            statement["object"] = short(rng.choice(sorted(side.objects))) if side.objects else rng.choice(THINGS)
        if side.populations and rng.random() < 0.7:
            statement["qualifiers"]["population"] = short(rng.choice(sorted(side.populations)))
        polarity = side.polarity.removeprefix(STEMMA)
        sure = [short(c).removeprefix("stemma:") for c in side.certainties] or ["asserted", "hedged", "speculative"]
        claim = {
            "id": id,
            "category": "efficacy",
            "paraphrase": f"What is said as {rng.randrange(10**6)}.",
            "polarity": polarity if rng.random() < 0.8 else rng.choice(("affirmed", "negated")),
            "certainty": rng.choice((*sorted(sure), "asserted")),
            "statement": statement,
            "source": {"id": rng.choice(SOURCES)},
            "anchor": {"snapshot": digest("a"), "start": 1, "end": 9, "exact": digest("b")},
            "provenance": {"agent": "tester", "at": "2026-01-01T00:00:00Z"},
        }
        return read(claim)

    def grow(self, count: int) -> None:
        """Add claims, a few in each commit."""
        there = len(self.claims(withheld=True))
        for start in range(there, there + count, 5):
            new = range(start, min(start + 5, there + count))
            self.commit(n for i in new for n in self.said(IRIS.of("claim", f"{self.rng.random()}-{i}")))

    def change(self) -> None:
        """Edit, withhold and bring back claims, and date a source anew."""
        ids = sorted(c.id for c in self.claims(withheld=True))
        for id in self.rng.sample(ids, 4):
            self.commit(self.said(id))
        for id in self.rng.sample(ids, 6):
            node = self.nodes[id]
            status = self.rng.choice(("rejected", "retracted", "proposed"))
            self.commit([Node.of(id, node.shape, {**node.values, STATUS: (NamedNode(STEMMA + status),)})])
        self.commit([self.source(self.rng.randrange(len(SOURCES)))])

    def claims(self, *, withheld: bool = False) -> list[Claim]:
        found = [n for n in self.nodes.values() if n.shape.record == "claim" and (withheld or not is_withheld(n))]
        return [Claim(n) for n in sorted(found, key=lambda n: n.id)]


def read(record: dict[str, Any]) -> list[Node]:
    admission = Admission(PROFILE, IRIS)
    batch = admission.json([("here", record)])
    assert not batch.findings, batch.findings
    return [c.node for c in admission.changes(batch.nodes, None, "2026-01-01T00:00:00Z", keep_review=False)]


def short(iri: str) -> str:
    return str(PROFILE.prefixes.compress(iri))


# ---- the plain product


@dataclass(frozen=True)
class Told:
    claim: Claim
    topic: Topic
    stance: Stance


def plain(world: World) -> list[Conflict]:
    """Every rule asked of every two claims, with no index and nothing left out."""
    told = [look(world, c) for c in world.claims()]
    found: dict[tuple[str, str], tuple[str, Conflict]] = {}
    for rule in RULES:
        pairs = paired(rule, told)
        for left, right in pairs:
            kind = judged(rule, left, right)
            if kind is None or (rule.across_sources and says_both(left, pairs)):
                continue
            key = (min(left.claim.id, right.claim.id), max(left.claim.id, right.claim.id))
            if key not in found or (kind == CONTRADICTION != found[key][0]):
                found[key] = kind, conflict(rule, kind, left, right)
    return [found[key][1] for key in sorted(found)]


def look(world: World, claim: Claim) -> Told:
    node, source = world.nodes[claim.statement], SOURCES.index(claim.source) + 1
    published = world.nodes[claim.source].one(STEMMA + "published")
    stance = Stance(JUDGE.form.of(node), claim.polarity, claim.certainty, source, published)
    return Told(claim, Topic.of(node), stance)


def paired(rule: Rule, told: Sequence[Told]) -> list[tuple[Told, Told]]:
    """The claims whose topics a rule pairs, sorted."""
    partners = {t.topic: [p for p in MATCHER.partners(t.topic) if p.left and p.rule is rule] for t in told}
    return [
        (a, b)
        for a, b in product(told, told)
        if any(
            b.topic.relation in p.relations
            and (p.subjects is None or b.topic.subject in p.subjects)
            and (p.objects is None or b.topic.object in p.objects)
            and MATCHER.fits(p, b.topic)
            for p in partners[a.topic]
        )
    ]


def judged(rule: Rule, left: Told, right: Told) -> str | None:
    if left.claim.id == right.claim.id:
        return None
    if not (JUDGE.fits(rule.left, left.stance) and JUDGE.fits(rule.right, right.stance)):
        return None
    return JUDGE.kind(rule, left.stance, right.stance)


def says_both(left: Told, pairs: Iterable[tuple[Told, Told]]) -> bool:
    return any(a.topic == left.topic and b.claim.source == left.claim.source for a, b in pairs)


def conflict(rule: Rule, kind: str, left: Told, right: Told) -> Conflict:
    a, b = (shown(t.claim, PROFILE.vocabulary) for t in (left, right))
    why = f"{rule.explanation} {a} Against it: {b}{JUDGE.path(left.stance.stated, right.stance.stated)}"
    return Conflict(left.claim.id, right.claim.id, str(PROFILE.vocabulary.terms[kind].notation), rule.iri, why)


# ---- what is told


@pytest.mark.parametrize("seed", range(3))
def test_the_index_tells_what_the_plain_product_tells(seed: int, tmp_path: Path) -> None:
    world = World(seed, tmp_path / "conflicts.sqlite")
    for step in range(4):
        world.grow(40)
        if step % 2:
            world.conflicts.kinds()  # some of it is judged before the rest comes
        world.change()
        check(world)
    told = world.conflicts.all()
    assert {c.kind for c in told} == {"contradiction", "tension"}
    assert len({c.because for c in told}) > 8
    world.conflicts.rebuild(world.number)
    assert world.conflicts.all() == told
    world.conflicts.close()
    again = Conflicts(PROFILE, world.records, world.path)
    again.catch_up(world.number)
    assert again.all() == told
    again.close()


def check(world: World) -> None:
    """All of it, its pages and its counts hold together."""
    told = plain(world)
    assert world.conflicts.all() == told
    assert walked(world, Asked(), 7) == list(world.conflicts.each()) == told
    assert world.conflicts.counts() == Counter((c.because, c.kind) for c in told)
    assert world.conflicts.claims() == len({id for c in told for id in (c.a, c.b)})
    source_of = {c.id: c.source for c in world.claims()}
    assert world.conflicts.sources() == Counter(s for c in told for s in {source_of[c.a], source_of[c.b]})
    for asked in some(world, told):
        passing = [c for c in told if passes(c, asked, source_of)]
        assert walked(world, asked, 9) == passing
        assert world.conflicts.counts(asked) == Counter((c.because, c.kind) for c in passing)
        assert world.conflicts.claims(asked) == len({id for c in passing for id in (c.a, c.b)})
        assert world.conflicts.sources(asked) == Counter(s for c in passing for s in {source_of[c.a], source_of[c.b]})


def some(world: World, told: Sequence[Conflict]) -> Iterator[Asked]:
    kinds, rules = frozenset([told[0].kind]), frozenset(c.because for c in told[:3])
    claim, sources = world.rng.choice(told).a, frozenset(world.rng.sample(SOURCES, 2))
    yield Asked(kinds=kinds)
    yield Asked(rules=rules)
    yield Asked(claim=claim)
    yield Asked(sources=sources)
    yield Asked(kinds=kinds, rules=rules, sources=sources)
    yield Asked(kinds=kinds, claim=claim, sources=sources)


def passes(c: Conflict, asked: Asked, source_of: dict[str, str]) -> bool:
    return (
        (not asked.kinds or c.kind in asked.kinds)
        and (not asked.rules or c.because in asked.rules)
        and (asked.claim is None or asked.claim in (c.a, c.b))
        and (not asked.sources or bool(asked.sources & {source_of[c.a], source_of[c.b]}))
    )


def walked(world: World, asked: Asked, limit: int) -> list[Conflict]:
    """Every page, one after the other."""
    found: list[Conflict] = []
    cursor: str | None = None
    while True:
        page = world.conflicts.page(asked, limit=limit, cursor=cursor)
        found += page.items
        assert len(page.items) == limit or page.next is None
        if page.next is None:
            assert page.total == len(found)
            return found
        cursor = page.next


def test_what_many_say_is_judged_once(tmp_path: Path) -> None:
    world, path = World(1), tmp_path / "conflicts.sqlite"
    world.conflicts.close()
    world.conflicts = Conflicts(PROFILE, world.records, path)
    world.conflicts.catch_up(world.number)
    world.commit(n for i in range(60) for n in slows(i))
    assert world.conflicts.kinds() == {"contradiction": 30 * 30}
    page = world.conflicts.page(limit=20)
    assert (len(page.items), page.total) == (20, 900)
    assert {i for c in page.items for i in (c.a, c.b)} <= {c.id for c in world.claims()}
    world.conflicts.close()
    with closing(sqlite3.connect(path)) as db:
        (rows,) = db.execute("SELECT COUNT(*) FROM verdict").fetchone()
    assert rows < 60, "one verdict for each pair of sources at most, not one for each pair of claims"


def test_a_source_that_speaks_of_both_is_in_no_conflict_across_sources() -> None:
    world = World(1)
    world.commit(says(0, "differentiatesInto", "CL:0000540", 0))
    world.commit(says(1, "secretes", "term:growth-factors", 1))
    told = world.conflicts.all()
    assert [c.because.rpartition("/")[2] for c in told] == ["becomes-or-secretes"]
    world.commit(says(2, "secretes", "term:growth-factors", 0, polarity="negated", certainty="hedged"))
    assert "becomes-or-secretes" not in {c.because.rpartition("/")[2] for c in world.conflicts.all()}
    assert world.conflicts.all() == plain(world)
    world.commit(says(2, "slows", "MONDO:0004976", 0))
    assert world.conflicts.all() == told


def slows(number: int) -> list[Node]:
    """One of many claims that a cell slows ALS, or does not."""
    polarity = "negated" if number % 2 else "affirmed"
    return says(number, "slows", "MONDO:0004976", number % len(SOURCES), polarity=polarity)


def says(number: int, relation: str, object: str, source: int, **more: str) -> list[Node]:
    return read(
        {
            "id": IRIS.of("claim", f"said-{number:03}"),
            "category": "efficacy",
            "paraphrase": f"Said {number}.",
            "polarity": "affirmed",
            "certainty": "asserted",
            "statement": {"subject": "CL:0000134", "relation": f"stemma:{relation}", "object": object},
            "source": {"id": SOURCES[source]},
            **more,
            "anchor": {"snapshot": digest("a"), "start": number, "end": number + 9, "exact": digest("b")},
            "provenance": {"agent": "tester", "at": "2026-01-01T00:00:00Z"},
        }
    )


@pytest.mark.parametrize("spoil", ["form", "tables", "bytes"])
def test_an_index_of_another_form_or_none_is_made_again(tmp_path: Path, spoil: str) -> None:
    world = World(3, tmp_path / "conflicts.sqlite")
    world.grow(40)
    told = world.conflicts.all()
    world.conflicts.close()
    (tmp_path / "conflicts.seal").unlink()
    if spoil == "bytes":
        (tmp_path / "conflicts.sqlite").write_bytes(b"garbage" * 1000)
    else:
        with closing(sqlite3.connect(tmp_path / "conflicts.sqlite")) as db:
            db.executescript("PRAGMA user_version = 0" if spoil == "form" else "DROP TABLE verdict; DROP TABLE fit")
    again = Conflicts(PROFILE, world.records, tmp_path / "conflicts.sqlite")
    again.catch_up(world.number)
    assert again.all() == told != []
    again.close()


def test_an_index_that_breaks_while_it_is_open_is_made_again(tmp_path: Path) -> None:
    world = World(3, tmp_path / "conflicts.sqlite")
    world.grow(40)
    told = world.conflicts.all()
    with closing(sqlite3.connect(tmp_path / "conflicts.sqlite")) as db:
        db.executescript("DROP TABLE verdict")
    assert world.conflicts.all() == told != []
    world.change()
    assert world.conflicts.all() == plain(world)
    world.conflicts.close()


@pytest.mark.parametrize("cursor", ["?", "bm8tc3BhY2U="])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(UsageError, match="cursor"):
        World(3).conflicts.page(cursor=cursor)
    with pytest.raises(UsageError, match="limit"):
        World(3).conflicts.page(limit=0)
    with pytest.raises(UsageError, match="rule"):
        World(3).conflicts.page(Asked(rules=frozenset(["urn:thumb"])))
