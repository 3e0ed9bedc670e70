"""A query worker: ``python -m kg.sparql.worker OWNER``, started and ended by the pool.

It reads messages on its standard input and answers on its standard output (kg/sparql/frames.py).
What it opens is its own copy of the store, which it keeps in step with the commits it is sent.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pyoxigraph
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat

from kg.errors import KgError
from kg.sparql import frames, sandbox
from kg.sparql.answer import Dataset
from kg.sparql.evaluate import Question, TooMuch, Unwanted, evaluate
from kg.sparql.ledger import follow, unmark
from kg.sparql.update import evaluate as evaluate_update

_MOST = 1 << 31


@dataclass(frozen=True, slots=True)
class Settings:
    """What the owner tells a worker at its start.

    :param folder: the worker's copy of the store.
    :param mark: predicate of the commit's number.
    :param hidden: graph that nobody may see; empty for none.
    """

    folder: str
    union: bool
    prefixes: dict[str, str]
    mark: str
    hidden: str


class Worker:
    """Holds the copy, and answers.

    :param say: sends bytes to the owner.
    """

    def __init__(self, settings: Settings, say: Callable[[bytes], None], kind: str) -> None:
        self._settings, self._say = settings, say
        self._store = pyoxigraph.Store(settings.folder)
        sandbox.quieten()
        unmark(self._store)
        self._mark = self._find_mark()
        if settings.hidden:
            self._store.remove_graph(NamedNode(settings.hidden))
        told = int(self._mark.object.value) if self._mark else None  # type: ignore[union-attr]
        if settings.hidden:
            self._mark = None
        self._hello = {"number": told, "sandbox": kind}
        self._tell(frames.HELLO, self._hello)

    def _find_mark(self) -> Quad | None:
        graph = NamedNode(self._settings.hidden) if self._settings.hidden else None
        found = self._store.quads_for_pattern(None, NamedNode(self._settings.mark), None, graph)
        return max(found, key=lambda q: int(q.object.value), default=None)  # type: ignore[union-attr]

    def take(self, kind: bytes, payload: bytes) -> None:
        """Do what one message says."""
        if kind in (frames.FOLLOW, frames.BACK):
            self._commit(kind, *frames.read_commit(payload))
        elif kind == frames.WELL:
            self._tell(frames.HELLO, self._hello)
        else:
            self._answer(kind, json.loads(payload))

    # ---- following commits

    def _commit(self, kind: bytes, number: int, removes: bytes, adds: bytes) -> None:
        """Make a commit, or undo it. A copy that cannot be brought up is of no use."""
        try:
            if kind == frames.FOLLOW:
                self._apply(_quads(removes), _quads(adds), number)
            else:
                self._apply(_quads(adds), _quads(removes), number - 1)
        except (OSError, ValueError, SyntaxError) as e:
            with suppress(OSError):  # a full disk takes no words either
                print(f"commit {number} cannot be followed: {e}", file=sys.stderr, flush=True)
            os._exit(frames.LOST)  # at once: what is left unwritten would change the code

    def _apply(self, gone: list[Quad], came: list[Quad], number: int) -> None:
        follow(self._store, gone, came)
        if self._mark is not None:
            s, p, o, g = self._mark
            self._store.remove(self._mark)
            self._mark = Quad(s, p, Literal(str(number), datatype=o.datatype), g)
            self._store.add(self._mark)

    # ---- answering

    def _answer(self, kind: bytes, told: dict[str, Any]) -> None:
        sandbox.bound(sandbox.held()[0] + told.pop("memory"), told.pop("seconds"))
        try:
            if kind == frames.UPDATE:
                self._update(told)
            else:
                self._query(told)
        except TooMuch as e:
            self._tell(frames.ERROR, {"error": str(e)})
        except Unwanted as e:
            self._tell(frames.ERROR, {"error": "unwanted", "kind": str(e)})
        except SyntaxError as e:
            self._tell(frames.ERROR, {"error": "syntax", "message": str(e)})
        except KgError as e:
            self._tell(frames.ERROR, {"error": e.code, "message": e.message, "where": e.where, "hint": e.hint})
        except MemoryError:
            self._tell(frames.ERROR, {"error": "memory"})
        except (ValueError, RuntimeError, OSError) as e:
            self._tell(frames.ERROR, {"error": "failed", "message": str(e)})

    def _query(self, told: dict[str, Any]) -> None:
        own = told.pop("own")
        question = Question(union=self._settings.union and not own, **told)
        last, about = evaluate(self._store, question, self._settings.prefixes, self._give)
        about["held"] = sandbox.held()[1]
        self._say(frames.frame(frames.DATA, last) + frames.frame(frames.END, json.dumps(about).encode()))

    def _update(self, told: dict[str, Any]) -> None:
        using = Dataset(tuple(told["default"] or ()), tuple(told["named"]))
        settings = self._settings
        removes, adds = evaluate_update(
            self._store,
            told["text"],
            using=using,
            union=settings.union,
            prefixes=settings.prefixes,
            base=told["base"],
        )
        if len(removes) + len(adds) > told["most_rows"]:
            raise TooMuch("rows")
        data = "".join((*removes, *adds)).encode()
        if len(data) > told["most_bytes"]:
            raise TooMuch("bytes")
        for start in range(0, len(data), 1 << 16):
            self._give(data[start : start + (1 << 16)])
        self._tell(frames.END, {"kind": "delta", "removes": len(removes)})

    def _give(self, part: bytes) -> None:
        self._say(frames.frame(frames.DATA, part))

    def _tell(self, kind: bytes, told: dict[str, Any]) -> None:
        self._say(frames.frame(kind, json.dumps(told).encode()))


def _quads(lines: bytes) -> list[Quad]:
    """Quads of N-Quads; blank nodes keep their labels."""
    return list(pyoxigraph.parse(lines, RdfFormat.N_QUADS)) if lines else []


def main(owner: int) -> int:
    """Answer until the owner closes the pipe."""
    kind = sandbox.enter(owner)
    answers = os.dup(1)
    os.dup2(2, 1)  # what anything prints is no answer
    reader = frames.Reader(0, _MOST)
    try:
        settings = Settings(**json.loads(reader.read()[1]))
        worker = Worker(settings, lambda data: frames.send(answers, data), kind)
        while True:
            worker.take(*reader.read())
    except (EOFError, BrokenPipeError):
        return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
