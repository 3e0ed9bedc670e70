"""Every rule of the shapes, by an example that passes and one that fails (shapes/examples/)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse
from rdflib import Graph, URIRef
from rdflib.namespace import RDF, SH

import kg
from api.rest.bodies import merged
from kg.codec.read import Reader
from kg.gate.shacl import judge
from kg.resources import folder
from kg.schema.names import RDF_TYPE, SHAPES, local_name

EXAMPLES = folder("shapes") / "examples"
NUMBER = 112

Json = dict[str, Any]
Codes = list[tuple[str, str]]


def load(name: str) -> Any:
    return json.loads((EXAMPLES / name).read_text("utf-8"))


MANIFEST = load("manifest.json")
BASE = load("base.json")
ALL = [load(name) for name in MANIFEST["examples"]]
WITH_RDF = [e for e in ALL if "failsRdf" in e]


def name_of(example: Json) -> str:
    return str(example["shape"])


def records(patch: Json) -> list[Json]:
    return list(merged(BASE["records"], patch).values())


def codes(findings: Iterable[kg.Finding]) -> Codes:
    return sorted({(f.code, f.severity.value) for f in findings})


def expected(entries: list[dict[str, str]]) -> Codes:
    return sorted((e["code"], e["severity"]) for e in entries)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    with kg.init(tmp_path_factory.mktemp("examples") / "w") as w:
        for text in BASE["texts"]:
            w.library.put(text)
        yield w


def encoded(w: kg.Workspace, data: list[Json]) -> tuple[list[str], list[kg.Finding]]:
    """The records as canonical N-Quads lines, and what the codec found wrong."""
    reader = Reader(w.profile.shapes, w.profile.vocabulary, w.profile.prefixes, w.iris)
    nodes = {n.id: n for record in data for n in reader.record(record)}
    quads = (q for n in nodes.values() for q in n.quads())
    return sorted(f"{q.subject} {q.predicate} {q.object} {q.graph_name} ." for q in quads), reader.findings


def shacl(w: kg.Workspace, lines: Iterable[str]) -> Codes:
    """What SHACL says of N-Quads lines, with the classes of the terms around them."""
    quads = list(parse(input="\n".join(lines), format=RdfFormat.N_QUADS))
    text = "".join(f"{q.subject} {q.predicate} {q.object} .\n" for q in quads)
    named = sorted({q.object.value for q in quads if isinstance(q.object, NamedNode)})
    terms = [t for iri in named if (t := w.profile.vocabulary.get(iri))]
    types = "".join(f"<{t.iri}> <{RDF_TYPE}> <{c}> .\n" for t in terms for c in t.classes)
    focus = sorted({q.graph_name.value for q in quads if isinstance(q.graph_name, NamedNode)})
    return codes(judge(text, types, Graph() + w.profile.shapes_graph, focus))


def added(w: kg.Workspace, data: list[Json]) -> Codes:
    try:
        return codes(w.add(data, dry_run=True, keep_review=True).report.findings)
    except kg.Refused as e:
        return codes(e.report.findings)


def test_number_of_examples() -> None:
    assert len(ALL) == NUMBER
    files = {p.name for p in EXAMPLES.glob("*.json")} - {"base.json", "manifest.json"}
    assert sorted(MANIFEST["examples"]) == sorted(files)
    assert [f"{name_of(e)}.json" for e in ALL] == MANIFEST["examples"]


def test_every_named_shape_and_rule_has_an_example(workspace: kg.Workspace) -> None:
    graph = workspace.profile.shapes_graph
    named = {
        local_name(str(s))
        for kind in (SH.PropertyShape, SH.NodeShape)
        for s in graph.subjects(RDF.type, kind)
        if isinstance(s, URIRef)
    }
    assert named == {name_of(e) for e in ALL}
    assert all(str(s).startswith(SHAPES) for s in graph.subjects(RDF.type, SH.NodeShape) if isinstance(s, URIRef))


def test_manifest_names_the_shapes(workspace: kg.Workspace) -> None:
    listed = {(EXAMPLES / p).resolve() for p in MANIFEST["shapes"]}
    assert listed == {p.resolve() for p in workspace.profile.shapes_files}


def test_base_record_passes_in_both_forms(workspace: kg.Workspace) -> None:
    lines, found = encoded(workspace, records({}))
    assert not found
    assert (EXAMPLES / "base.nq").read_text("utf-8").splitlines() == lines
    assert shacl(workspace, lines) == []
    assert added(workspace, records({})) == []


@pytest.mark.parametrize("example", ALL, ids=name_of)
def test_what_passes_conforms(workspace: kg.Workspace, example: Json) -> None:
    assert added(workspace, records(example["passes"])) == []


@pytest.mark.parametrize("example", [e for e in ALL if "fails" in e], ids=name_of)
def test_what_fails_is_refused_with_these_codes(workspace: kg.Workspace, example: Json) -> None:
    assert added(workspace, records(example["fails"])) == expected(example["expected"])


@pytest.mark.parametrize("example", ALL, ids=name_of)
def test_shacl_itself_finds_what_fails(workspace: kg.Workspace, example: Json) -> None:
    """By the JSON record's encoding where the codec lets it through, else by N-Quads."""
    judged = False
    if "fails" in example:
        lines, stopped = encoded(workspace, records(example["fails"]))
        if not stopped:
            judged = True
            wanted = [e for e in example["expected"] if (URIRef(SHAPES + e["code"]), None, None) in shapes(workspace)]
            assert shacl(workspace, lines) == expected(wanted)
    if "failsRdf" in example:
        judged = True
        assert shacl(workspace, changed(example["failsRdf"])) == expected(example["failsRdf"]["expected"])
    assert judged, "the codec stops this example, so it needs failsRdf"


def shapes(w: kg.Workspace) -> Any:
    return w.profile.shapes_graph


def changed(change: Json) -> list[str]:
    lines = (EXAMPLES / "base.nq").read_text("utf-8").splitlines()
    assert set(change["removes"]) <= set(lines)
    assert not set(change["adds"]) & set(lines)
    return [*(line for line in lines if line not in change["removes"]), *change["adds"]]


def test_the_rdf_door_refuses_them_too(workspace: kg.Workspace, tmp_path: Path) -> None:
    """All but those that differ only in what a commit sets itself."""
    path = tmp_path / "change.nq"
    let_in = set()
    for example in WITH_RDF:
        path.write_text("\n".join(changed(example["failsRdf"])) + "\n", "utf-8")
        try:
            workspace.add(path, dry_run=True, keep_review=True)
            let_in.add(name_of(example))
        except kg.Refused:
            pass
    assert let_in == {"Claim-version", "Interests-version", "Snapshot-version", "Source-version"}


@pytest.mark.parametrize("example", ALL, ids=name_of)
def test_example_says_what_it_shows(example: Json) -> None:
    assert example["about"].endswith(".")
    assert example.keys() <= {"shape", "about", "passes", "fails", "expected", "failsRdf"}
    told = [*example.get("expected", []), *example.get("failsRdf", {}).get("expected", [])]
    wanted = {name_of(example), "key-unknown", "property-unknown"}
    if name_of(example) == "Claim-snapshot":
        wanted.add("digest")
    assert wanted & {e["code"] for e in told}
