"""Sign-in tokens of a real identity provider of the test's own: which hold, and whom they stand for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from fastapi import FastAPI
from fastapi.responses import JSONResponse, RedirectResponse, Response

import kg
from api.auth.fetch import fetch
from api.auth.jwks import KeySet, SignInDown, from_file, from_issuer
from api.auth.oidc import Issuer
from api.command import start
from api.settings import Settings, SignIn
from kg.access.agents import core_prefixes
from kg.access.roles import core_roles
from kg.errors import Unauthorized, UsageError

ORCID, PERSON = "0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097"
US = "stemma-test"
ROLES, PREFIXES = core_roles(), core_prefixes()


class Provider:
    """An OpenID Connect provider: discovery, keys, and tokens signed with them."""

    def __init__(self, url: str) -> None:
        self.issuer = url
        self.keys: dict[str, Any] = {
            "rsa": rsa.generate_private_key(public_exponent=65537, key_size=2048),
            "ec": ec.generate_private_key(ec.SECP256R1()),
            "ed": ed25519.Ed25519PrivateKey.generate(),
        }
        self.asked = 0
        self.told_issuer = url
        self.jwks_uri = f"{url}/keys"
        self.app = FastAPI(openapi_url=None)
        self.app.add_api_route("/.well-known/openid-configuration", self._discovery)
        self.app.add_api_route("/keys", self._keys)
        self.app.add_api_route("/away", lambda: RedirectResponse(f"{url}/keys"))
        self.app.add_api_route("/long", lambda: Response(b" " * 300_000))

    def token(self, key: str = "rsa", head: dict[str, Any] | None = None, **claims: Any) -> str:
        now = int(time.time())
        body = {"iss": self.issuer, "aud": US, "sub": "ada", "iat": now, "exp": now + 300, **claims}
        alg = {"rsa": "RS256", "ec": "ES256", "ed": "EdDSA"}[key.rstrip("2")]
        told = {n: v for n, v in {"kid": key, **(head or {})}.items() if v is not None}
        return jwt.encode({k: v for k, v in body.items() if v is not None}, self.keys[key], alg, headers=told)

    def jwks(self) -> dict[str, Any]:
        algorithms = {"rsa": "RS256", "ec": "ES256", "ed": "EdDSA"}
        found = []
        for name, key in self.keys.items():
            algorithm = jwt.get_algorithm_by_name(algorithms[name.rstrip("2")])
            body = algorithm.to_jwk(key.public_key(), as_dict=True)  # type: ignore[attr-defined]
            found.append({**body, "kid": name, "use": "sig"})
        shared = {"kty": "oct", "kid": "shared", "k": base64.urlsafe_b64encode(b"secret" * 6).decode()}
        return {"keys": [*found, shared]}

    def _discovery(self) -> JSONResponse:
        self.asked += 1
        return JSONResponse({"issuer": self.told_issuer, "jwks_uri": self.jwks_uri})

    def _keys(self) -> JSONResponse:
        return JSONResponse(self.jwks())


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        provider = Provider(f"http://127.0.0.1:{bound.getsockname()[1]}")
        server = uvicorn.Server(uvicorn.Config(provider.app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, args=([bound],))
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield provider
        server.should_exit = True
        thread.join()


def issuer(provider: Provider, **more: Any) -> Issuer:
    told = SignIn(issuer=provider.issuer, audience=US, roles_claim="roles", **more)
    return Issuer(told, KeySet(from_issuer(provider.issuer)), ROLES, PREFIXES)


def unsigned(provider: Provider) -> str:
    body = provider.token(roles="admin").split(".")[1]
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "rsa"}).encode()).rstrip(b"=").decode()
    return f"{none}.{body}."


def confused(provider: Provider) -> str:
    """Signed by HMAC with the public key as its secret."""
    pem = (
        provider.keys["rsa"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "rsa"}).encode()).rstrip(b"=").decode()
    body = provider.token(roles="admin").split(".")[1]
    seal = hmac.new(pem, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}." + base64.urlsafe_b64encode(seal).rstrip(b"=").decode()


def tampered(provider: Provider) -> str:
    head, _, seal = provider.token().split(".")
    body = provider.token(roles="admin").split(".")[1]
    return f"{head}.{body}.{seal}"


def stranger(provider: Provider) -> str:
    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    now = int(time.time())
    body = {"iss": provider.issuer, "aud": US, "sub": "ada", "iat": now, "exp": now + 300, "roles": "admin"}
    return jwt.encode(body, own, "RS256", headers={"kid": "rsa"})


NOW = int(time.time())
BAD: dict[str, Callable[[Provider], str]] = {
    "no signature": unsigned,
    "HMAC with the public key": confused,
    "HMAC with a key of the set": lambda p: jwt.encode(
        {"iss": p.issuer, "aud": US, "sub": "a", "iat": NOW, "exp": NOW + 9999},
        b"secret" * 6,
        "HS256",
        headers={"kid": "shared"},
    ),
    "another body": tampered,
    "another's key": stranger,
    "another audience": lambda p: p.token(aud="someone-else"),
    "no audience": lambda p: p.token(aud=None),
    "another issuer": lambda p: p.token(iss="https://evil.example"),
    "an issuer with a slash more": lambda p: p.token(iss=p.issuer + "/"),
    "no issuer": lambda p: p.token(iss=None),
    "over": lambda p: p.token(exp=NOW - 60),
    "no end": lambda p: p.token(exp=None),
    "not begun": lambda p: p.token(nbf=NOW + 3600),
    "made in the future": lambda p: p.token(iat=NOW + 3600),
    "nobody": lambda p: p.token(sub=None),
    "an empty name": lambda p: p.token(sub=""),
    "an unknown key": lambda p: p.token(head={"kid": "nowhere"}),
    "no name of a key, of several": lambda p: p.token(head={"kid": None}),
    "the name of another key": lambda p: p.token("ec", head={"kid": "rsa"}),
    "another type": lambda p: p.token(head={"typ": "logout+jwt"}),
    "an unknown extension": lambda p: p.token(head={"crit": ["b64"], "b64": False}),
    "no token": lambda p: "a.b.c",
    "not even that": lambda p: "..",
}


@pytest.mark.parametrize("why", sorted(BAD))
def test_a_token_that_does_not_hold_is_refused(provider: Provider, why: str) -> None:
    with pytest.raises(Unauthorized) as refused:
        issuer(provider).caller(BAD[why](provider))
    assert refused.value.given


@pytest.mark.parametrize("key", ["rsa", "ec", "ed"])
def test_a_token_that_holds_names_its_person_and_role(provider: Provider, key: str) -> None:
    caller = issuer(provider).caller(provider.token(key, orcid=ORCID, roles=["reviewer", "unheard-of"]))
    assert (caller.agent, caller.person, caller.role) == (PERSON, True, ROLES.get("reviewer"))
    assert caller.name.startswith("token:")


def test_who_they_are_is_read_as_the_settings_say(provider: Provider) -> None:
    plain = issuer(provider)
    assert plain.caller(provider.token(orcid=PERSON)).agent == PERSON
    for odd in (None, "0000-0002-1825-0098", "https://evil.example/0000-0002-1825-0097", 7, [ORCID]):
        caller = plain.caller(provider.token(orcid=odd))
        assert not caller.person
        assert str(caller.agent).startswith("https://w3id.org/stemma/agent/token-")
    one, other = (plain.caller(provider.token(sub=s)) for s in ("a", "b"))
    assert one.agent != other.agent
    assert plain.caller(provider.token(sub=ORCID)).person is False, "only ORCID itself names persons by sub"
    assert issuer(provider, orcid_claim="id").caller(provider.token(id=ORCID)).agent == PERSON


def test_roles_are_given_by_nobody_but_the_settings(provider: Provider) -> None:
    def role(more: dict[str, Any], **claims: Any) -> str | None:
        found = issuer(provider, **more).caller(provider.token(**claims)).role
        return found.word if found else None

    assert role({}) is None
    assert role({}, roles="king") is None
    assert role({}, roles="curator reader") == "curator"
    assert role({}, roles=["reader", "admin"]) == "admin"
    assert role({}, roles={"admin": True}) is None
    assert role({"roles": {"staff": "reader", "admin": "reader"}}, roles=["staff", "admin"]) == "reader"
    assert role({"people": {"ada": "reviewer"}}, roles="reader") == "reviewer"
    assert role({"people": {"eve": "reviewer"}}) is None
    told = SignIn(issuer=provider.issuer, audience=US)
    unread = Issuer(told, KeySet(from_issuer(provider.issuer)), ROLES, PREFIXES)
    assert unread.caller(provider.token(roles="admin")).role is None
    with pytest.raises(UsageError, match="no such role"):
        issuer(provider, people={"ada": "king"})


def test_orcids_own_tokens_name_persons_by_sub(tmp_path: Path, provider: Provider) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(provider.jwks()))
    told = SignIn(issuer="https://orcid.org", audience="APP-1", jwks=file, people={ORCID: "reviewer"})
    caller = Issuer(told, KeySet(from_file(file)), ROLES, PREFIXES).caller(
        provider.token(iss="https://orcid.org", aud="APP-1", sub=ORCID)
    )
    assert (caller.agent, caller.role) == (PERSON, ROLES.get("reviewer"))


def test_keys_are_kept_and_had_again_when_one_is_new(provider: Provider) -> None:
    now = [0.0]
    keys = KeySet(from_issuer(provider.issuer), lambda: now[0])
    before = provider.asked
    assert keys.get("rsa") is not None
    assert keys.get("ec") is not None
    assert provider.asked == before + 1
    for _ in range(20):
        assert keys.get("nowhere") is None
    assert provider.asked == before + 1, "made-up names do not make us ask"
    provider.keys["rsa2"] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    now[0] = 20.0
    assert keys.get("rsa2") is not None
    assert provider.asked == before + 2
    provider.told_issuer = "https://evil.example"
    now[0] = 2000.0
    assert keys.get("rsa") is not None, "what is known goes on while the issuer is down"
    provider.told_issuer = provider.issuer
    with pytest.raises(SignInDown):
        KeySet(from_issuer("http://127.0.0.1:9")).get("rsa")


@pytest.mark.parametrize(
    ("name", "value"), [("told_issuer", "https://evil.example"), ("jwks_uri", "http://keys.example/"), ("jwks_uri", 5)]
)
def test_an_issuer_that_is_not_itself_is_not_believed(provider: Provider, name: str, value: Any) -> None:
    before = getattr(provider, name)
    setattr(provider, name, value)
    try:
        with pytest.raises(SignInDown):
            KeySet(from_issuer(provider.issuer)).get("rsa")
    finally:
        setattr(provider, name, before)


def test_what_is_fetched_is_safe_whole_and_not_elsewhere(provider: Provider) -> None:
    assert fetch(f"{provider.issuer}/keys").startswith(b"{")
    for url in ("/away", "/long", "/nowhere"):
        with pytest.raises(OSError, match=r"http|HTTP|more"):
            fetch(provider.issuer + url)
    for url in ("http://example.org/", "file:///etc/passwd", "ftp://127.0.0.1/", "http://user@127.0.0.1/", "gopher:x"):
        with pytest.raises(OSError, match="no https address"):
            fetch(url)


def test_the_service_takes_them_beside_keys(tmp_path: Path, provider: Provider) -> None:
    told = SignIn(issuer=provider.issuer, audience=US, roles_claim="roles")
    settings = Settings(port=0, auth="required", oidc=told)
    with kg.init(tmp_path / "w") as w, start(w, settings=settings) as running:
        key = (w.path / "key").read_text().strip()

        def asked(text: str, method: str = "GET", path: str = "api/v1/claims") -> httpx.Response:
            return httpx.request(method, running.url + path, headers={"Authorization": f"Bearer {text}"})

        assert asked(key).status_code == 200
        assert asked(provider.token(roles="reader")).status_code == 200
        assert asked(provider.token(roles="reader"), "POST", "update").status_code == 403
        assert asked(provider.token()).status_code == 403, "signed in, and no role"
        for bad in ("no signature", "HMAC with the public key", "over"):
            answer = asked(BAD[bad](provider))
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
            assert answer.headers["www-authenticate"] == 'Bearer realm="stemma", error="invalid_token"'
