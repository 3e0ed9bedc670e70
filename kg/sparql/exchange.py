"""One question to one worker, from the first byte to the last, and what its faults mean."""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from kg.errors import KgError, NotAcceptable, QueryEnded, QueryError, WorkspaceFull
from kg.sparql import frames
from kg.sparql.answer import Dataset, Limits
from kg.sparql.process import Gone, Worker, told
from kg.store.limits import syntax_error

_SPOOL = 1 << 20
"""Longest answer that is kept in memory, in bytes."""
_KINDS = {"rows": "rows", "truth": "a truth", "graph": "triples"}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole answer, and what the worker told of it.

    :param held: how much memory the worker has now, in bytes.
    :param removes: how many lines of an update's quads are to go.
    """

    body: IO[bytes]
    length: int
    kind: str
    format: str = ""
    variables: tuple[str, ...] = ()
    held: int = 0
    removes: int = 0


def question(
    text: str,
    dataset: Dataset,
    limits: Limits,
    *,
    rows: str | None = None,
    graph: str | None = None,
    own: bool = False,
    base: str | None = None,
) -> bytes:
    """The payload of a question.

    :param base: what relative IRIs are resolved against.
    :param own: whether the text names its dataset itself.
    """
    named = bool(dataset.default or dataset.named)
    return json.dumps(
        {
            "text": text,
            "rows": rows,
            "graph": graph,
            "default": dataset.default if named else None,
            "named": dataset.named,
            "own": own,
            "base": base,
            "most_rows": limits.rows,
            "most_bytes": limits.bytes,
            "memory": limits.memory,
            "seconds": limits.deadline,
        }
    ).encode()


def exchange(worker: Worker, message: bytes, limits: Limits, folder: Path) -> Whole | KgError:
    """Ask, and take the whole answer or the fault that the worker tells.

    :param folder: where an answer goes that is too long for memory.
    :raises Gone: if the worker ended, or told what cannot be.
    :raises WorkspaceFull: if there is no room for the answer.
    """
    worker.say(message)
    body: IO[bytes] = BytesIO()
    length = 0
    try:
        while True:
            kind, payload = worker.hear()
            if kind == frames.DATA:
                length += len(payload)
                if length > limits.bytes:
                    raise Gone
                if length > _SPOOL and isinstance(body, BytesIO):
                    body = _on_disk(body, folder)
                body.write(payload)
            elif kind == frames.END:
                body.seek(0)
                return _whole(body, length, told(payload))
            elif kind == frames.ERROR:
                body.close()
                return _fault(told(payload), limits)
            else:
                raise Gone
    except OSError as e:
        body.close()
        raise WorkspaceFull(f"there is no room for the answer: {e.strerror}", hint="Free some space.") from None
    except BaseException:
        body.close()
        raise


def _whole(body: IO[bytes], length: int, said: dict[str, Any]) -> Whole:
    """The answer, if what the worker said of it can be.

    :raises Gone: if not.
    """
    match said:
        case {"kind": "delta", "removes": int(removes)}:
            return Whole(body, length, "delta", removes=removes)
        case {
            "kind": "rows" | "truth" | "graph" as kind,
            "format": str(format),
            "variables": list(v),
            "held": int(held),
        }:
            return Whole(body, length, kind, format, tuple(map(str, v)), held)
    raise Gone


def _on_disk(body: BytesIO, folder: Path) -> IO[bytes]:
    file = TemporaryFile(dir=folder)  # noqa: SIM115 - the answer closes it
    file.write(body.getbuffer())
    return file


def ended(reason: str, limits: Limits) -> QueryEnded:
    """What is told of a question that was ended."""
    messages = {
        "deadline": (f"the query was ended at its deadline of {limits.deadline:g} s", "Ask for less, or in steps."),
        "memory": (f"the query needs more than {limits.memory >> 20:,} MiB of memory", "Ask for less, or in steps."),
        "rows": (f"the answer has more than {limits.rows:,} rows", "Use LIMIT and OFFSET, or an export."),
        "bytes": (f"the answer is longer than {limits.bytes:,} bytes", "Use LIMIT and OFFSET, or an export."),
        "crash": ("the engine did not survive this query", "Nothing else was harmed; write it in another way."),
    }
    message, hint = messages[reason]
    return QueryEnded(message, reason=reason, hint=hint)


def _fault(said: dict[str, Any], limits: Limits) -> KgError:
    error, message = str(said.get("error")), str(said.get("message", ""))
    if error in ("rows", "bytes", "memory"):
        return ended(error, limits)
    if error == "unwanted":
        kind = _KINDS.get(str(said.get("kind")), "something else")
        return NotAcceptable(f"this query answers with {kind}, and no format for that was asked for")
    if error == "syntax":
        return syntax_error(message)
    if error == "failed":
        return QueryError(f"the query failed: {message}")
    return QueryError(message, where=str(said.get("where", "")), hint=str(said.get("hint", "")))
