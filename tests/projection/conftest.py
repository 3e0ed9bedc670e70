"""Workspaces whose projection is held against what their records and their quads say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.bench.synthetic import fill
from kg.browse import Browser
from kg.cli.demo import load_corpus
from kg.resources import folder
from kg.schema.names import STEMMA
from kg.schema.shapes import Kind

Record = dict[str, Any]

_ENDS = tuple(STEMMA + n for n in ("relation", "subject", "object", "of"))


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    """Synthetic claims, a few hundred; tests may edit them, and put nothing back."""
    with fill(kg.init(tmp_path_factory.mktemp("synthetic") / "w"), 150) as opened:
        yield opened


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    """The corpus that ships."""
    with kg.init(tmp_path_factory.mktemp("corpus") / "w") as opened:
        load_corpus(opened, Path(folder("data")) / "als")
        yield opened


@pytest.fixture(scope="session")
def oracle() -> Callable[[kg.Workspace], Oracle]:
    """See :class:`Oracle`."""
    return Oracle


class Oracle:
    """What lists and counts must be, told by reading every record as JSON: slow, and plainly right.

    It is as of when it is made.
    """

    def __init__(self, workspace: kg.Workspace) -> None:
        self._workspace, self._vocabulary = workspace, workspace.profile.vocabulary
        self._filters = Browser(workspace).filters
        shapes = workspace.profile.shapes
        placed = [(f.key, f) for f in shapes["claim"].fields]
        placed += [(("statement", *f.key), f) for f in shapes["statement"].fields]
        self._fields = {key[-1]: (key, f) for key, f in placed if f.kind in (Kind.TOKEN, Kind.TERM)}
        self._records = list(workspace.claims())
        self._held = {r["id"]: self.values(r) for r in self._records}

    def select(self, wanted: Mapping[str, Sequence[str]]) -> list[Record]:
        """The claims that hold one of the values of each filter."""
        return [r for r in self._records if all(self._passes(r, n, vs) for n, vs in wanted.items())]

    def tally(self, records: Sequence[Record], name: str) -> dict[str, int]:
        """How many claims each value that stands among them would find."""
        held = [self._held[r["id"]][name] for r in records]
        occurring = {v for values in held for v in values}
        if self._filters[name].below:
            held = [{up for v in values for up in self._vocabulary.ancestors(v)} & occurring for values in held]
        return dict(Counter(v for values in held for v in values))

    def values(self, record: Record) -> dict[str, set[str]]:
        """What a claim is found by."""
        prefixes = self._workspace.profile.prefixes
        values = {name: set(_values(record, key)) for name, (key, _) in self._fields.items()}
        ends = values["subject"] | values["object"]
        qualifiers = [
            n
            for n, (key, f) in self._fields.items()
            if f.path not in _ENDS and f.kind is Kind.TERM and key[0] == "statement"
        ]
        values["qualifier"] = {v for n in qualifiers for v in values[n]}
        values["mention"] = {str(prefixes.iri(m["curie"])) for m in record.get("mentions", ())}
        values["entity"] = ends | values["of"] | values["qualifier"] | values["mention"]
        for name in qualifiers:
            cls = str(self._fields[name][1].cls)
            if cls != STEMMA + "Entity":
                values[name] |= {v for v in ends if self._vocabulary.is_a(v, cls)}
        values["source"], values["statement"] = {record["source"]["id"]}, {record["statement"]["id"]}
        values["verification"] = {record["anchor"]["verification"]}
        reviewer = Browser(self._workspace).reviewer(record)
        values["reviewer"] = {reviewer} if reviewer else set()
        return values

    def _passes(self, record: Record, name: str, wanted: Sequence[str]) -> bool:
        held = self._held[record["id"]][name]
        if self._filters[name].below:
            held = {up for v in held for up in self._vocabulary.ancestors(v)}
        return not held.isdisjoint(wanted)


def _values(record: Record, key: Sequence[str]) -> Iterator[str]:
    here: Any = record
    for step in key:
        here = here.get(step) if isinstance(here, dict) else None
    for value in here if isinstance(here, list) else (here,):
        found = value.get("id") if isinstance(value, dict) else value
        if isinstance(found, str):
            yield found
