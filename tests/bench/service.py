"""HTTP overhead beside others on the same data: ``python tests/bench/service.py [CLAIMS]``.

`stemma serve`, `oxigraph serve-read-only` and `rdflib-endpoint` answer the same two queries in turn, from the same
client with a few connections; medians of rounds in one run.
"""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode, urlsplit

import kg
from kg.bench.synthetic import claims, sources
from kg.profile import ONTOLOGY_GRAPH

BIN = Path(sys.executable).parent
ROUNDS, SECONDS, CONNECTIONS = 5, 2.0, 4
STEMMA = "https://w3id.org/stemma/ontology/"


def main(size: int) -> None:
    """Measure, and print a row for each server and query."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as servers:
        folder = Path(name)
        point = _fill(folder, size)
        urls = {
            "stemma": servers.enter_context(_stemma(folder)),
            "oxigraph": servers.enter_context(_oxigraph(folder)),
            "rdflib-endpoint": servers.enter_context(_rdflib(folder)),
        }
        rows = f"SELECT ?s ?o WHERE {{ GRAPH ?g {{ ?s <{STEMMA}paraphrase> ?o }} }} LIMIT 1000"
        for what, query in (("point lookup", point), ("1,000 rows", rows)):
            found: dict[str, list[tuple[float, float]]] = {name: [] for name in urls}
            for _ in range(ROUNDS):
                for server, url in urls.items():
                    found[server].append(_load(url, query))
            base = median(rate for rate, _ in found["oxigraph"])
            for server, told in found.items():
                rate, p99 = median(r for r, _ in told), median(p for _, p in told)
                row = {"query": what, "server": server, "requests/s": round(rate), "p99 ms": round(p99 * 1000, 1)}
                print(json.dumps(row | {"ratio to oxigraph": round(rate / base, 2)}), flush=True)


def _fill(folder: Path, size: int) -> str:
    """A workspace of synthetic claims, the same quads as a file, and a query for one of them."""
    with kg.init(folder / "w") as workspace:
        workspace.add(sources(workspace))
        (folder / "c.jsonl").write_text("".join(json.dumps(r) + "\n" for r in islice(claims(workspace), size)))
        workspace.load(folder / "c.jsonl")
        workspace.compact()
        quads = (q for q in workspace.store.quads() if ONTOLOGY_GRAPH not in str(q.graph_name))
        (folder / "all.nq").write_text("".join(f"{q} .\n" for q in quads))
        claim = workspace.records.ids("claim")[size // 2]
    return f"SELECT ?p ?o WHERE {{ GRAPH <{claim}> {{ <{claim}> ?p ?o }} }}"


@contextmanager
def _stemma(folder: Path) -> Iterator[str]:
    command = [str(BIN / "stemma"), "--workspace", str(folder / "w"), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        yield f"{server.stdout.readline().strip()}sparql"
        server.send_signal(signal.SIGTERM)


@contextmanager
def _oxigraph(folder: Path) -> Iterator[str]:
    oxigraph, place, port = str(BIN / "oxigraph"), str(folder / "ox"), _port()
    subprocess.run([oxigraph, "load", "--location", place, "--file", str(folder / "all.nq")], check=True)
    subprocess.run([oxigraph, "optimize", "--location", place], check=True)
    command = [oxigraph, "serve-read-only", "--location", place, "--bind", f"127.0.0.1:{port}"]
    with _running(command, f"http://127.0.0.1:{port}/query") as url:
        yield url


@contextmanager
def _rdflib(folder: Path) -> Iterator[str]:
    port = _port()
    command = [str(BIN / "rdflib-endpoint"), "serve", str(folder / "all.nq"), "--host", "127.0.0.1"]
    with _running([*command, "--port", str(port)], f"http://127.0.0.1:{port}/") as url:
        yield url


@contextmanager
def _running(command: list[str], url: str) -> Iterator[str]:
    """A server that is up: it answers, and is still the process that was started."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(600):
                assert server.poll() is None, f"{command[0]} ended"
                try:
                    _ask(http.client.HTTPConnection(urlsplit(url).netloc, timeout=5), url, "ASK {}")
                    break
                except OSError:
                    time.sleep(0.1)
            yield url
        finally:
            server.terminate()


def _load(url: str, query: str) -> tuple[float, float]:
    """Requests a second, and the 99th percentile in seconds."""
    times: list[float] = []
    until = time.perf_counter() + SECONDS

    def ask() -> None:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        while time.perf_counter() < until:
            begun = time.perf_counter()
            _ask(connection, url, query)
            times.append(time.perf_counter() - begun)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(times) / SECONDS, quantiles(times, n=100)[-1]


def _ask(connection: http.client.HTTPConnection, url: str, query: str) -> bytes:
    path = f"{urlsplit(url).path}?{urlencode({'query': query})}"
    connection.request("GET", path, headers={"Accept": "application/sparql-results+json"})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body[:300]
    return body


def _port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
