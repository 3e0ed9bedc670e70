"""Health, readiness, metrics, logs, request ids, settings, and a graceful end: on real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

import kg
from api import create_app
from api.settings import FILE, Settings, read_settings
from api.vitals import Vitals
from kg.errors import UsageError

STEMMA = [sys.executable, "-c", "from kg.cli.main import main; main()"]


@pytest.fixture(scope="module")
def w(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    with kg.init(tmp_path_factory.mktemp("operating") / "w") as opened:
        yield opened


@contextmanager
def serving(folder: Path, *arguments: str, **env: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A service in a process of its own on a new workspace, and its address."""
    kg.init(folder / "w").close()
    process = subprocess.Popen(
        [*STEMMA, "--workspace", "w", "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, **env},
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://"), process.communicate()[1]
        yield process, url
    finally:
        process.kill()
        process.communicate()


def metrics(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (s.name, tuple(sorted(s.labels.items()))): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


# ---- health, readiness, metrics


def test_it_lives_and_is_ready(w: kg.Workspace) -> None:
    client = TestClient(create_app(w))
    alive = client.get("/health").json()
    assert (alive["status"], alive["workspace"], alive["commit"]) == ("ok", "w", w.committer.number)
    assert alive["sandbox"]
    ready = client.get("/ready")
    assert ready.status_code == 200
    assert ready.json()["ready"] is True
    assert set(ready.json()["checks"].values()) == {"ok"}


def test_it_is_not_ready_where_the_journal_cannot_be_written(tmp_path: Path, article: Any) -> None:
    with kg.init(tmp_path / "w") as w:
        client = TestClient(create_app(w))
        (w.path / "journal.jsonl").unlink(missing_ok=True)
        (w.path / "journal.jsonl").symlink_to("/proc/nowhere")
        answer = client.get("/ready")
        assert answer.status_code in (200, 503)  # who may write everything, writes through it
        (w.path / "journal.jsonl").unlink()
        w.store.close()
        assert Vitals(w).faults()["store"] or Vitals(w).ready


def test_what_happens_is_counted(w: kg.Workspace) -> None:
    client = TestClient(create_app(w))
    for path in ("/api/v1/claims", "/api/v1/claims?limit=5", "/api/v1/claims/nobody", "/nowhere/1", "/nowhere/2"):
        client.get(path)
    client.get("/sparql?query=SELEKT")
    client.request("BREW", "/api/v1/claims")
    told = client.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain")
    found = metrics(told.text)

    def count(**labels: str) -> float:
        return found.get(("stemma_requests_total", tuple(sorted(labels.items()))), 0.0)

    assert count(method="GET", route="/api/v1/claims", status="200") == 2
    assert count(method="GET", route="/api/v1/claims/{id}", status="404") == 1
    assert count(method="GET", route="none", status="404") == 2, "what is made up has one name"
    assert count(method="other", route="/api/v1/claims", status="405") == 1
    assert found["stemma_request_seconds_count", (("method", "GET"), ("route", "/api/v1/claims"))] == 2
    assert found["stemma_problems_total", (("code", "query"),)] == 1
    assert found["stemma_requests_running", ()] == 1, "this one"
    assert found["stemma_commits_total", ()] == w.committer.number
    assert found["stemma_ready", ()] == 1
    assert client.get("/sparql?query=ASK%7B%7D").status_code == 200
    after = metrics(client.get("/metrics").text)
    workers = [after["stemma_query_workers", (("state", state),)] for state in ("idle", "running")]
    assert sum(workers) >= 1
    assert after["stemma_queries_waiting", ()] == 0
    other = metrics(TestClient(create_app(w)).get("/metrics").text)
    assert not [name for name, _ in other if name == "stemma_requests_total"], "another service counts for itself"


# ---- request ids and logs


def test_every_answer_bears_the_id_of_its_request(w: kg.Workspace) -> None:
    client = TestClient(create_app(w))
    assert client.get("/health", headers={"X-Request-ID": "mine-1"}).headers["x-request-id"] == "mine-1"
    for path in ("/health", "/nowhere", "/update", "/static/none"):
        made = [client.get(path).headers["x-request-id"] for _ in range(2)]
        assert len(set(made)) == 2
    for odd in ("a b", "x" * 200, '"', "a;b", ""):
        assert client.get("/health", headers={"X-Request-ID": odd}).headers["x-request-id"] != odd


def test_logs_are_json_and_tell_no_secret(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, url):
        own = (tmp_path / "w" / "key").read_text().strip()
        httpx.get(f"{url}api/v1/claims?limit=1", headers={"X-Request-ID": "one", "Authorization": f"Bearer {own}"})
        httpx.get(f"{url}api/v1/claims", headers={"X-Request-ID": "two", "Authorization": "Bearer stemma_a_hush"})
        httpx.get(f"{url}sparql?query=ASK%7B%7D&secret=hush", headers={"X-Request-ID": "three"})
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert out == ""
    lines = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    told = {line["request"]: line for line in lines if line.get("event") == "answered"}
    assert {r: (t["status"], t["method"], t["route"]) for r, t in told.items() if r in ("one", "two")} == {
        "one": (200, "GET", "/api/v1/claims"),
        "two": (401, "GET", "/api/v1/claims"),
    }
    assert told["one"]["caller"] == f"key:{own.split('_')[1]}"
    assert (told["two"]["code"], told["two"]["caller"]) == ("unauthorized", "address:127.0.0.1")
    assert all({"timestamp", "level", "ms", "bytes", "path"} <= line.keys() for line in told.values())
    assert "hush" not in err
    assert err.count(own) == 1, "shown once, and not in the log"
    plain = [line for line in err.splitlines() if not line.startswith("{")]
    assert "Traceback" not in "\n".join(plain)


# ---- ending


def test_what_has_begun_is_ended_before_it_ends(tmp_path: Path) -> None:
    """A request that arrives slowly is still answered after the stop; a new one is not taken."""
    with serving(tmp_path) as (process, url):
        begun, go = threading.Event(), threading.Event()

        def body() -> Iterator[bytes]:
            yield b"que"
            begun.set()
            assert go.wait(20)
            yield b"ri=x"

        answers: list[httpx.Response] = []
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        asking = threading.Thread(
            target=lambda: answers.append(httpx.post(f"{url}sparql", content=body(), headers=form, timeout=60))
        )
        asking.start()
        assert begun.wait(20)
        assert httpx.get(f"{url}health").status_code == 200
        process.send_signal(signal.SIGTERM)
        for _ in range(400):
            try:
                httpx.get(f"{url}health")
            except httpx.TransportError:
                break
        else:
            pytest.fail("it goes on taking requests")
        go.set()
        asking.join(60)
        assert process.wait(60) == 0
    assert answers[0].status_code == 400, answers[0].text
    with kg.open(tmp_path / "w") as again:
        assert again.validate().conforms


# ---- settings


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in list(os.environ):
        if name.startswith("STEMMA_"):
            monkeypatch.delenv(name)
    return monkeypatch


def test_options_stand_over_the_environment_and_that_over_the_file(tmp_path: Path, bare: pytest.MonkeyPatch) -> None:
    assert read_settings(tmp_path) == Settings()
    (tmp_path / FILE).write_text('port = 1000\nlog = "error"\ngrace = 3\n[limits]\nkeys = "5/second"\n', "utf-8")
    bare.setenv("STEMMA_PORT", "2000")
    bare.setenv("STEMMA_LIMITS__ADDRESSES", "9/hour")
    found = read_settings(tmp_path, host=None, port=3000)
    assert (found.port, found.log, found.grace, found.host) == (3000, "error", 3.0, "127.0.0.1")
    assert (found.limits.keys, found.limits.addresses) == ("5/second", "9/hour")
    assert read_settings(tmp_path).port == 2000
    other = tmp_path / "other.toml"
    other.write_text("port = 7\n", "utf-8")
    bare.delenv("STEMMA_PORT")
    assert read_settings(tmp_path, other).port == 7


def test_sign_in_is_set_by_file_and_environment(tmp_path: Path, bare: pytest.MonkeyPatch) -> None:
    (tmp_path / FILE).write_text('[oidc]\nissuer = "https://orcid.org"\naudience = "APP-1"\n', "utf-8")
    bare.setenv("STEMMA_OIDC__PEOPLE", '{"0000-0002-1825-0097": "reviewer"}')
    bare.setenv("STEMMA_AUTH", "required")
    found = read_settings(tmp_path)
    assert found.oidc is not None
    assert (found.oidc.issuer, found.oidc.people) == ("https://orcid.org", {"0000-0002-1825-0097": "reviewer"})
    again = tmp_path / "again.toml"
    again.write_text(found.toml(), "utf-8")
    bare.delenv("STEMMA_OIDC__PEOPLE")
    bare.delenv("STEMMA_AUTH")
    assert read_settings(None, again) == found
    assert tomllib.loads(found.toml())["oidc"]["people"]


WRONG: dict[str, tuple[str, dict[str, str], str]] = {
    "unknown in the file": ("prot = 1\n", {}, "prot: no such setting"),
    "unknown in a part of it": ('[limits]\nkey = "1/second"\n', {}, "limits.key: no such setting"),
    "unknown in the environment": ("", {"STEMMA_PROT": "1"}, "STEMMA_PROT: no such setting"),
    "unknown in a part, there": ("", {"STEMMA_LIMITS__KEY": "1"}, "STEMMA_LIMITS__KEY: no such setting"),
    "no port": ("port = 70000\n", {}, "less than or equal to 65535"),
    "no port, there": ("", {"STEMMA_PORT": "many"}, "STEMMA_PORT: "),
    "no rate": ('[limits]\nkeys = "often"\n', {}, "is no rate"),
    "no kind of auth": ("", {"STEMMA_AUTH": "none"}, "STEMMA_AUTH: "),
    "no safe issuer": ('[oidc]\nissuer = "http://example.org"\naudience = "a"\n', {}, "https"),
    "an issuer with no audience": ('[oidc]\nissuer = "https://orcid.org"\n', {}, "oidc.audience"),
    "no TOML": ("port = \n", {}, "cannot be read"),
}


@pytest.mark.parametrize("why", sorted(WRONG))
def test_a_wrong_setting_is_named_with_its_place(tmp_path: Path, bare: pytest.MonkeyPatch, why: str) -> None:
    text, env, said = WRONG[why]
    (tmp_path / FILE).write_text(text, "utf-8")
    for name, value in env.items():
        bare.setenv(name, value)
    with pytest.raises(UsageError) as refused:
        read_settings(tmp_path)
    assert said in str(refused.value)
    if text:
        assert FILE in str(refused.value)


def test_settings_are_printed_as_they_would_hold(tmp_path: Path) -> None:
    kg.init(tmp_path / "w").close()
    (tmp_path / "w" / FILE).write_text("grace = 2.5\n", "utf-8")
    done = subprocess.run(
        [*STEMMA, "--workspace", "w", "serve", "--port", "9", "--print-settings"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "STEMMA_LOG": "debug"},
        check=True,
    )
    told = tomllib.loads(done.stdout)
    assert (told["port"], told["log"], told["grace"], told["auth"]) == (9, "debug", 2.5, "writes")
    assert not (tmp_path / "w" / "key").exists()
