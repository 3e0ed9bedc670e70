"""Every engine finds the same: by the examples of every rule, and by faults at random.

``make differential`` runs more of it; STEMMA_DIFFERENTIAL is how many times as much.
"""

from __future__ import annotations

import json
import logging
import os
import random
import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kg
from api.rest.bodies import merged
from kg.codec.read import Reader
from kg.gate.engines import Judging, engines
from kg.gate.facts import gather
from kg.gate.sure import SureShapes
from kg.model.iris import Iris
from kg.profile import Profile
from kg.resources import folder
from kg.schema.names import DEFAULT_BASE, RDF_TYPE, XSD

EXAMPLES = folder("shapes") / "examples"
TIMES = int(os.environ.get("STEMMA_DIFFERENTIAL", "1"))
TOGETHER = 30
"""How many changed sets of records are judged in one call; their IRIs differ."""

Graphs = list[str]
Findings = set[kg.Finding]


def load(name: str) -> Any:
    return json.loads((EXAMPLES / name).read_text("utf-8"))


ALL = [load(name) for name in load("manifest.json")["examples"]]
BASE_LINES = (EXAMPLES / "base.nq").read_text("utf-8").splitlines()
BASE = load("base.json")["records"]
PROFILE = Profile.load("cell-therapy")
JUDGING = {name: Judging(e, PROFILE.shapes_graph) for name, e in engines().items()}
SURE = SureShapes(PROFILE.shapes_graph, PROFILE.vocabulary.terms)
ORDERED = {"Claim-start", "Mention-start", "Statement-low", "Statement-resultLow", "Statement-enrolmentIsPositive"}
"""Shapes that compare; pySHACL lets values of unlike types pass, which their sh:datatype refuses."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """rdflib tells of each literal that is none of its datatype."""
    logging.disable(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


def encoded(patch: Any) -> Graphs:
    """The lines of the base records with a patch, as far as the codec reads them."""
    reader = Reader(PROFILE.shapes, PROFILE.vocabulary, PROFILE.prefixes, Iris(DEFAULT_BASE))
    nodes = {n.id: n for record in merged(BASE, patch).values() for n in reader.record(record)}
    quads = (q for n in nodes.values() for q in n.quads())
    return sorted(f"{q.subject} {q.predicate} {q.object} {q.graph_name} ." for q in quads)


def cases() -> list[Graphs]:
    found = [encoded(e[key]) for e in ALL for key in ("passes", "fails") if key in e]
    for change in (e["failsRdf"] for e in ALL if "failsRdf" in e):
        found.append([*(line for line in BASE_LINES if line not in change["removes"]), *change["adds"]])
    return found


def own(graphs: Graphs, number: int) -> Graphs:
    """The same with IRIs of their own, so that many can be judged at once."""
    head = rf"<({DEFAULT_BASE}(?:claim|source|snapshot|statement)/[^#>]*)"
    return [re.sub(head, rf"<\1-{number}", line) for line in graphs]


class World:
    """Graphs that are judged together."""

    def __init__(self, graphs: Iterable[Graphs]) -> None:
        lines = [line for i, g in enumerate(graphs) for line in own(g, i)]
        self.records: dict[str, list[str]] = {}
        for line in dict.fromkeys(lines):
            triple, graph, _ = line.rsplit(" ", 2)
            self.records.setdefault(graph[1:-1], []).append(triple + " .\n")
        self.text = "".join(t for ts in self.records.values() for t in ts)
        named = set(re.findall(r"<([^>]*)>", self.text))
        self.classes = {i: t.classes for i in named if (t := PROFILE.vocabulary.get(i))}
        self.context = "".join(f"<{i}> <{RDF_TYPE}> <{c}> .\n" for i, cs in self.classes.items() for c in cs)

        self._judged: dict[str, Findings] = {}

    def judged(self, engine: str) -> Findings:
        if engine not in self._judged:
            self._judged[engine] = set(JUDGING[engine].judge(self.text, self.context, list(self.records)))
        return self._judged[engine]

    def doubtful(self) -> set[str]:
        """The records that the compiled checks would hand to an engine."""
        gathered, odd = {}, set()
        for id, triples in self.records.items():
            try:
                gathered[id] = gather("".join(triples))
            except ValueError:
                odd.add(id)
        types = {i: {v[1:-1] for v in w[i].get(RDF_TYPE, ())} for i, w in gathered.items() if i in w}
        return odd | set(SURE.doubtful(gathered, lambda i: self.classes.get(i) or types.get(i, ())))


def held(world: World) -> None:
    """All engines find the same, and what surely holds is found fault with by none."""
    reference = world.judged("pyshacl")
    failed = "shacl-failed" in {f.code for f in reference}  # a number that is none was compared
    for name in JUDGING.keys() - {"pyshacl"}:
        found = world.judged(name)
        if failed:
            assert any(f.severity is kg.Severity.VIOLATION for f in found)
            return
        assert {f for f in found ^ reference if f.code not in ORDERED} == set()
        assert reference <= found
        assert {owner(f, world) for f in found} == {owner(f, world) for f in reference}
    parts = set(re.findall(r"(?:mention|restsOn)> <([^>]*)>", world.text))
    about = {f.about for f in reference} - parts
    assert not ({a.split("#")[0] for a in about} & world.records.keys()) - world.doubtful()


def owner(finding: kg.Finding, world: World) -> str:
    return finding.about if finding.about in world.records else finding.about.split("#")[0]


@pytest.mark.parametrize("path", ["stemma/ontology/low", "stemma/ontology/source"])
def test_a_blank_node_is_refused_by_all(path: str) -> None:
    """The encoding has none; where one is compared, pySHACL fails, which refuses."""
    lines = [line for line in BASE_LINES if path not in line]
    graph = next(line.rsplit(" ", 2)[1] for line in BASE_LINES if path.replace("low", "relation") in line)
    predicate = f"<https://w3id.org/{path}>"
    world = World([[*lines, f"{graph} {predicate} _:b {graph} ."]])
    for name in JUDGING:
        assert world.judged(name)
    assert world.doubtful()


def test_engines_by_name() -> None:
    assert list(engines()) == ["shacl", "pyshacl"]


@pytest.mark.parametrize("start", range(0, len(cases()), TOGETHER))
def test_the_examples_of_every_rule(start: int) -> None:
    graphs = cases()[start : start + TOGETHER]
    world = World(graphs)
    held(world)
    assert world.judged("shacl") == world.judged("pyshacl")


def test_what_is_valid_is_mostly_sure() -> None:
    world = World(encoded(e["passes"]) for e in ALL if "passes" in e)
    assert len(world.doubtful()) < len(world.records) / 50


PREDICATES = sorted(
    {f.path for s in PROFILE.shapes.values() for f in s.fields}
    | {f.path for s in PROFILE.shapes.values() for g in s.fields if g.part for f in g.part.fields}
    | {RDF_TYPE, "urn:x:property"}
)
TERMS = [f"<{t.iri}>" for t in PROFILE.vocabulary]
TEXTS = [
    *('""', '" "', '"x"', '"\\n"', '"2024-01"', '"2024-01\\n"', '"2024-13"', '"https://a.b/c"', '"https://a.b/c\\n"'),
    *('"P3M"', '"x"@en', '"5 mg"', '"a/b"', '"a\\"b"', '"tab\\there \\\\"', '"/a/0"', '"/a~2"', '"x\u00e9 \U0001f600"'),
    *('"\u0085"', '"\u00a0"', '"\u200b"', '"\u2028"', '"\u001f"', f'"sha256:{"0" * 64}"', f'"sha256:{"0" * 64}\\n"'),
    *(f'"{"x" * 500}"', f'"{"x" * 501}"'),
]
NUMBERS = [
    *("0", "1", "5", "05", "-1", "+1", "1.5", "1.50", "0.0", "-0", "-0.0", "1e3", "five", "", "NaN", "INF", "1."),
    *(".5", " 5 ", "9999999999999999999999", "true"),
]
TIMES_OF_DAY = [
    *("2026-01-31T12:00:00Z", "2026-01-31T12:00:00", "2026-02-31T12:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31"),
    *("2026-01-31T12:00:00+02:00", "12026-01-31T12:00:00Z", "-0001-01-31T12:00:00Z", "2026-01-31T12:00:00.123Z"),
    *("2026-01-31T12:00:60Z", "P3M", "-P3M", "P", "P1Y2M3DT4H5M6.7S", "PT0S", "P3W", "2024", "true", "1", "TRUE"),
]
DATATYPES = ["integer", "decimal", "boolean", "dateTime", "date", "duration", "double", "string", "int", "anyURI"]
OTHERS = [
    *("<urn:x:y>", "<https://orcid.org/0000-0002-1825-0097>", "<https://w3id.org/stemma/agent/pass-1>"),
    *("<https://w3id.org/stemma/agent/p\u00e9>", "<javascript:1>", "<https://w3id.org/stemma/ontology/Claim>"),
]
VALID = [BASE_LINES, *(encoded(e["passes"]) for e in ALL if "passes" in e)]


def term(dice: random.Random, lines: Graphs) -> str:
    """A term for the place of an object."""
    match dice.randrange(7):
        case 0 | 1:
            return dice.choice(TERMS)
        case 2:
            return dice.choice(TEXTS)
        case 3:
            return f'"{dice.choice(NUMBERS)}"^^<{XSD}{dice.choice(DATATYPES)}>'
        case 4:
            return f'"{dice.choice(TIMES_OF_DAY)}"^^<{XSD}{dice.choice(DATATYPES)}>'
        case 5:
            return dice.choice(OTHERS)
        case _:
            return dice.choice(lines).split(" ", 2)[2].rsplit(" ", 2)[0]


def spoilt(dice: random.Random) -> Graphs:
    """Valid records after one to three faults: a value more, less or other, a property that is another."""
    lines = list(dice.choice(VALID))
    for _ in range(dice.randint(1, 3)):
        place = dice.randrange(len(lines))
        subject, predicate, rest = lines[place].split(" ", 2)
        value, graph, _ = rest.rsplit(" ", 2)
        other, property = term(dice, lines), f"<{dice.choice(PREDICATES)}>"
        match dice.randrange(6):
            case 0:
                del lines[place]
            case 1 | 2:
                lines[place] = f"{subject} {predicate} {other} {graph} ."
            case 3:
                lines.append(f"{subject} {predicate} {other} {graph} .")
            case 4:
                lines[place] = f"{subject} {property} {value} {graph} ."
            case _:
                lines.append(f"{subject} {property} {other} {graph} .")
    return list(dict.fromkeys(lines))


@settings(max_examples=4 * TIMES)
@given(st.randoms(use_true_random=False))
def test_faults_at_random(dice: random.Random) -> None:
    held(World(spoilt(dice) for _ in range(TOGETHER)))


def quad(dice: random.Random, graph: str, subjects: list[str]) -> str:
    subject = dice.choice([f"<{graph}>", f"<{graph}>", f"<{graph}#part-{dice.randrange(3)}>", *subjects])
    return f"{subject} <{dice.choice(PREDICATES)}> {term(dice, BASE_LINES)} <{graph}> ."


@settings(max_examples=2 * TIMES)
@given(st.randoms(use_true_random=False))
def test_quads_at_random_in_the_graph_of_a_record(dice: random.Random) -> None:
    graphs = [line.rsplit(" ", 2)[1][1:-1] for line in BASE_LINES]
    held(
        World(
            [*BASE_LINES, *(quad(dice, dice.choice(graphs), OTHERS[:2]) for _ in range(dice.randrange(1, 6)))]
            for _ in range(TOGETHER)
        )
    )
