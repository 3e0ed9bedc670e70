"""SHACL by ``shacl``, an engine in Rust that keeps its shapes compiled and runs patterns in linear time.

It is pinned: another version is not used, since what is proven of this one (decision 6) is not proven of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from rdflib import Graph, URIRef
from rdflib.namespace import RDFS
from rdflib.namespace import SH as SHACL

from kg.gate.results import SH, failed, finding, is_theirs
from kg.model.digest import short_hash
from kg.report import Finding
from kg.schema.names import RDF_TYPE

try:
    import shacl
except ImportError:  # no wheel for this machine: pySHACL judges
    shacl = None  # type: ignore[assignment]

NAME = "shacl"
PINNED = "0.3.4"

_TYPES = re.compile(rf"^<([^>]*)> <{re.escape(RDF_TYPE)}> <([^>]*)> \.$", re.MULTILINE)
_JUDGED = "urn:stemma:judged:"
_BELOW = f"<{RDFS.subClassOf}>"


@dataclass(frozen=True)
class Compiled:
    """Shapes, ready.

    A shape that targets a class would also be held against the records around the ones that are
    judged, only to have its results thrown away. So it targets, in ``shapes``, what the text says is
    judged by it; ``written`` keeps the targets as they are, for data that has classes of its own.
    Where ``sh:node`` holds a part to a shape, the standard lets an engine tell what is wrong with the
    part, and this one does not; so parts are targets too.

    :param classes: the classes that shapes target.
    :param parts: class or part shape, to the properties that hold parts, to the shapes of these.
    :param step: finds the triples that lead to a part.
    """

    shapes: shacl.Shapes
    written: shacl.Shapes
    classes: frozenset[str]
    parts: Mapping[str, Mapping[str, tuple[str, ...]]]
    step: re.Pattern[str]


def is_available() -> bool:
    """Whether the engine is installed in exactly the version that is pinned."""
    try:
        return shacl is not None and version("shacl") == PINNED
    except PackageNotFoundError:
        return False


def compile(shapes: Graph) -> Compiled:
    """Compile a shapes graph.

    :raises ValueError: if the engine cannot read it.
    """
    classes = frozenset(str(c) for c in shapes.objects(None, SHACL.targetClass))
    parts = _parts(shapes)
    targeted = Graph()
    for s, p, o in shapes:
        is_target = p == SHACL.targetClass
        targeted.add((s, SHACL.targetObjectsOf, URIRef(_mark(str(o)))) if is_target else (s, p, o))
    for shape in {shape for steps in parts.values() for shapes_ in steps.values() for shape in shapes_}:
        targeted.add((URIRef(shape), SHACL.targetObjectsOf, URIRef(_mark(shape))))
    paths = sorted({re.escape(path) for steps in parts.values() for path in steps})
    step = re.compile(rf"^<([^>]*)> <({'|'.join(paths) or '(?!)'})> <([^>]*)> \.$", re.MULTILINE)
    return Compiled(_read(targeted), _read(shapes), classes, parts, step)


def _parts(shapes: Graph) -> dict[str, dict[str, tuple[str, ...]]]:
    """The properties that hold parts, below what holds them: a class, or the shape of a part."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for holder, field in shapes.subject_objects(SHACL.property):
        path = shapes.value(field, SHACL.path)
        below = tuple(sorted(str(n) for n in shapes.objects(field, SHACL.node) if isinstance(n, URIRef)))
        if below and isinstance(path, URIRef):
            for owner in (holder, *shapes.objects(holder, SHACL.targetClass)):
                steps = found.setdefault(str(owner), {})
                steps[str(path)] = tuple(sorted({*steps.get(str(path), ()), *below}))
    return found


def judge(text: str, context: str, shapes: Compiled, focus: Iterable[str]) -> Iterator[Finding]:
    """Judge records by the shapes. See :func:`kg.gate.shacl.judge`."""
    wanted = set(focus)
    data = text + context
    try:
        if _BELOW in data:
            report = shapes.written.validate_text(data, format="ntriples")
        else:
            report = shapes.shapes.validate_text(data + _targets(data, shapes, wanted), format="ntriples")
        found = [_finding(r) for r in report.results if is_theirs(_text(r.focus_node), wanted)]
    except Exception as e:  # any failure of the engine refuses
        found = [failed(e)]
    yield from found


def _read(shapes: Graph) -> shacl.Shapes:
    found = shacl.Shapes.from_text(shapes.serialize(format="nt"), format="ntriples")
    if not len(found):
        raise ValueError("the engine found no shape")
    return found


def _mark(cls: str) -> str:
    return _JUDGED + short_hash(cls, 16)


def _targets(data: str, shapes: Compiled, wanted: set[str]) -> str:
    """Which node is judged by which shapes."""
    typed = {(n, c) for n, c in _TYPES.findall(data) if c in shapes.classes and is_theirs(n, wanted)}
    triples: dict[str, list[tuple[str, str]]] = {}
    for subject, path, value in shapes.step.findall(data):
        triples.setdefault(subject, []).append((path, value))
    seen, todo = set(typed), list(typed)
    while todo:
        node, holder = todo.pop()
        for path, value in triples.get(node, ()):
            new = {(value, shape) for shape in shapes.parts.get(holder, {}).get(path, ())} - seen
            seen |= new
            todo.extend(new)
    return "".join(f"<{_JUDGED}> <{_mark(what)}> <{node}> .\n" for node, what in sorted(seen))


def _finding(result: shacl.Result) -> Finding:
    value = result.value or ""
    return finding(
        focus=_text(result.focus_node),
        component=result.component_iri or "",
        shape=_iri(result.source_shape),
        path=_iri(result.path),
        value=_text(value) if value[:1] == "<" else str(result.value_plain) if value[:1] == '"' else "",
        severity=result.severity_iri or SH + "Violation",
        messages=result.messages,
    )


def _iri(term: str | None) -> str:
    """The IRI of a term in N-Triples, or nothing if it is none."""
    return term[1:-1] if term and re.fullmatch("<[^<>]*>", term) else ""


def _text(term: str) -> str:
    return _iri(term) or term
