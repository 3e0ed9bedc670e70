"""``stemma key`` and ``stemma interests``, alone and while a service has the workspace open."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

import kg
from api.command import start
from kg.access.keys import Keyring
from kg.access.own import KEYS
from kg.cli.main import run

PERSON = "https://orcid.org/0000-0002-1825-0097"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    kg.init(tmp_path / "w").close()
    return tmp_path / "w"


def test_a_key_is_made_listed_renewed_and_ended(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def call(*arguments: str, code: int = 0) -> list[str]:
        assert run(["--workspace", str(folder), "key", *arguments]) == code
        return capsys.readouterr().out.splitlines()

    made = call("create", "--role", "reviewer", "--for", "0000-0002-1825-0097", "--scope", "read", "--as", "agent:me")
    assert made == made[-1:]
    keyring = Keyring(folder / KEYS)
    found = keyring.find(made[-1])
    assert (found.role, found.agent, found.scopes) == ("reviewer", PERSON, ("read",))
    assert found.by == "https://w3id.org/stemma/agent/me"
    (renewed,) = call("rotate", found.id)
    (ended,) = call("revoke", keyring.find(renewed).id)
    assert ended == f"revoked {renewed.split('_')[1]}"
    listed = [json.loads(line) for line in call("list", "--format", "jsonl")]
    assert [k["state"].split(" at ")[0] for k in listed] == ["was revoked", "was revoked"]
    assert made[-1].split("_", 2)[2] not in json.dumps(listed)
    assert [json.loads(line)["role"] for line in call("roles", "--format", "jsonl")] == [
        *("reader", "curator", "reviewer", "admin")
    ]
    with kg.open(folder) as w:
        assert [e.why.split(":")[0] for e in w.log()] == ["key created", "key created", "key revoked", "key revoked"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "--role", "king"), "Roles: admin, curator, reader, reviewer"),
        (("create", "--role", "reader", "--scope", "review"), "may not do this"),
        (("create", "--role", "reader", "--for", "0000-0002-1825-0098"), "no ORCID iD"),
        (("create", "--role", "reader", "--expires", "soon"), "2027-12-31"),
        (("create", "--role", "reader", "--expires", "2020-01-01"), "has passed"),
        (("create", "--role", "reader", "--as", "a b"), "an agent is"),
    ],
)
def test_a_wrong_call_makes_no_key(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert run(["--workspace", str(folder), "key", *arguments]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""
    assert not (folder / KEYS).exists()


def test_keys_and_interests_are_made_while_a_service_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with kg.open(folder) as w, start(w) as running:
        own = (folder / "key").read_text().strip()
        capsys.readouterr()
        assert run(["--workspace", str(folder), "key", "create", "--role", "curator"]) == 0
        key = capsys.readouterr().out.strip()
        asked = httpx.post(f"{running.url}update", data={"update": "x"}, headers={"Authorization": f"Bearer {key}"})
        assert asked.status_code not in (401, 403)
        assert run(["--workspace", str(folder), "key", "rotate", own.split("_")[1]]) == 2
        assert "own key" in capsys.readouterr().err


def test_interests_are_declared_anew(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def call(*arguments: str, code: int = 0) -> str:
        assert run(["--workspace", str(folder), "interests", *arguments]) == code
        return capsys.readouterr().out

    call("declare", "--none", code=2)
    call("declare", "--as", "0000-0002-1825-0097", code=2)
    call("declare", "--as", "pass-2", "--none", code=2)
    call("declare", "--as", "0000-0002-1825-0097", "--text", "owns shares", "--text", "treats patients")
    (told,) = [json.loads(line) for line in call("list", "--format", "jsonl").splitlines()]
    assert (told["person"], told["interests"], told["version"]) == (PERSON, ["owns shares", "treats patients"], 1)
    call("declare", "--as", "0000-0002-1825-0097", "--none")
    (told,) = [json.loads(line) for line in call("list", "--format", "jsonl").splitlines()]
    assert (told["none"], told["version"]) == (True, 2)
