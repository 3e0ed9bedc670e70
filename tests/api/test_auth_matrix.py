"""Role x endpoint x method x media type: everything is let pass or refused as the description declares."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts

import kg
from api import create_app
from api.auth import needs, open_to_all, reads
from api.auth.rules import Rules
from api.settings import Settings
from kg.access.keys import Keyring
from kg.access.own import KEYS
from kg.access.roles import core_roles

ROLES = core_roles()
PERSON = "https://orcid.org/0000-0002-1825-0097"
ME = "https://w3id.org/stemma/agent/test"
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
BODIES: dict[str, bytes] = {
    "application/json": b'{"a":',
    "application/x-www-form-urlencoded": b"query=%zz",
    "application/sparql-update": b"NONSENSE",
    "text/turtle": b"<a <b",
    "multipart/form-data; boundary=x": b"--x",
}
WRITING = {
    "POST /update": "curator",
    "PUT /graphs": "curator",
    "POST /graphs": "curator",
    "DELETE /graphs": "curator",
    "PUT /graphs/{path}": "curator",
    "POST /graphs/{path}": "curator",
    "DELETE /graphs/{path}": "curator",
    "POST /api/v1/claims": "curator",
    "PUT /api/v1/claims/{id}": "curator",
    "PATCH /api/v1/claims/{id}": "curator",
    "POST /api/v1/review": "reviewer",
}
"""What must at least stand in the description: a route that writes and forgets to say so fails here."""
ASKING = {"POST /sparql"}
UPDATES = {("POST /sparql", "application/sparql-update")}
"""What its body makes an update, at an address for queries."""
OPEN = {"/health", "/ready"}


@dataclass(frozen=True)
class Called:
    """One kind of caller: what they send, and what they may do as we read it."""

    name: str
    authorization: str | None
    role: str | None
    scopes: tuple[str, ...] = ()
    person: bool = True


@pytest.fixture(scope="module")
def w(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    with kg.init(tmp_path_factory.mktemp("matrix") / "w") as opened:
        yield opened


@pytest.fixture(scope="module")
def callers(w: kg.Workspace) -> list[Called]:
    keyring = Keyring(w.path / KEYS)
    long_ago = Keyring(w.path / KEYS, lambda: datetime(2020, 1, 1, tzinfo=UTC))

    def made(name: str, role: str, person: bool = True, scopes: tuple[str, ...] = ()) -> Called:
        text = keyring.create(role, by=ME, agent=PERSON if person else None, scopes=scopes).text
        return Called(name, f"Bearer {text}", role, scopes, person)

    revoked = keyring.create("admin", by=ME)
    keyring.revoke(revoked.key.id, by=ME)
    expired = long_ago.create("admin", by=ME, expires=date(2020, 1, 2))
    return [
        Called("nobody", None, None),
        *(made(r.word, r.word) for r in ROLES.all),
        made("nobody's reviewer", "reviewer", person=False),
        made("admin held to reading", "admin", scopes=("read",)),
        made("admin held to reviewing", "admin", scopes=("review",)),
        Called("revoked", f"Bearer {revoked.text}", None),
        Called("expired", f"Bearer {expired.text}", None),
        Called("guess", "Bearer stemma_000000000000_" + "A" * 43, None),
        Called("forged token", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", None),
        Called("basic", "Basic YWRtaW46YWRtaW4=", None),
        Called("empty", "Bearer ", None),
    ]


async def status_of(app: FastAPI, method: str, path: str, headers: dict[str, str], body: bytes) -> int:
    """The status that the application answers with; what comes after it is not waited for."""
    begun: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    sent = False

    async def receive() -> dict[str, Any]:
        nonlocal sent
        if sent:
            await asyncio.Event().wait()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start" and not begun.done():
            begun.set_result(message["status"])

    told = [(n.lower().encode(), v.encode()) for n, v in {"host": "here", **headers}.items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": told,
        "client": ("127.0.0.1", 1),
        "server": ("here", 80),
    }
    task = asyncio.ensure_future(app(scope, receive, send))
    await asyncio.wait({begun, task}, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return begun.result()


def declared(app: FastAPI) -> dict[str, tuple[str, str] | None]:
    """What the description says of each ``METHOD /path``: role and scope; of what it leaves out, that it reads."""
    described = app.openapi()["paths"]
    found: dict[str, tuple[str, str] | None] = {}
    for route in iter_route_contexts(app.routes):
        path = route.path_format or str(route.path)
        for method in route.methods or ("GET",):
            operation = described.get(path, {}).get(method.lower())
            need: tuple[str, str] | None = ("reader", "read")
            if operation is not None:
                need = (operation["x-role"], operation["x-scope"]) if "x-role" in operation else None
            found[f"{method} {path}"] = None if path.startswith("/static") else need
    return found


def may(caller: Called, need: tuple[str, str] | None, *, open_reading: bool) -> int | None:
    """The status of a refusal, or ``None`` if they may: the rules of docs/access.md, said once more."""
    if need is None:
        return None
    if caller.authorization is not None and caller.role is None:
        return 401
    role, scope = need
    if caller.role is None:
        return None if open_reading and role == "reader" else 401
    ladder = [r.word for r in ROLES.all]
    granted = ladder.index(caller.role) >= ladder.index(role) and (not caller.scopes or scope in caller.scopes)
    return None if granted and (caller.person or scope != "review") else 403


def concrete(path: str) -> str:
    """A path of a template, with names that nothing bears."""
    named = {"format": "ttl", "record": "claim", "version": "0123456789"}
    return re.sub(r"\{(\w+)(:path)?\}", lambda m: named.get(m[1], "none"), path)


def check(app: FastAPI, callers: list[Called], *, open_reading: bool, brief: bool = False) -> tuple[int, list[str]]:
    """Ask for everything as everyone; how often was asked, and what came otherwise than declared.

    :param brief: only what there is, and each method with one media type.
    """
    needs_of = declared(app)
    paths = sorted({name.split(" ", 1)[1] for name in needs_of})
    wrong: list[str] = []
    asked = 0

    async def ask() -> None:
        nonlocal asked
        for path, method, (number, caller) in product(paths, METHODS, enumerate(callers)):
            name = f"{method} {path}"
            known = f"GET {path}" if method == "HEAD" else name
            done = known in needs_of
            if number > 1 and (not done or method in ("HEAD", "OPTIONS")):  # the same whoever asks: two ask
                continue
            if brief and (not done or method == "HEAD"):
                continue
            all_media = method in UNSAFE and done and number <= len(ROLES.all) and not brief
            for media in BODIES if all_media else ("application/json",):
                headers = {"content-type": media} if method in UNSAFE else {"accept": "application/json"}
                if caller.authorization is not None:
                    headers["authorization"] = caller.authorization
                body = BODIES[media] if method in UNSAFE else b""
                status = await status_of(app, method, concrete(path), headers, body)
                asked += 1
                need = ("curator", "propose") if (name, media) in UPDATES else needs_of.get(known)
                refusal = may(caller, need, open_reading=open_reading) if done else None
                if (status in (401, 403)) != (refusal is not None) or (refusal and status != refusal):
                    wrong.append(f"{caller.name}: {name} {media}: {status}, declared {refusal or 'let pass'}")
                if not done and method != "OPTIONS" and status not in (404, 405):
                    wrong.append(f"{caller.name}: {name}: {status}, and there is no such route")
                if status >= 500 and status != 503:
                    wrong.append(f"{caller.name}: {name} {media}: {status}")

    asyncio.run(ask())
    return asked, wrong


def test_everything_is_as_declared_on_loopback(w: kg.Workspace, callers: list[Called]) -> None:
    asked, wrong = check(create_app(w), callers, open_reading=True)
    assert wrong == []
    assert asked > 1_500


@pytest.mark.parametrize("public", [False, True])
def test_everything_is_as_declared_where_sign_in_is_required(
    w: kg.Workspace, callers: list[Called], public: bool
) -> None:
    some = [c for c in callers if c.name in ("nobody", "reader", "guess")]
    app = create_app(w, Settings(auth="required", public_reading=public))
    assert check(app, some, open_reading=public, brief=True)[1] == []


def test_the_description_declares_what_writes(w: kg.Workspace) -> None:
    found = declared(create_app(w))
    unsafe = {name: need[0] for name, need in found.items() if name.split()[0] in UNSAFE and need}
    assert WRITING.items() <= unsafe.items()
    assert {name for name, role in unsafe.items() if role == "reader"} == ASKING
    assert {name.split(" ")[1] for name, need in found.items() if need is None} == OPEN | {"/static/{path}"}


def test_the_description_tells_clients_how_to_sign_in(w: kg.Workspace) -> None:
    loopback, required = (create_app(w, Settings(auth=a)).openapi() for a in ("writes", "required"))
    assert loopback["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert loopback["paths"]["/api/v1/claims"]["get"]["security"] == [{}, {"bearer": []}]
    assert loopback["paths"]["/update"]["post"]["security"] == [{"bearer": []}]
    assert required["paths"]["/api/v1/claims"]["get"]["security"] == [{"bearer": []}]
    assert required["paths"]["/health"]["get"]["security"] == []


def test_a_route_that_says_nothing_stops_the_service() -> None:
    def answer() -> str:
        return "x"

    def rules(method: str, *told: Any, included: bool = True) -> Rules:
        app, router = FastAPI(openapi_url=None), APIRouter()
        router.add_api_route("/x", answer, methods=[method], dependencies=list(told))
        app.include_router(router, dependencies=[reads()] if included else [])
        return Rules(app, ROLES)

    with pytest.raises(RuntimeError, match="GET /x does not say what it needs"):
        rules("GET", included=False)
    with pytest.raises(RuntimeError, match="POST /x does not say what it needs"):
        rules("POST")
    with pytest.raises(kg.KgError, match="no such role"):
        rules("POST", needs("king"))
    with pytest.raises(kg.KgError, match="may not do this"):
        rules("POST", needs("curator", "manage"))
    assert rules("GET").find("GET", "/x")[1] == rules("GET", open_to_all()).find("GET", "/x")[1]
    assert rules("POST", needs("admin"), needs("reader")).find("POST", "/x")[1].role == "admin"  # type: ignore[union-attr]
    assert rules("POST", needs("admin", "review")).find("POST", "/x")[1].scope == "review"  # type: ignore[union-attr]
    mounted = FastAPI(openapi_url=None)
    mounted.mount("/other", FastAPI())
    with pytest.raises(RuntimeError, match="/other"):
        Rules(mounted, ROLES)
    assert Rules(mounted, ROLES, ["/other"]).find("GET", "/other/docs")[1].role is None  # type: ignore[union-attr]


def test_a_service_below_a_path_is_guarded_too(w: kg.Workspace, tmp_path: Path) -> None:
    outer = FastAPI(openapi_url=None)
    outer.mount("/below", create_app(w, Settings(auth="required")))

    async def asked(path: str) -> int:
        return await status_of(outer, "GET", path, {}, b"")

    assert asyncio.run(asked("/below/api/v1/claims")) == 401
    assert asyncio.run(asked("/below/graphs")) == 401
    assert asyncio.run(asked("/below/health")) == 200
