"""Keys, limits and headers over HTTP, on servers of the test's own."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

import kg
from api import create_app
from api.auth.pace import Pace
from api.command import start
from api.problems import TooMany
from api.settings import Limits, Settings
from kg.access.keys import Keyring
from kg.access.own import KEYS

ME = "https://w3id.org/stemma/agent/test"
ASK = {"query": "ASK {}"}


@pytest.fixture(scope="module")
def w(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    with kg.init(tmp_path_factory.mktemp("auth") / "w") as opened:
        yield opened


@pytest.fixture(scope="module")
def http(w: kg.Workspace) -> Iterator[httpx.Client]:
    with start(w) as running, httpx.Client(base_url=running.url) as client:
        yield client


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def test_on_loopback_reading_is_open_and_writing_needs_the_workspaces_own_key(
    w: kg.Workspace, http: httpx.Client
) -> None:
    assert http.get("/api/v1/claims").status_code == 200
    assert http.post("/sparql", data=ASK).status_code == 200
    refused = http.post("/update", data={"update": "INSERT DATA {}"})
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (401, "unauthorized")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["www-authenticate"] == 'Bearer realm="stemma"'
    assert "stemma key create" in problem["hint"]
    file = w.path / "key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    own = file.read_text().strip()
    assert http.post("/update", data={"update": "INSERT DATA {}"}, headers=bearer(own)).status_code not in (401, 403)


def test_a_key_that_does_not_hold_is_refused_where_none_would_do(w: kg.Workspace, http: httpx.Client) -> None:
    past = Keyring(w.path / KEYS, lambda: datetime(2020, 1, 1, tzinfo=UTC))
    expired = past.create("reader", by=ME, expires=date(2020, 1, 1)).text
    for text, said in (("stemma_x_y", "no such key"), (expired, "expired on 2020-01-01")):
        refused = http.get("/api/v1/claims", headers=bearer(text))
        assert refused.status_code == 401
        assert said in refused.json()["detail"]
        assert refused.headers["www-authenticate"].endswith('error="invalid_token"')
        assert text not in refused.text
    assert http.get("/api/v1/claims", headers={"Authorization": "Basic eDp5"}).status_code == 401
    twice = httpx.Headers([("Authorization", f"Bearer {expired}"), ("Authorization", "Bearer x")])
    assert http.get("/api/v1/claims", headers=twice).status_code == 401
    assert http.get("/health", headers=bearer("stemma_x_y")).json().keys() == {
        *("status", "version", "sandbox", "workspace", "profile", "commit", "claims")
    }


def test_a_key_made_or_ended_beside_the_service_counts_at_once(w: kg.Workspace, http: httpx.Client) -> None:
    beside = Keyring(w.path / KEYS)
    made = beside.create("reader", by=ME)
    refused = http.put("/graphs?default", content="", headers=bearer(made.text))
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "curator" in refused.json()["detail"]
    assert http.get("/api/v1/claims", headers=bearer(made.text)).status_code == 200
    beside.revoke(made.key.id, by=ME)
    assert http.get("/api/v1/claims", headers=bearer(made.text)).status_code == 401


def test_what_was_done_to_keys_stands_in_the_journal(tmp_path: Path) -> None:
    with kg.init(tmp_path / "w") as w:
        beside = Keyring(w.path / KEYS)
        with start(w):
            pass
        made = beside.create("curator", by=ME)
        with start(w):
            assert beside.pending() == ()
        told = [(e.agent, e.why) for e in w.log()]
        assert [why.split(":")[0] for _, why in told] == ["key created", "key created"]
        assert made.key.id in told[1][1]
        assert told[1][0] == ME
        assert made.text not in (w.path / "journal.jsonl").read_text()


def test_the_workspaces_own_key_is_shown_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with kg.init(tmp_path / "w") as w:
        with start(w):
            own = (w.path / "key").read_text().strip()
            assert own in capsys.readouterr().err
        with start(w):
            assert (w.path / "key").read_text().strip() == own
        shown = capsys.readouterr()
        assert own not in shown.err + shown.out


def test_where_sign_in_is_required_nobody_gets_in_without_a_key(w: kg.Workspace) -> None:
    reader = Keyring(w.path / KEYS).create("reader", by=ME).text
    client = TestClient(create_app(w, Settings(auth="required")))
    for path in ("/api/v1/claims", "/", "/openapi.json", "/metrics", "/ontology", "/sparql?query=ASK{}"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers=bearer(reader)).status_code == 200
    page = client.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 401
    assert page.headers["content-type"].startswith("text/html")
    assert set(client.get("/health").json()) == {"status", "version", "sandbox"}
    assert client.get("/ready").status_code == 200
    assert client.get("/nowhere").status_code == 404
    public = TestClient(create_app(w, Settings(auth="required", public_reading=True)))
    assert public.get("/api/v1/claims").status_code == 200
    assert public.post("/update", data={"update": "x"}).status_code == 401


# ---- pages of other sites


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_a_page_of_another_site_writes_only_with_a_key_of_its_own(http: httpx.Client, origin: str) -> None:
    refused = http.post("/update", data={"update": "INSERT DATA {}"}, headers={"Origin": origin})
    assert (refused.status_code, refused.json()["code"], refused.json()["where"]) == (403, "forbidden", origin)
    asked = http.post("/sparql", data=ASK, headers={"Origin": origin})
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in asked.headers


def test_a_page_of_another_site_may_be_told_what_it_may_send(http: httpx.Client) -> None:
    for method in ("PUT", "DELETE", "POST"):
        told = http.options(
            "/graphs",
            headers={
                "Origin": "https://app.example",
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "authorization, content-type",
            },
        )
        assert told.status_code == 200
        assert method in told.headers["access-control-allow-methods"]
        assert "authorization" in told.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in told.headers


def test_nothing_is_kept_in_cookies_and_every_answer_is_guarded(http: httpx.Client) -> None:
    for path in ("/", "/api/v1/claims", "/nowhere", "/health", "/update", "/static/stemma.css"):
        answer = http.get(path)
        assert "set-cookie" not in answer.headers
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"


# ---- how much


def test_too_long_a_body_is_not_read(w: kg.Workspace) -> None:
    key = Keyring(w.path / KEYS).create("curator", by=ME).text
    with start(w, settings=Settings(port=0, max_body=2048)) as running, httpx.Client(base_url=running.url) as client:
        told = client.put("/graphs?default", content=b"x" * 4096, headers=bearer(key))
        assert (told.status_code, told.json()["code"]) == (413, "too-large")
        streamed = (b"# a line\n" for _ in range(1000))
        turtle = {"Content-Type": "text/turtle", **bearer(key)}
        untold = client.put("/graphs?default", content=streamed, headers=turtle)
        assert (untold.status_code, untold.json()["code"]) == (413, "too-large")
        unknown = client.put("/graphs?default", content=b"x" * 4096)
        assert unknown.status_code == 401, "a stranger's body is not even looked at"


def test_who_asks_too_often_is_told_when_to_come_again(w: kg.Workspace) -> None:
    key, other = (Keyring(w.path / KEYS).create("reader", by=ME).text for _ in range(2))
    limits = Limits(keys="3/minute", addresses="2/minute")
    client = TestClient(create_app(w, Settings(limits=limits)))
    answers = [client.get("/prefixes", headers=bearer(key)) for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"requests";q=3;w=60'
    assert answers[0].headers["ratelimit"].startswith('"requests";r=2;t=')
    late = answers[3]
    assert late.json()["code"] == "too-many"
    assert 1 <= int(late.headers["retry-after"]) <= 60
    assert client.get("/prefixes", headers=bearer(other)).status_code == 200
    assert [client.get("/prefixes").status_code for _ in range(3)] == [200, 200, 429]
    wrong = TestClient(create_app(w, Settings(limits=limits)))
    tried = [wrong.get("/prefixes", headers=bearer("stemma_a_b")).status_code for _ in range(3)]
    assert tried == [401, 401, 429], "guessing is counted too"
    assert wrong.get("/health").status_code == 200
    free = TestClient(create_app(w))
    assert {free.get("/prefixes").status_code for _ in range(40)} == {200}


def test_a_callers_queries_have_a_budget_of_time() -> None:
    pace = Pace("off", "off", 0.5)
    pace.may_query("key:1")
    pace.took("key:1", 0.2)
    pace.may_query("key:1")
    pace.took("key:1", 30.0)
    with pytest.raises(TooMany, match=r"more than 0.5 s in a minute") as refused:
        pace.may_query("key:1")
    assert 1 <= refused.value.retry_after <= 60
    pace.may_query("key:2")
    assert pace.request("key:1", known=True) is None


def test_queries_are_charged_and_other_reading_is_not(w: kg.Workspace) -> None:
    client = TestClient(create_app(w, Settings(limits=Limits(query_seconds=0.001))))
    assert client.get("/prefixes").status_code == 200
    answers = [client.get("/sparql", params=ASK).status_code for _ in range(6)]
    assert answers[0] == 200
    assert answers[-1] == 429
    assert client.get("/prefixes").status_code == 200


def test_limits_are_off_on_loopback_and_on_elsewhere() -> None:
    here, elsewhere = (Limits().where(open_to_others=o) for o in (False, True))
    assert (here.keys, here.addresses, here.query_seconds) == ("off", "off", 0.0)
    assert elsewhere.keys != "off"
    assert elsewhere.addresses != "off"
    assert elsewhere.query_seconds
    assert Limits(keys="off").where(open_to_others=True).keys == "off"


# ---- in whose name


def test_nobody_states_the_interests_of_another(w: kg.Workspace, http: httpx.Client) -> None:
    person = "https://orcid.org/0000-0002-1825-0097"
    keyring = Keyring(w.path / KEYS)
    own, others = (keyring.create("curator", by=ME, agent=a).text for a in (person, None))
    iri = w.iris.interests(person)
    turtle = (
        f"<{iri}> a <https://w3id.org/stemma/ontology/Interests> ;\n"
        f" <https://w3id.org/stemma/ontology/person> <{person}> ;\n"
        ' <https://w3id.org/stemma/ontology/declared> "2026-05-01"^^<http://www.w3.org/2001/XMLSchema#date> ;\n'
        " <https://w3id.org/stemma/ontology/nothingToDeclare> true .\n"
    )
    told = {"Content-Type": "text/turtle"}
    refused = http.put("/graphs", params={"graph": iri}, content=turtle, headers=told | bearer(others))
    assert refused.status_code == 422
    assert "conduct-interests" in {f["code"] for f in refused.json()["findings"]}
    record = {"type": "interests", "id": iri, "person": person, "declared": "2026-05-01", "none": True}
    posted = http.post("/api/v1/claims", json=record, headers=bearer(others))
    assert (posted.status_code, posted.json()["findings"][0]["code"]) == (422, "conduct-interests")
    made = http.put("/graphs", params={"graph": iri}, content=turtle, headers=told | bearer(own))
    assert made.status_code == 201, made.text
    (stated,) = (w.writer.record(n) for n in w.records.all("interests"))
    assert (stated["person"], stated["none"]) == (person, True)
