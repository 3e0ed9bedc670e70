"""What it costs to judge all that is stored, beside SHACL engines that judge the same records alone.

One claim in a hundred is spoiled behind the gate's back, so that there is something to find, and what
each finds is compared.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, RdfFormat, parse

from kg.bench.synthetic import fill
from kg.gate.gate import Gate
from kg.gate.results import finding
from kg.model.node import Node
from kg.report import Finding, Report
from kg.schema.names import RDF_TYPE
from kg.schema.shapes import Kind
from kg.workspace import Workspace

try:
    import shacl_rust  # type: ignore[import-untyped]
except ImportError:  # only there for development
    shacl_rust = None

SAMPLE = 5_000
"""Claims that pySHACL judges."""
_PART = 200
"""Records that it judges at a time: it takes longer than twice as long for twice as many."""
_SPOILED = 100
"""One claim in so many is spoiled."""

Found = set[tuple[str, str, str]]
"""What was found: the rule, the record or part, and the property."""


def validating(size: int, tell: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """Judge all that is stored, and compare with shacl-rust on the same and pySHACL on a sample.

    :returns: one row: claims a second of each, and whether they found the same. Ours reads every record
        out of the store, and its closed-world checks come with it; the others are given text.
    """
    with tempfile.TemporaryDirectory() as folder:
        tell(f"filling a workspace with {size:,} synthetic claims")
        with fill(Workspace.init(Path(folder) / "w"), size) as workspace:
            workspace.store.optimize()
            spoiled = _spoil(workspace)
            tell("validating")
            begun = time.perf_counter()
            report = workspace.validate()
            ours = size / (time.perf_counter() - begun)
            begun = time.perf_counter()
            lines = sum(1 for _ in workspace.store.quads())
            read = size / (time.perf_counter() - begun)
            row: dict[str, Any] = {
                "claims": size,
                "spoiled": spoiled,
                "findings": len(report.findings),
                "claims/s": round(ours),
                "claims/s only read, in one process": round(read),
                "quads a claim": round(lines / size, 1),
            }
            row |= _rust(workspace, report, size, ours, tell)
            row |= _sampled(workspace, min(size, SAMPLE), ours, tell)
    yield row


def _rust(workspace: Workspace, report: Report, size: int, ours: float, tell: Callable[[str], None]) -> dict[str, Any]:
    if shacl_rust is None:
        return {"shacl-rust claims/s": "not installed"}
    tell("validating by shacl-rust")
    data, shapes = _text(workspace), workspace.profile.shapes_graph.serialize(format="turtle")
    begun = time.perf_counter()
    told = shacl_rust.validate(data, shapes, data_format="nt", experimental_index=True)
    theirs = size / (time.perf_counter() - begun)
    same = _found(_as_findings(told["results"])) == _found(report.findings)
    return {
        "shacl-rust claims/s": round(theirs),
        "times faster than shacl-rust": round(ours / theirs, 2),
        "shacl-rust finds the same": same,
    }


def _sampled(workspace: Workspace, size: int, ours: float, tell: Callable[[str], None]) -> dict[str, Any]:
    tell(f"validating {size:,} claims by pySHACL")
    sample = list(islice(workspace.records.all("claim"), size))
    parts = [sample[i : i + _PART] for i in range(0, size, _PART)]
    begun = time.perf_counter()
    slow = _judged(Gate(workspace.profile, workspace.iris, "pyshacl"), parts, workspace)
    theirs = size / (time.perf_counter() - begun)
    return {
        "pySHACL claims/s": round(theirs),
        "times faster than pySHACL": round(ours / theirs, 1),
        "pySHACL finds the same": _judged(Gate(workspace.profile, workspace.iris), parts, workspace) == slow,
    }


def _judged(gate: Gate, parts: Iterable[Sequence[Node]], workspace: Workspace) -> Found:
    return _found(f for part in parts for f in gate.judge(part, workspace).findings)


def _spoil(workspace: Workspace) -> int:
    """Take a word that must be there from one claim in a hundred."""
    rng = random.Random(5)
    needed = [f.path for f in workspace.profile.shapes["claim"].fields if f.minimum and f.kind is Kind.TOKEN]
    claims = workspace.records.ids("claim")[::_SPOILED]
    gone = [q for id in claims for q in workspace.store.quads(NamedNode(id), NamedNode(rng.choice(needed)))]
    workspace.store.apply(gone, [])
    return len(claims)


def _text(workspace: Workspace) -> str:
    """All records as N-Triples, with the classes of the terms that they name."""
    vocabulary = workspace.profile.vocabulary
    lines = list(workspace.dump())
    quads = parse(input="".join(lines), format=RdfFormat.N_QUADS)
    terms = {q.object.value for q in quads if isinstance(q.object, NamedNode) and q.object.value in vocabulary}
    classes = (f"<{t}> <{RDF_TYPE}> <{c}> .\n" for t in terms for c in vocabulary.terms[t].classes)
    return "".join(f"{line.rsplit(' <', 1)[0]} .\n" for line in lines) + "".join(classes)


def _as_findings(results: Iterable[dict[str, Any]]) -> Iterator[Finding]:
    for r in results:
        plain = {key: str(value).strip("<>") for key, value in r.items() if key != "messages"}
        yield finding(
            focus=plain["focusNode"],
            component=plain["sourceConstraintComponent"],
            shape=plain["sourceShape"],
            path=plain.get("resultPath", ""),
            value=plain.get("value", ""),
            severity=plain["severity"],
            messages=r["messages"],
        )


def _found(findings: Iterable[Finding]) -> Found:
    return {(f.code, f.about, f.pointer) for f in findings}
