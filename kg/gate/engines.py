"""Which engine judges: each is two functions, ``compile(shapes)`` and ``judge(text, context, compiled, focus)``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rdflib import Graph

from kg.errors import UsageError
from kg.gate import rust, shacl
from kg.gate.results import failed
from kg.report import Finding

Compile = Callable[[Graph], Any]
Judge = Callable[[str, str, Any, Iterable[str]], Iterable[Finding]]


@dataclass(frozen=True)
class Engine:
    """A SHACL engine.

    :param compile: makes of a shapes graph what ``judge`` takes.
    :param judge: see :func:`kg.gate.shacl.judge`.
    """

    name: str
    compile: Compile
    judge: Judge


PYSHACL = Engine(shacl.NAME, shacl.compile, shacl.judge)
RUST = Engine(rust.NAME, rust.compile, rust.judge)


def engines() -> dict[str, Engine]:
    """The engines that are installed, by name; the fastest stands first."""
    found = [RUST, PYSHACL] if rust.is_available() else [PYSHACL]
    return {e.name: e for e in found}


def engine(name: str | None = None) -> Engine:
    """An engine by its name, or the fastest that is installed.

    :raises UsageError: if there is no such engine here.
    """
    found = engines()
    if name is None:
        return next(iter(found.values()))
    if name not in found:
        raise UsageError(f"there is no engine {name} here", hint=f"Installed: {', '.join(found)}.")
    return found[name]


@dataclass(frozen=True)
class Judging:
    """An engine with shapes; the shapes are compiled when first asked.

    :param shapes: a shapes graph; never from the data.
    """

    engine: Engine
    shapes: Graph

    def judge(self, text: str, context: str, focus: Iterable[str]) -> Iterable[Finding]:
        """See :func:`kg.gate.shacl.judge`. Shapes that the engine cannot compile refuse everything."""
        try:
            compiled = self._compiled
        except Exception as e:  # any failure of the engine refuses
            return [failed(e)]
        return self.engine.judge(text, context, compiled, focus)

    @cached_property
    def _compiled(self) -> Any:
        return self.engine.compile(self.shapes)
