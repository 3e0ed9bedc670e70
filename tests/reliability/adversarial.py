"""What must not get in, through every door; and what may, which none refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, serialize

import kg
from kg.backup import LIST, Backup
from kg.backup import _digest as digest_of
from kg.backup import _listed as listed
from kg.errors import KgError
from kg.model.node import Node
from kg.model.values import nquad
from kg.schema.names import STEMMA
from kg.store.commit import utc_now
from kg.store.journal import Entry, Journal
from kg.store.plan import Change, Changeset
from reliability.audit import faults, rootless
from reliability.http import serve
from reliability.material import IRIS, PROPOSER, make
from reliability.payloads import NEW, OLD, OTHER_TEXT, TYPE, Payload, new, payloads
from reliability.tally import Case, Part, Tally
from reliability.variants import variant

Door = Callable[[Payload], object]
RESTORED = 10
"""Every so many payloads one comes in a backup too."""
AUDITED = 100
"""Every so many cases the whole store is looked at."""
STRIDE = 389
"""So that few cases are of every kind."""


class Told(Exception):
    """A door over HTTP said no."""


class Gate:
    """Tries payloads at every door of one workspace."""

    def __init__(self, workspace: kg.Workspace, http: tuple[str, str], folder: Path, small: bool) -> None:
        self._workspace, self._http, self._folder, self._small = workspace, http, folder, small
        self._agent = workspace.agent(PROPOSER)
        base = {
            NEW: [q for n in workspace.read(new()).nodes for q in n.quads()],
            OLD: list(workspace.quads.graph_get(IRIS.of("claim", OLD)) or ()),
        }
        self._fine = {
            frozenset(q for q in quads if q.graph_name == g) for quads in base.values() for g in _names(quads)
        }
        self._payloads = payloads({name: tuple(quads) for name, quads in base.items()})
        self._known = self._quads_held()
        self._nodes_of = {NamedNode(n.id): n for word in workspace.profile.shapes for n in workspace.records.all(word)}
        self._nodes_of |= {NamedNode(n.id): n for n in workspace.read(new()).nodes}
        self._backup = workspace.backup(folder / "B")
        self._json_doors: dict[str, Door] = {"add": self._add, "add a file": self._file, "load": self._load}
        self._quad_doors: dict[str, Door] = {
            "add N-Quads": lambda p: self._rdf(p, "nq"),
            "add TriG": lambda p: self._rdf(p, "trig"),
            "load N-Quads": self._loaded,
            "UPDATE": lambda p: self._update(_as_update(p.quads)),
            "graph PUT": lambda p: self._graphs(p, self._workspace.quads.graph_put),
            "graph POST": lambda p: self._graphs(p, self._workspace.quads.graph_post),
            "HTTP PUT": lambda p: self._sent_graphs(p, "PUT"),
            "HTTP POST": lambda p: self._sent_graphs(p, "POST"),
            "HTTP update": lambda p: self._sent_update(_as_update(p.quads)),
            "Python": self._nodes,
        }
        self._update_doors: dict[str, Door] = {
            "UPDATE": lambda p: self._update(p.update),
            "HTTP update": lambda p: self._sent_update(p.update),
        }

    @property
    def many(self) -> int:
        """How many payloads there are."""
        return len(self._payloads)

    def case(self, number: int) -> Tally:
        """One payload that may not get in, at every door, and one that may, at one."""
        tally = Tally()
        place = number * STRIDE % self.many if self._small else number
        if place < self.many:
            self._bad(self._payloads[place], tally)
            if number % RESTORED == 0 and self._payloads[place].quads:
                self._restored(self._payloads[place], tally)
        self._good(number, tally)
        if number % AUDITED == AUDITED - 1:
            self.audit(tally)
        return tally

    def audit(self, tally: Tally) -> None:
        """Look at the whole store."""
        tally.counts["full-store checks"] += 1
        tally.faults += [*faults(self._workspace), *rootless(self._workspace)]

    # ---- what may not get in

    def _bad(self, payload: Payload, tally: Tally) -> None:
        doors = self._quad_doors if payload.quads else self._update_doors if payload.update else self._json_doors
        tally.counts["payloads that may not get in"] += 1
        for name, door in doors.items():
            before = self._mark()
            tally.counts["tries"] += 1
            tally.counts[f"tries by {name}"] += 1
            try:
                door(payload)
                told = "was taken"
            except (KgError, Told):
                told = ""
            except Exception as e:
                told = f"raised {type(e).__name__}: {e}"
                if name != "Python":  # there a value of no such type is the caller's own mistake
                    tally.faults.append(f"{payload.name}, by {name}: {told}")
            if self._mark() != before:
                tally.faults.append(f"{payload.name}, by {name}: {told or 'was refused'}, and something is written")

    def _mark(self) -> tuple[int, str]:
        return self._workspace.journal.last, self._workspace.journal.hash

    def _add(self, p: Payload) -> object:
        return self._workspace.add(p.record, keep_review=p.keep_review)

    def _file(self, p: Payload) -> object:
        path = self._folder / "payload.jsonl"
        path.write_text(json.dumps(p.record) + "\n", encoding="utf-8")
        return self._workspace.add(path, keep_review=p.keep_review)

    def _load(self, p: Payload) -> object:
        path = self._folder / "payload.jsonl"
        path.write_text(json.dumps(p.record) + "\n", encoding="utf-8")
        return self._workspace.load(path, keep_review=p.keep_review)

    def _rdf(self, p: Payload, suffix: str) -> object:
        path = self._folder / f"payload.{suffix}"
        path.write_bytes(serialize(p.quads, format=RdfFormat.from_extension(suffix)) or b"")
        return self._workspace.add(path)

    def _loaded(self, p: Payload) -> object:
        path = self._folder / "payload.nq"
        path.write_bytes(serialize(p.quads, format=RdfFormat.N_QUADS) or b"")
        return self._workspace.load(path)

    def _update(self, text: str) -> object:
        return self._workspace.quads.update(text, agent=self._agent)

    def _graphs(self, p: Payload, verb: Callable[..., object]) -> None:
        self._each(p, lambda name, quads: verb(name, quads, agent=self._agent))

    def _each(self, p: Payload, send: Callable[[str | None, list[Quad]], object]) -> None:
        """Send the graphs of a payload, each by itself; those that are there, or might be, are left out."""
        refused: BaseException | None = None
        for name in sorted(_names(p.quads), key=str):
            quads = [q for q in p.quads if q.graph_name == name]
            if set(quads) <= self._known or frozenset(quads) in self._fine:
                continue
            try:
                send(name.value if isinstance(name, NamedNode) else None, quads)
            except (KgError, Told) as e:
                refused = e
        if refused is not None:
            raise refused

    def _quads_held(self) -> frozenset[Quad]:
        return frozenset(self._workspace.store.quads())

    def _sent_graphs(self, p: Payload, method: str) -> None:
        def send(name: str | None, quads: list[Quad]) -> None:
            which = f"graph={quote(name, safe='')}" if name else "default"
            body = serialize([q.triple for q in quads], format=RdfFormat.N_TRIPLES) or b""
            self._sent(method, f"/graphs?{which}", body, "application/n-triples")

        self._each(p, send)

    def _sent_update(self, text: str) -> None:
        self._sent("POST", "/update", text.encode(), "application/sparql-update")

    def _sent(self, method: str, path: str, body: bytes, media: str) -> None:
        url, key = self._http
        with closing(HTTPConnection(str(urlsplit(url).netloc), timeout=60)) as server:
            server.request(method, path, body, {"Authorization": f"Bearer {key}", "Content-Type": media})
            answer = server.getresponse()
            told = answer.read()
        if answer.status >= 500:
            raise AssertionError(f"{answer.status} {told[:300]!r}")
        if answer.status >= 400:
            raise Told(f"{answer.status} {told[:300]!r}")

    def _nodes(self, p: Payload) -> object:
        """Straight to the committer, as nodes with the values that the quads give."""
        w, made = self._workspace, []
        for name in sorted(_names(p.quads), key=str):
            quads = [q for q in p.quads if q.graph_name == name]
            known = self._nodes_of.get(quads[0].graph_name)
            values: dict[str, list[Any]] = {}
            for q in quads:
                if q.subject == name and q.predicate != TYPE:
                    values.setdefault(q.predicate.value, []).append(q.object)
            if known is not None:
                made.append(Node.of(known.id, known.shape, values))
        if all(node == self._nodes_of[NamedNode(node.id)] for node in made):
            raise Told("what is wrong with it cannot be said with nodes")
        versions = [int(node.one(STEMMA + "version") or 0) or None for node in made]
        changeset = Changeset([Change(n, v) for n, v in zip(made, versions, strict=True)], self._agent, "try")
        return w.committer.commit(changeset)

    def _replaced(self, p: Payload) -> Iterable[Quad]:
        """What stands in the graphs of a payload and is not in it."""
        names = {q.graph_name for q in p.quads if isinstance(q.graph_name, NamedNode)}
        return [q for q in self._known if q.graph_name in names and q not in set(p.quads)]

    # ---- in a backup

    def _restored(self, payload: Payload, tally: Tally) -> None:
        """Write a payload into a backup's journal, as one who can make every digest fit."""
        source, target = self._folder / "T", self._folder / "R"
        for old in (source, target):
            shutil.rmtree(old, ignore_errors=True)
        shutil.copytree(self._folder / "B", source)
        journal = Journal(source / "journal.jsonl")
        try:
            gone = tuple(sorted(map(nquad, self._replaced(payload))))
            come = tuple(sorted(nquad(q) for q in set(payload.quads) - self._known))
            journal.append(Entry(journal.last + 1, utc_now(), self._agent, "add", (), gone, come))
        except ValueError:
            return
        files = {p: digest_of(source / p) for p in listed(source)}
        told = Backup(journal.last, journal.hash, self._backup.at, files)
        (source / LIST).write_bytes(orjson.dumps(asdict(told)))
        tally.counts["tries"] += 1
        tally.counts["tries by restore"] += 1
        try:
            with kg.Workspace.restore(source, target) as restored:
                tally.faults.append(f"{payload.name}, by restore: was taken ({restored.journal.last})")
        except KgError:
            pass
        except Exception as e:
            tally.faults.append(f"{payload.name}, by restore: raised {type(e).__name__}: {e}")

    # ---- what may

    def _good(self, number: int, tally: Tally) -> None:
        record = variant(Random(number), f"good-{number}")
        w = self._workspace
        doors: tuple[tuple[str, Callable[[], object]], ...] = (
            ("add", lambda: w.add(record)),
            ("add a file", lambda: self._file(Payload("", record))),
            ("load", lambda: self._load(Payload("", record))),
            ("add N-Quads", lambda: self._rdf(Payload("", quads=self._read(record)), "nq")),
            ("UPDATE", lambda: self._update(_as_update(self._read(record)))),
            ("HTTP update", lambda: self._sent_update(_as_update(self._read(record)))),
        )
        name, door = doors[number % len(doors)]
        tally.counts["valid ones"] += 1
        try:
            door()
            told = w.claim(IRIS.of("claim", f"good-{number}"))
            if told["paraphrase"] != record["paraphrase"]:
                tally.faults.append(f"valid {number}, by {name}: it reads otherwise now")
        except (KgError, Told) as e:
            report = getattr(e, "report", None)
            tally.faults.append(f"valid {number}, by {name}: {e} {[str(f) for f in report.findings] if report else ''}")

    def _read(self, record: dict[str, object]) -> tuple[Quad, ...]:
        return tuple(q for n in self._workspace.read(record).nodes for q in n.quads())


