"""Writing over REST, and what came of it: receipts, conflicts with both versions, the feed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import kg
from api.command import start
from kg.access.keys import Keyring
from kg.access.own import KEYS

PERSON = "https://orcid.org/0000-0002-1825-0097"
C = "https://w3id.org/stemma/claim/"
Client = Callable[..., httpx.Client]


@pytest.fixture(scope="module")
def own(build: Callable[[Path], kg.Workspace], tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    """A workspace that the tests here change, each other claims of it."""
    with build(tmp_path_factory.mktemp("written")) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def client(own: kg.Workspace) -> Iterator[Client]:
    """Makes clients with a key of a role."""
    clients: list[httpx.Client] = []
    with start(own) as running:

        def made(role: str | None = None, person: str | None = None) -> httpx.Client:
            headers = {}
            if role is not None:
                key = Keyring(own.path / KEYS).create(role, by=own.agent(None), agent=person)
                headers["Authorization"] = f"Bearer {key.text}"
            clients.append(httpx.Client(base_url=running.url, headers=headers, timeout=60))
            return clients[-1]

        yield made
        for each in clients:
            each.close()


def new(record: dict[str, Any], name: str) -> dict[str, Any]:
    kept = {k: v for k, v in record.items() if k not in ("review", "version", "provenance", "links")}
    return {**kept, "id": C + name, "paraphrase": f"Said anew: {name}."}


def test_a_claim_is_proposed_by_whoever_calls(client: Client) -> None:
    curator = client("curator", PERSON)
    record = new(curator.get("/api/v1/claims/c2-denial").json(), "n1")
    dry = curator.post("/api/v1/claims?dry_run=true", json=record)
    assert (dry.status_code, dry.json()["dryRun"], dry.json()["added"]) == (200, True, [C + "n1"])
    made = curator.post("/api/v1/claims", json=record)
    assert (made.status_code, made.headers["location"]) == (201, C + "n1")
    told = curator.get("/api/v1/claims/n1").json()
    assert (told["review"]["status"], told["provenance"]["agent"]) == ("proposed", PERSON)
    again = curator.post("/api/v1/claims", json=record)
    assert (again.status_code, again.json()["same"]) == (200, [C + "n1"])


def test_many_records_come_as_lines_all_or_none(client: Client, own: kg.Workspace) -> None:
    curator = client("curator")
    base = curator.get("/api/v1/claims/c2-denial").json()
    records = [new(base, f"m{i}") for i in range(3)]
    lines = {"Content-Type": "application/x-ndjson"}
    bad = [*records, {**records[0], "id": C + "bad", "polarity": "perhaps"}]
    refused = curator.post("/api/v1/claims", content="\n".join(map(json.dumps, bad)), headers=lines)
    assert refused.status_code == 422
    assert "Claim-polarity" in {f["code"] for f in refused.json()["findings"]}
    assert own.records.get(C + "m0") is None
    made = curator.post("/api/v1/claims", content="\n".join(map(json.dumps, records)), headers=lines)
    assert (made.status_code, len(made.json()["added"])) == (201, 3)


def test_the_same_key_is_done_once(client: Client, own: kg.Workspace) -> None:
    curator = client("curator")
    record = new(curator.get("/api/v1/claims/c2-denial").json(), "k1")
    del record["id"]
    once = {"Idempotency-Key": "first"}
    answers = [curator.post("/api/v1/claims", json=record, headers=once) for _ in range(3)]
    assert len({a.text for a in answers}) == 1
    assert {a.status_code for a in answers} == {201}
    other = curator.post("/api/v1/claims", json={**record, "certainty": "hedged"}, headers=once)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert curator.post("/api/v1/claims", json=record, headers={"Idempotency-Key": "x" * 300}).status_code == 400


def test_an_edit_says_what_it_was_made_on(client: Client) -> None:
    curator = client("curator")
    read = curator.get("/api/v1/claims/c1-hope")
    patch = {"paraphrase": "Cells may slow it."}
    merge = {"Content-Type": "application/merge-patch+json"}
    missing = curator.patch("/api/v1/claims/c1-hope", json=patch, headers=merge)
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition-required")
    tag = {"If-Match": read.headers["etag"]}
    first = curator.patch("/api/v1/claims/c1-hope", json=patch, headers={**merge, **tag})
    assert first.status_code == 200, first.text
    assert first.headers["etag"].startswith('"2-')
    second = curator.put("/api/v1/claims/c1-hope", json={**read.json(), "paraphrase": "Another."}, headers=tag)
    told = second.json()
    assert (second.status_code, told["code"]) == (409, "version-conflict")
    assert told["versions"]["current"]["paraphrase"] == "Cells may slow it."
    assert told["versions"]["sent"]["paraphrase"] == "Another."
    assert "version 2" in told["hint"]
    removed = curator.patch("/api/v1/claims/c1-hope", json={"notes": None}, headers={**merge, "If-Match": '"2"'})
    assert removed.status_code == 200
    assert "notes" not in curator.get("/api/v1/claims/c1-hope").json()


def test_no_edit_is_lost_among_many_curators(client: Client, own: kg.Workspace) -> None:
    accepted: list[int] = []

    def edit(curator: httpx.Client, name: int) -> None:
        for n in range(3):
            while True:
                tag = curator.get("/api/v1/claims/c5-fat").headers["etag"]
                body = {"paraphrase": f"Said by {name}, {n}."}
                done = curator.patch("/api/v1/claims/c5-fat", json=body, headers={"If-Match": tag})
                if done.status_code == 200:
                    accepted.append(1)
                    break
                assert done.status_code == 409, done.text

    threads = [threading.Thread(target=edit, args=(client("curator"), i)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(accepted) == 12
    assert own.claim("c5-fat")["version"] == 13


def test_a_person_decides_on_what_others_proposed(client: Client) -> None:
    reviewer, curator = client("reviewer", PERSON), client("curator")
    body = {"claims": ["c5-fat"], "status": "accepted"}
    assert curator.post("/api/v1/review", json=body).status_code == 403
    assert client("reviewer").post("/api/v1/review", json=body).json()["code"] == "forbidden"
    assert client().post("/api/v1/review", json=body).status_code == 401
    waiting = reviewer.get("/api/v1/review").json()
    assert "c5-fat" in {c["id"].removeprefix(C) for c in waiting["items"]}
    done = reviewer.post("/api/v1/review", json=body)
    assert done.status_code == 200, done.text
    assert reviewer.get("/api/v1/claims/c5-fat").json()["review"]["by"] == [PERSON]
    mine = new(reviewer.get("/api/v1/claims/c2-denial").json(), "mine")
    reviewer.post("/api/v1/claims", json=mine).raise_for_status()
    refused = reviewer.post("/api/v1/review", json={"claims": ["mine"], "status": "accepted"})
    assert refused.status_code == 422
    odd = reviewer.post("/api/v1/review", json={"claims": "c5-fat", "status": "accepted"})
    assert (odd.status_code, odd.json()["code"]) == (400, "usage")


def test_history_with_decisions_is_for_an_admin(client: Client) -> None:
    curator, admin = client("curator"), client("admin")
    record = new(curator.get("/api/v1/claims/c2-denial").json(), "kept")
    record |= {"review": {"status": "accepted", "by": ["agent:b"], "at": "2026-03-01T08:00:00Z"}}
    record |= {"provenance": {"agent": "agent:a", "at": "2026-02-01T10:00:00Z"}}
    assert curator.post("/api/v1/claims?keep_review=true", json=record).status_code == 403
    assert admin.post("/api/v1/claims?keep_review=true", json=record).status_code == 201
    assert admin.get("/api/v1/claims/kept").json()["review"]["status"] == "accepted"


@pytest.mark.parametrize(
    ("media", "body", "status"),
    [
        ("application/json", "{", 400),
        ("application/json", "[]", 400),
        ("application/json", "3", 422),
        ("application/json", '{"id": "\\ud800"}', 400),
        ("application/x-ndjson", "\n\n", 400),
        ("text/turtle", "<a> <b> <c> .", 415),
        ("application/json", '{"type": "nonsense"}', 422),
    ],
)
def test_bad_bodies_are_told(client: Client, media: str, body: str, status: int) -> None:
    answer = client("curator").post("/api/v1/claims", content=body, headers={"Content-Type": media})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


# ---- what changed


def test_the_feed_tells_every_commit_in_pages(client: Client, own: kg.Workspace) -> None:
    reader = client()
    first = reader.get("/api/v1/changes?limit=2").json()
    assert [c["commit"] for c in first["items"]] == [1, 2]
    assert (first["last"], first["next"]) == (own.committer.number, "2")
    rest = reader.get("/api/v1/changes?since=2").json()
    assert [c["commit"] for c in rest["items"]] == list(range(3, own.committer.number + 1))
    assert rest["next"] is None
    assert next(c for c in rest["items"] if c["records"])["records"][0].keys() == {"id", "record", "before", "after"}


def test_the_feed_goes_on_as_events(client: Client, own: kg.Workspace) -> None:
    reader, curator = client(), client("curator")
    last = own.committer.number
    headers = {"Accept": "text/event-stream", "Last-Event-ID": str(last - 1)}
    with reader.stream("GET", "/api/v1/changes", headers=headers) as stream:
        lines = stream.iter_lines()
        found = [next(line for line in lines if line.startswith("data:"))]
        base = curator.get("/api/v1/claims/c2-denial").json()
        curator.post("/api/v1/claims", json=new(base, "event")).raise_for_status()
        found.append(next(line for line in lines if line.startswith("data:")))
    told = [json.loads(line.removeprefix("data: ")) for line in found]
    assert [t["commit"] for t in told] == [last, last + 1]
    assert told[1]["records"] == [{"id": C + "event", "record": "claim", "before": 0, "after": 1}]


# ---- finding


def test_words_facets_and_figures(http: httpx.Client) -> None:
    hits = http.get("/api/v1/search?q=marrow").json()
    assert hits["items"][0]["record"]["id"] == C + "c1-hope"
    assert any(marked for _, marked in hits["items"][0]["snippet"])
    assert http.get("/api/v1/search?q=marrow&polarity=negated").json()["total"] < hits["total"] + 1
    names = {s["curie"] for s in http.get("/api/v1/suggest?q=mesenchymal").json()["items"]}
    assert "CL:0000134" in names
    facets = http.get("/api/v1/facets?category=efficacy").json()
    assert sum(v["claims"] for v in facets["facets"]["polarity"]) == facets["total"]
    folds = http.get("/api/v1/rollup?by=relation").json()["items"]
    assert sum(f["claims"] for f in folds) == http.get("/api/v1/claims").json()["total"]
    stats = http.get("/api/v1/stats").json()
    assert stats["records"]["claim"] == http.get("/api/v1/claims").json()["total"]


def test_fields_and_lines(http: httpx.Client) -> None:
    page = http.get("/api/v1/claims?fields=polarity,category&limit=2").json()
    assert all(item.keys() == {"id", "polarity", "category"} for item in page["items"])
    assert http.get("/api/v1/claims/c1-hope?fields=polarity").json().keys() == {"id", "polarity"}
    told = http.get("/api/v1/claims/c1-hope?fields=polarity,mood")
    assert (told.status_code, told.json()["where"]) == (400, "fields=mood")
    assert "paraphrase" in told.json()["hint"]
    lines = http.get("/api/v1/claims", headers={"Accept": "application/x-ndjson"})
    assert lines.headers["content-type"].startswith("application/x-ndjson")
    assert len(lines.text.splitlines()) == http.get("/api/v1/claims").json()["total"]


def test_statements_and_snapshots(http: httpx.Client) -> None:
    first = http.get("/api/v1/statements?limit=1")
    assert 'rel="next"' in first.headers["link"]
    (shown,) = first.json()["items"]
    told = http.get(f"/api/v1/statements/{shown['id'].rsplit('/', 1)[1]}").json()
    assert told["claims"]
    (snapshot, *_) = http.get("/api/v1/snapshots").json()["items"]
    assert http.get(f"/api/v1/snapshots/{snapshot['digest']}").json() == snapshot
    assert "text" not in snapshot
    for path in ("statements/nope", "snapshots/sha256:00", "statements/http://[", "snapshots/%00"):
        assert http.get(f"/api/v1/{path}").status_code == 404
