from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI

import kg
from api import create_app
from api.problems import STATUS, status_of
from kg import errors

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "where", "hint", "findings"}


def classes(parent: type[errors.KgError]) -> set[type[errors.KgError]]:
    return {parent}.union(*(classes(c) for c in parent.__subclasses__()))


def test_every_error_of_the_tree_has_its_status() -> None:
    named = {c for c in classes(errors.KgError) if c.__module__ == "kg.errors"}
    assert named
    for cls in named:
        status = next(STATUS[c] for c in cls.__mro__ if c in STATUS)
        assert 400 <= status < 600
    assert status_of(errors.VersionConflict("x")) == 409
    assert status_of(errors.NotFound("x")) == 404
    assert status_of(errors.QueryError("x")) == 400
    assert status_of(errors.WorkspaceBusy("x")) == 503


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/static/nothing.css", 404, "not-found"),
        ("GET", "/static/../app.py", 404, "not-found"),
        ("GET", "/api/v1/claims/nobody", 404, "not-found"),
        ("GET", "/api/v1/claims/a%20b", 404, "not-found"),
        ("GET", "/api/v1/claims/http%3A%2F%2Fa%20b%3C", 404, "not-found"),
        ("GET", "/api/v1/sources/nobody", 404, "not-found"),
        ("GET", "/api/v1/entities/MONDO:9999999", 404, "not-found"),
        ("GET", "/api/v1/entities/nonsense", 404, "not-found"),
        ("GET", "/id/claim/nobody", 404, "not-found"),
        ("GET", "/entity/MONDO:9999999", 404, "not-found"),
        ("GET", "/shapes/nobody.schema.json", 404, "not-found"),
        ("GET", "/context.jsonld?record=nobody", 404, "not-found"),
        ("GET", "/api/v1/claims?colour=red", 400, "usage"),
        ("GET", "/api/v1/claims?category=nonsense", 400, "usage"),
        ("GET", "/api/v1/claims?disease=MONDO:9999999", 400, "usage"),
        ("GET", "/api/v1/claims?limit=0", 400, "usage"),
        ("GET", "/api/v1/claims?limit=1001", 400, "usage"),
        ("GET", "/api/v1/claims?limit=many", 422, "validation"),
        ("GET", "/api/v1/claims?cursor=%21%21", 400, "usage"),
        ("GET", "/api/v1/conflicts?claim=nobody", 404, "not-found"),
        ("GET", "/api/v1/graph?view=nonsense", 400, "usage"),
        ("GET", "/id/claim/c1-hope?format=docx", 400, "usage"),
        ("POST", "/api/v1/claims", 401, "unauthorized"),
        ("DELETE", "/api/v1/claims/c1-hope", 405, "method"),
        ("POST", "/", 405, "method"),
        ("POST", "/health", 405, "method"),
    ],
)
def test_every_error_has_the_one_body(http: httpx.Client, method: str, path: str, status: int, code: str) -> None:
    answer = http.request(method, path)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(problem) == MEMBERS
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["type"].endswith(code)
    assert problem["instance"].startswith("/")
    assert "Traceback" not in answer.text


def test_a_bad_filter_names_the_known_ones(http: httpx.Client) -> None:
    problem = http.get("/api/v1/claims", params={"colour": "red"}).json()
    assert problem["where"] == "colour"
    for name in ("disease", "cellType", "cellSource", "source", "route", "relation", "category", "polarity"):
        assert name in problem["hint"]
    wrong = http.get("/api/v1/claims", params={"certainty": "sure"}).json()
    assert "hedged" in wrong["hint"]
    near = http.get("/api/v1/claims", params={"disease": "amyotrofic lateral sclerosis"}).json()
    assert "MONDO:0004976" in near["hint"]


def test_what_is_not_accepted_is_told(http: httpx.Client) -> None:
    for path in ("/id/claim/c1-hope", "/ontology"):
        answer = http.get(path, headers={"Accept": "image/png"})
        assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")
        assert "text/turtle" in answer.json()["hint"]


def test_a_method_that_is_not_done_names_those_that_are(http: httpx.Client) -> None:
    answer = http.post("/api/v1/sources")
    assert "GET" in answer.headers["allow"]
    assert "GET" in answer.json()["hint"]


def ask(app: FastAPI, path: str) -> httpx.Response:
    """Ask an application without a server, as only a test of its own routes needs."""

    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path)

    return asyncio.run(get())


def test_what_nobody_foresaw_is_a_problem_too(own: kg.Workspace) -> None:
    app = create_app(own)

    @app.get("/break")
    def fall() -> None:
        raise ZeroDivisionError("secret detail")

    answer = ask(app, "/break")
    assert answer.status_code == 500
    assert set(answer.json()) == MEMBERS
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_findings_come_with_a_refusal(own: kg.Workspace) -> None:
    app = create_app(own)

    @app.get("/refuse")
    def refuse() -> None:
        own.add({"category": "efficacy"})

    answer = ask(app, "/refuse")
    assert (answer.status_code, answer.json()["code"]) == (422, "refused")
    assert {"code", "message", "severity"} <= set(answer.json()["findings"][0])


def test_a_reader_gets_a_page_and_a_program_the_body(http: httpx.Client) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    page = http.get("/id/claim/nobody", headers=browser)
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "nothing here bears this name" in page.text
    assert http.get("/api/v1/claims/nobody", headers=browser).headers["content-type"] == "application/problem+json"
    editor = http.get("/sparql?query=nonsense", headers=browser)
    assert (editor.status_code, editor.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert "That is no answer" in editor.text
