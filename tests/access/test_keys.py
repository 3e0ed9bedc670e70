"""Keys: made, used, ended and renewed, kept as digests, in one file for several processes."""

from __future__ import annotations

import json
import multiprocessing
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from kg.access.keys import Keyring
from kg.access.own import KEYS, OWN, own_key
from kg.access.roles import core_roles
from kg.errors import Damaged, NotFound, Unauthorized, UsageError

ROLES = core_roles()
PERSON = "https://orcid.org/0000-0002-1825-0097"
ME = "https://w3id.org/stemma/agent/test"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keyring(tmp_path: Path, clock: Clock) -> Keyring:
    return Keyring(tmp_path / KEYS, clock)


def refused(keyring: Keyring, text: str) -> str:
    with pytest.raises(Unauthorized) as error:
        keyring.find(text)
    assert error.value.given
    return error.value.message


def test_a_key_is_found_by_its_text_and_only_by_that(keyring: Keyring) -> None:
    made = keyring.create("curator", by=ME, agent=PERSON, scopes=("read",))
    other = keyring.create("admin", by=ME)
    found = keyring.find(made.text)
    assert (found.id, found.role, found.agent, found.scopes) == (made.key.id, "curator", PERSON, ("read",))
    mark, id, secret = made.text.split("_", 2)
    assert len(secret) == 43
    wrong = ["", "stemma", "stemma_", f"stemma_{id}", f"stemma_{id}_", made.text[:-1], made.text + "x"]
    wrong += [made.text.upper(), f"other_{id}_{secret}", f"stemma_{other.key.id}_{secret}", f"{mark}__{secret}"]
    wrong += [secret, id, "stemma_\udcff_x", "x" * 100_000, made.key.digest, f"stemma_{id}_{made.key.digest}"]
    for text in wrong:
        assert "no such key" in refused(keyring, text)


def test_the_file_holds_no_key_and_is_its_owners(keyring: Keyring, tmp_path: Path) -> None:
    made = keyring.create("reader", by=ME)
    text = (tmp_path / KEYS).read_text("utf-8")
    assert made.text.split("_", 2)[2] not in text
    assert made.key.digest in text
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_holds_until_the_end_of_its_last_day(keyring: Keyring, clock: Clock) -> None:
    made = keyring.create("reader", by=ME, expires=date(2026, 5, 2))
    clock.now = datetime(2026, 5, 2, 23, 59, 59, tzinfo=UTC)
    assert keyring.find(made.text).id == made.key.id
    clock.now += timedelta(seconds=1)
    assert "expired on 2026-05-02" in refused(keyring, made.text)
    with pytest.raises(UsageError, match="has passed"):
        keyring.create("reader", by=ME, expires=date(2026, 5, 1))


def test_a_revoked_key_is_refused_and_stays_in_the_list(keyring: Keyring) -> None:
    made = keyring.create("reader", by=ME)
    keyring.revoke(made.key.id, by=ME)
    assert "revoked at 2026-05-01T12:00:00Z" in refused(keyring, made.text)
    assert keyring.revoke(made.key.id, by=ME).revoked == "2026-05-01T12:00:00Z"
    assert [k.id for k in keyring.all()] == [made.key.id]
    with pytest.raises(NotFound):
        keyring.revoke("nobody", by=ME)


def test_a_renewed_key_may_what_the_old_one_did(keyring: Keyring, clock: Clock) -> None:
    old = keyring.create("reviewer", by=ME, agent=PERSON, scopes=("read", "review"), expires=date(2026, 9, 1))
    new = keyring.rotate(old.key.id, by=ME)
    assert "revoked" in refused(keyring, old.text)
    found = keyring.find(new.text)
    assert (found.role, found.agent, found.scopes, found.expires) == ("reviewer", PERSON, old.key.scopes, "2026-09-01")
    assert found.replaces == old.key.id
    third = keyring.rotate(new.key.id, by=ME, until=date(2026, 5, 3))
    assert keyring.find(new.text).id == new.key.id
    clock.now = datetime(2026, 5, 4, tzinfo=UTC)
    assert "expired on 2026-05-03" in refused(keyring, new.text)
    assert keyring.find(third.text).id == third.key.id
    with pytest.raises(UsageError, match="revoked"):
        keyring.rotate(old.key.id, by=ME)
    with pytest.raises(UsageError, match="has passed"):
        keyring.rotate(third.key.id, by=ME, until=date(2026, 5, 3))
    late = keyring.rotate(third.key.id, by=ME, until=date(2027, 1, 1))
    assert "revoked" in refused(keyring, third.text), "a longer end than its own is no gift"
    assert keyring.find(late.text).expires == "2026-09-01"


