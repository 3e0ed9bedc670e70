"""API keys: made, found, changed and ended. Only their digests are kept.

A key reads ``stemma_ID_SECRET``: the id finds it and may be shown, the secret is 32 random bytes.
So much chance needs no slow hash: nobody guesses it, and SHA-256 keeps a reader of the file from
using it. The file is read again when it changes, so keys can be made while a service runs.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import RLock

from kg.access.file import KeyFile, Note, State
from kg.access.key import Key
from kg.errors import NotFound, Unauthorized, UsageError, WorkspaceError

_MARK = "stemma"
_USED_EVERY = 600
"""How exactly the last use of a key is kept, in seconds: each time it is written, the disk waits."""


@dataclass(frozen=True, slots=True)
class Made:
    """A key that was just made: the only time that its text is known.

    :param text: what is sent as ``Authorization: Bearer``.
    """

    key: Key
    text: str


class Keyring:
    """The keys of a workspace, in one file that several processes may change.

    :param path: the file; made with the first key.
    :param clock: the time, in UTC.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._file, self._clock = KeyFile(path), clock
        self._one = RLock()
        self._seen: object = None
        self._state = State()

    # ---- reading

    def refresh(self) -> bool:
        """Read the file again if it is another one than before.

        :returns: whether it was.
        :raises Damaged: if it is no file of keys; no key is taken until it is one.
        """
        with self._one:
            now = self._file.mark()
            if now == self._seen:
                return False
            self._state = State()
            self._state = self._file.read()
            self._seen = now
            return True

    def all(self) -> tuple[Key, ...]:
        """Every key, also those that have ended, the oldest first."""
        self.refresh()
        return self._state.keys

    def get(self, id: str) -> Key:
        """A key by its id.

        :raises NotFound: if there is no such key.
        """
        found = next((k for k in self.all() if k.id == id), None)
        if found is None:
            raise NotFound("there is no such key", where=id, hint="`stemma key list` shows them.")
        return found

    def find(self, text: str) -> Key:
        """The key that a caller sent, if it holds now; that it was used is kept.

        :raises Unauthorized: if there is none, or it has ended.
        """
        mark, _, rest = text.partition("_")
        id, _, secret = rest.partition("_")
        self.refresh()
        known = next((k for k in self._state.keys if k.id == id), None) if mark == _MARK and secret else None
        # A stranger's id is compared too, so that the time tells nothing about which ids there are.
        if not hmac.compare_digest(known.digest if known else _digest(""), _digest(text)) or known is None:
            raise Unauthorized("there is no such key", given=True, hint="Check it, or ask for another.")
        ended = known.ended(self._today())
        if ended:
            raise Unauthorized(f"this key {ended}", given=True, where=known.id, hint="Ask for another.")
        self._use(known)
        return known

    def pending(self) -> tuple[Note, ...]:
        """What was done to keys and does not stand in the journal yet, the oldest first."""
        self.refresh()
        return self._state.notes

    # ---- changing

    def create(
        self,
        role: str,
        *,
        by: str,
        agent: str | None = None,
        scopes: Sequence[str] = (),
        expires: date | None = None,
        own: bool = False,
        replaces: str | None = None,
    ) -> Made:
        """Make a key.

        :param role: a word of stemma:Role.
        :param by: IRI of who makes it.
        :param agent: IRI of the person it is for; ``None`` for a key that is nobody's.
        :param scopes: words of stemma:Permission that it is held to; none for all of the role's.
        :param expires: the last day on which it holds, in UTC; ``None`` for no end.
        :param own: whether it is the workspace's own.
        :raises UsageError: if the last day has passed.
        """
        if expires is not None and expires < self._today():
            raise UsageError("this day has passed", where=expires.isoformat())
        id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        text = f"{_MARK}_{id}_{secret}"
        key = Key(
            id=id,
            digest=_digest(text),
            role=role,
            created=self._now(),
            by=by,
            agent=agent,
            scopes=tuple(scopes),
            expires=expires.isoformat() if expires else None,
            own=own,
            replaces=replaces,
        )
        self._change(lambda state: state.with_key(key), key.told("key created"), by)
        return Made(key, text)

    def revoke(self, id: str, *, by: str) -> Key:
        """End a key now; it stays in the list.

        :raises NotFound: if there is no such key.
        """
        key = self.get(id)
        if key.revoked:
            return key
        ended = replace(key, revoked=self._now())
        self._change(lambda state: state.with_key(ended), key.told("key revoked"), by)
        return ended

    def rotate(self, id: str, *, by: str, until: date | None = None) -> Made:
        """Make a key that may do what another may, and end that one.

        :param until: the last day of the old one; ``None`` to end it now.
        :raises NotFound: if there is no such key.
        :raises UsageError: if it has ended already, or the last day has passed.
        """
        old = self.get(id)
        ended = old.ended(self._today())
        if ended:
            raise UsageError(f"this key {ended}", where=id, hint="Make a new one with `stemma key create`.")
        if until is not None and until < self._today():
            raise UsageError("this day has passed", where=until.isoformat())
        expires = date.fromisoformat(old.expires) if old.expires else None
        made = self.create(
            old.role, by=by, agent=old.agent, scopes=old.scopes, expires=expires, own=old.own, replaces=old.id
        )
        if until is None or (expires and until > expires):
            self.revoke(id, by=by)
        else:
            last = replace(old, expires=until.isoformat())
            self._change(lambda s: s.with_key(last), old.told(f"key ends with {until.isoformat()}"), by)
        return made

    def tell(self, note: Callable[[str, str], object]) -> int:
        """Tell the journal what was done to keys. After a crash in between it may be told twice.

        :param note: takes who did it and what it was, as ``Committer.note`` does.
        :returns: how many things it was told.
        """
        told = self.pending()
        for each in told:
            note(each.by, f"{each.what}; {each.at}")
        if told:
            self._write(lambda state: state.without_notes(told))
        return len(told)

    def _use(self, key: Key) -> None:
        now = self._clock()
        if key.used is None or (now - datetime.fromisoformat(key.used)).total_seconds() >= _USED_EVERY:
            with suppress(WorkspaceError):  # a full disk keeps nobody out
                self._write(lambda state: state.used(key.id, _iso(now)))

    def _change(self, change: Callable[[State], State], what: str, by: str) -> None:
        note = Note(secrets.token_hex(6), self._now(), by, what)
        self._write(lambda state: change(state).with_note(note))

    def _write(self, change: Callable[[State], State]) -> None:
        with self._one:
            self._state = self._file.change(change)
            self._seen = self._file.mark()

    def _now(self) -> str:
        return _iso(self._clock())

    def _today(self) -> date:
        return self._clock().date()


def _digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _iso(at: datetime) -> str:
    return at.replace(microsecond=0).isoformat().replace("+00:00", "Z")
