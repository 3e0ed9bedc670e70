"""``stemma demo``: the shipped corpus in a workspace, and three things to try."""

from __future__ import annotations

import shlex
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from kg.cli.output import note, progress, result, table
from kg.resources import folder
from kg.workspace import Workspace

QUESTION = """SELECT ?relation ?object ?polarity ?certainty (COUNT(?claim) AS ?claims) WHERE {
  ?claim stemma:statement ?s ; stemma:polarity ?p ; stemma:certainty ?c .
  ?s stemma:subject CL:0000134 ; stemma:relation ?r ; stemma:object ?o .
  ?r rdfs:label ?relation . ?o rdfs:label ?object . ?p rdfs:label ?polarity . ?c rdfs:label ?certainty .
} GROUP BY ?relation ?object ?polarity ?certainty ORDER BY DESC(?claims) ?relation ?object LIMIT 12"""


def demo(
    context: typer.Context,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help="Where to make it; default: stemma-demo.")
    ] = None,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it until Ctrl-C.")] = True,
    port: Annotated[int, typer.Option(help="Port to serve on; 0 for any free one.")] = 8000,
) -> None:
    """Build a workspace of the ALS corpus, serve it, and show three things to try."""
    path = workspace or context.ensure_object(dict).get("workspace") or Path("stemma-demo")
    opened = Workspace(path) if (path / "workspace.toml").is_file() else Workspace.init(path, name="ALS demo")
    with opened as w:
        load_corpus(w, folder("data") / "als")
        claims, sources = len(w.records.ids("claim")), len(w.records.ids("source"))
        result(f"The workspace is {path}: {claims} claims of {sources} sources.\n")
        result("A question, in SPARQL: what is said of mesenchymal stem cells?")
        result(f"  stemma --workspace {shlex.quote(str(path))} query {shlex.quote(QUESTION)}")
        answer = w.query(QUESTION)
        table(answer.variables, [["" if c is None else str(c) for c in row] for row in answer.plain_rows()])
        target = path / "als.graphml"
        target.write_text(w.export("graphml", view="entities"), encoding="utf-8")
        result(f"\nA graph, for Gephi, Cytoscape or networkx: {target}")
        result(f"  stemma --workspace {shlex.quote(str(path))} export --format graphml --view entities -o {target}")
        if serve:
            _serve(w, port)
        else:
            result(f"\nA page: run\n  stemma --workspace {shlex.quote(str(path))} serve")


def load_corpus(workspace: Workspace, corpus: Path) -> None:
    """Add a corpus that ships: its sources and snapshots first, then its claims."""
    files = sorted(corpus.glob("*.jsonl"), key=lambda p: ("sources" not in p.name, p.name))
    with progress() as bar:
        for path in bar.track(files, description=f"loading {corpus.name}"):
            workspace.add(path, why=f"corpus {corpus.name}: {path.name}", keep_review=True)


def _serve(workspace: Workspace, port: int) -> None:
    services = entry_points(group="stemma.service")
    if not services:
        note("the service is not installed")
        return
    with next(iter(services)).load()(workspace, "127.0.0.1", port) as running:
        result(f"\nA page: {running.url}\n  curl -H 'Accept: application/json' '{running.url}api/v1/claims?limit=1'")
        note("Ctrl-C ends it.")
        running.wait()