def test_the_last_use_is_kept_to_ten_minutes(keyring: Keyring, clock: Clock, tmp_path: Path) -> None:
    made = keyring.create("reader", by=ME)
    assert made.key.used is None
    keyring.find(made.text)
    assert keyring.get(made.key.id).used == "2026-05-01T12:00:00Z"
    before = (tmp_path / KEYS).stat().st_mtime_ns
    clock.now += timedelta(minutes=9)
    keyring.find(made.text)
    assert (tmp_path / KEYS).stat().st_mtime_ns == before
    clock.now += timedelta(minutes=1)
    keyring.find(made.text)
    assert keyring.get(made.key.id).used == "2026-05-01T12:10:00Z"
    assert keyring.revoke(made.key.id, by=ME).id == made.key.id
    assert keyring.get(made.key.id).used == "2026-05-01T12:10:00Z"


def test_what_another_process_does_is_seen_at_once(keyring: Keyring, tmp_path: Path, clock: Clock) -> None:
    other = Keyring(tmp_path / KEYS, clock)
    assert other.all() == ()
    made = keyring.create("reader", by=ME)
    assert other.find(made.text).id == made.key.id
    keyring.revoke(made.key.id, by=ME)
    assert "revoked" in refused(other, made.text)


def make_some(path: Path) -> None:
    keyring = Keyring(path)
    for _ in range(10):
        keyring.find(keyring.create("reader", by=ME).text)


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / KEYS
    several = [multiprocessing.get_context("spawn").Process(target=make_some, args=(path,)) for _ in range(3)]
    for process in several:
        process.start()
    for process in several:
        process.join()
        assert process.exitcode == 0
    keys = Keyring(path).all()
    assert len({k.id for k in keys}) == 30
    assert all(k.used for k in keys)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"format": 2, "keys": [], "notes": []}', '{"format": 1, "keys": [{"id": "x"}], "notes": []}'],
)
def test_a_file_that_is_none_lets_nobody_in(keyring: Keyring, tmp_path: Path, text: str) -> None:
    made = keyring.create("admin", by=ME)
    (tmp_path / KEYS).write_text(text)
    for _ in range(2):
        with pytest.raises(Damaged, match="keys cannot be read"):
            keyring.find(made.text)
    with pytest.raises(Damaged):
        keyring.create("admin", by=ME)
    assert (tmp_path / KEYS).read_text() == text


def test_the_journal_is_told_once_of_each_deed(keyring: Keyring) -> None:
    told: list[tuple[str, str]] = []
    made = keyring.create("curator", by=ME, agent=PERSON, scopes=("read",), expires=date(2027, 1, 1))
    keyring.rotate(made.key.id, by=PERSON)
    assert keyring.tell(lambda agent, why: told.append((agent, why))) == 3
    assert keyring.tell(lambda agent, why: told.append((agent, why))) == 0
    assert [agent for agent, _ in told] == [ME, PERSON, PERSON]
    assert told[0][1] == (
        f"key created: {made.key.id} (curator, for {PERSON}, scopes read, expires 2027-01-01); 2026-05-01T12:00:00Z"
    )
    assert f"replaces {made.key.id}" in told[1][1]
    assert told[2][1].startswith(f"key revoked: {made.key.id} ")


def test_the_workspaces_own_key_is_made_once(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path / KEYS)
    text = own_key(tmp_path, keyring, ROLES, by=ME)
    assert text is not None
    assert (tmp_path / OWN).read_text() == text + "\n"
    assert stat.S_IMODE((tmp_path / OWN).stat().st_mode) == 0o600
    assert (keyring.find(text).role, keyring.find(text).own, keyring.find(text).agent) == ("admin", True, None)
    (tmp_path / OWN).chmod(0o644)
    assert own_key(tmp_path, keyring, ROLES, by=ME) is None
    assert stat.S_IMODE((tmp_path / OWN).stat().st_mode) == 0o600
    (tmp_path / OWN).unlink()
    again = own_key(tmp_path, keyring, ROLES, by=ME)
    assert again not in (None, text)
    assert "revoked" in refused(keyring, text)
    (tmp_path / OWN).write_bytes(b"\xff\n")
    with pytest.raises(Exception, match="own key cannot be kept"):
        own_key(tmp_path, keyring, ROLES, by=ME)
    assert len(json.loads((tmp_path / KEYS).read_text())["keys"]) == 2