def _names(quads: Iterable[Quad]) -> set[NamedNode | BlankNode | DefaultGraph]:
    return {q.graph_name for q in quads}


def _as_update(quads: Iterable[Quad]) -> str:
    """An update that makes the graphs of quads hold these, and no others; what is there twice stays."""
    listed = list(quads)
    names = sorted({q.graph_name.value for q in listed if isinstance(q.graph_name, NamedNode)})
    gone = "".join(
        f"DELETE {{ GRAPH <{n}> {{ ?s ?p ?o }} }} WHERE {{ GRAPH <{n}> {{ ?s ?p ?o }} }} ;\n"
        for n in names
        if "/claim/" in n
    )
    lines = (f"GRAPH {q.graph_name} {{ {q.triple} }}" for q in listed if isinstance(q.graph_name, NamedNode))
    plain = (f"{q.triple} ." for q in listed if not isinstance(q.graph_name, NamedNode))
    return f"{gone}INSERT DATA {{ {' '.join((*plain, *lines))} }}"


@contextmanager
def session(folder: Path, small: bool) -> Iterator[Case]:
    """One workspace with three claims and two pages, all doors open."""
    with make(folder / "W", 3) as workspace:
        page = folder / "other.txt"
        page.write_text(OTHER_TEXT, encoding="utf-8")
        workspace.ingest(page)
        with serve(workspace) as http, suppress(GeneratorExit):
            gate = Gate(workspace, http, folder, small)
            yield gate.case
            last = Tally()
            gate.audit(last)
            if last.faults:
                raise AssertionError("; ".join(last.faults))


PART = Part(
    "adversarial",
    "Nothing invalid gets in by any door, and nothing valid is refused.",
    "Valid records with one thing wrong, made by rule for every property (tests/reliability/payloads.py): as JSON by "
    "add, file and load; as quads by add, load, UPDATE, graph PUT and POST, HTTP, Python and, every tenth, in a backup "
    "whose digests all fit; as updates that delete, move, forge. Beside each a valid variant goes in by one door. "
    "Every hundred cases the whole store is checked: files, gate, and invariants in SPARQL that share nothing with it.",
    "payloads",
    full=1900,
    small=20,
    session=session,
)
