"""One small change by each door of a workspace, and what the door said of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from urllib.parse import quote, urlsplit

from pyoxigraph import Literal, NamedNode, Quad

import kg
from kg.schema.names import STEMMA
from kg.store.plan import Receipt
from reliability.audit import Ack
from reliability.material import IRIS, PROPOSER, REVIEWER, claim, quiet

PARAPHRASE = NamedNode(STEMMA + "paraphrase")
NOTE = NamedNode(STEMMA + "note")
VERSION = NamedNode(STEMMA + "version")
LOADED, BULK = 30, 550
"""How many claims a load brings, and how many one that the store takes as files of its own."""


class Doors:
    """Writes into a workspace by every door.

    :param folder: where files for its doors are put.
    :param seed: names what it writes, and chooses what it edits.
    :param http: address and key of a service over the workspace, for the doors of HTTP.
    """

    def __init__(self, workspace: kg.Workspace, folder: Path, seed: int, http: tuple[str, str] | None = None) -> None:
        self._workspace, self._folder, self._seed, self._http = workspace, folder, seed, http
        self._random, self._count = Random(seed), 0
        self._agent = workspace.agent(PROPOSER)
        self._mine: list[str] = []

    def __call__(self, door: str) -> Ack | None:
        """Make one change.

        :returns: what was acknowledged; ``None`` if there was nothing to change.
        """
        self._count += 1
        made: Callable[[], Ack | None] = getattr(self, f"_{door}")
        return made()

    # ---- records

    def _add(self) -> Ack | None:
        names = [f"{self._seed}-{self._count}-{i}" for i in range(2)]
        records = [claim(n, f"Said as {n}.", self._count + i) for i, n in enumerate(names)]
        receipt = self._workspace.add(records)
        self._mine += receipt.added
        return _ack(receipt, "add")

    def _edit(self) -> Ack | None:
        id = self._any()
        record = self._workspace.claim(id)
        receipt = self._workspace.add({**record, "paraphrase": f"Edit {self._seed}-{self._count}."})
        return _ack(receipt, "edit", {id: record["version"] + 1})

    def _review(self) -> Ack | None:
        id = self._any(proposed=True)
        version = self._workspace.claim(id)["version"]
        status, reason = self._random.choice((("accepted", None), ("rejected", "not-said")))
        receipt = self._workspace.review([id], status, by=REVIEWER, reason=reason)
        if status != "accepted":
            self._mine = [m for m in self._mine if m != id]
        return _ack(receipt, "review", {id: version + 1})

    def _load(self) -> Ack | None:
        return self._loaded(LOADED, 10)

    def _bulk(self) -> Ack | None:
        return self._loaded(BULK, BULK)

    def _loaded(self, count: int, batch: int) -> Ack | None:
        names = [f"{self._seed}-{self._count}-l{i}" for i in range(count)]
        path = self._folder / f"load-{self._seed}-{self._count}.jsonl"
        path.write_text(
            "".join(json.dumps(claim(n, f"Said as {n}.", i, **quiet(i))) + "\n" for i, n in enumerate(names))
        )
        loaded = self._workspace.load(path, agent=PROPOSER, batch=batch)
        last = names[-batch:]  # the receipt is of the last batch
        return Ack(loaded.commit, tuple((IRIS.of("claim", n), 1) for n in last), "load")

    def _ingest(self) -> Ack | None:
        path = self._folder / f"page-{self._seed}-{self._count}.txt"
        path.write_text(f"A page about nothing at all, number {self._count} of {self._seed}.\n" * 3, encoding="utf-8")
        done = self._workspace.ingest(path)
        kept = (done.source, IRIS.snapshot(done.snapshot))
        return Ack(0, tuple((id, 1) for id in kept), "ingest", held=done.snapshot)

    def _revert(self) -> Ack | None:
        edited = self._edit()
        if edited is None:
            return None
        receipt = self._workspace.history.revert(edited.number, agent=self._workspace.agent(REVIEWER))
        (id, version), *_ = edited.touched
        return _ack(receipt, "revert", {id: version + 1})

    # ---- quads

    def _update(self) -> Ack | None:
        id = self._any()
        version = self._workspace.claim(id)["version"]
        said = f"Update {self._seed}-{self._count}."
        text = f"DELETE {{ GRAPH <{id}> {{ ?c {PARAPHRASE} ?p }} }} INSERT {{ GRAPH <{id}> {{ ?c {PARAPHRASE} '{said}' }} }} WHERE {{ GRAPH <{id}> {{ ?c {PARAPHRASE} ?p }} }}"  # noqa: E501
        receipt = self._workspace.quads.update(text, agent=self._agent)
        return _ack(receipt, "update", {id: version + 1})

    def _put(self) -> Ack | None:
        id = self._any()
        version = self._workspace.claim(id)["version"]
        receipt = self._workspace.quads.graph_put(id, self._changed(id), agent=self._agent)
        return _ack(receipt, "graph PUT", {id: version + 1})

    def _post(self) -> Ack | None:
        id = self._any()
        version = self._workspace.claim(id)["version"]
        note = Literal(f"Note {self._seed}-{self._count}.")
        receipt = self._workspace.quads.graph_post(
            id, [Quad(NamedNode(id), NOTE, note, NamedNode(id))], agent=self._agent
        )
        return _ack(receipt, "graph POST", {id: version + 1})

    def _changed(self, id: str) -> Iterator[Quad]:
        for quad in self._workspace.quads.graph_get(id) or ():
            if quad.predicate == PARAPHRASE:
                said = Literal(f"Put {self._seed}-{self._count}.")
                yield Quad(quad.subject, quad.predicate, said, quad.graph_name)
            else:
                yield quad

    # ---- over HTTP

    def _http_put(self) -> Ack | None:
        id = self._any()
        version = self._workspace.claim(id)["version"]
        body = "".join(f"{q.triple} .\n" for q in self._changed(id))
        return self._sent("PUT", f"/graphs?graph={quote(id, safe='')}", body, "application/n-triples", id, version)

    def _http_update(self) -> Ack | None:
        id = self._any()
        version = self._workspace.claim(id)["version"]
        text = f"INSERT DATA {{ GRAPH <{id}> {{ <{id}> {NOTE} 'Note {self._seed}-{self._count}.' }} }}"
        return self._sent("POST", "/update", text, "application/sparql-update", id, version)

    def _sent(self, method: str, path: str, body: str, media: str, id: str, version: int) -> Ack | None:
        assert self._http is not None
        url, key = self._http
        with closing(HTTPConnection(str(urlsplit(url).netloc), timeout=60)) as server:
            headers = {"Authorization": f"Bearer {key}", "Content-Type": media}
            server.request(method, path, body.encode(), headers)
            answer = server.getresponse()
            told = answer.read()
            if answer.status >= 300:
                raise RuntimeError(f"{method} {path}: {answer.status} {told[:500]!r}")
            number = int(answer.headers["Stemma-Commit"])
        return Ack(number, ((id, version + 1),), f"HTTP {method}")

    def _any(self, proposed: bool = False) -> str:
        """A claim that can be edited; a new one if there is none."""
        for id in self._random.sample(self._mine, min(4, len(self._mine))):
            if not proposed or self._workspace.claim(id)["review"]["status"] == "proposed":
                return id
        made = self._add()
        assert made is not None
        return made.touched[0][0]


RECORDS = ("add", "edit", "review", "load", "ingest", "revert")
QUADS = ("update", "put", "post")
HTTP = ("http_put", "http_update")


def _ack(receipt: Receipt, door: str, versions: dict[str, int] | None = None) -> Ack:
    touched = dict.fromkeys(receipt.added, 1) | dict.fromkeys(receipt.changed, 0) | (versions or {})
    return Ack(receipt.number, tuple(touched.items()), door)
