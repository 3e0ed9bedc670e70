"""The public keys of an issuer, from its own address or from a file; kept, and had again when they change."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

import jwt
import orjson

from api.auth.address import is_safe
from api.auth.fetch import fetch
from kg.errors import WorkspaceError

_KEPT = 600.0
"""How long keys are kept, in seconds."""
_AGAIN = 15.0
"""How long to wait before an unknown name is looked for again, in seconds."""
_DISCOVERY = "/.well-known/openid-configuration"


class SignInDown(WorkspaceError):
    """The keys of the issuer cannot be had now."""

    code = "sign-in"


class KeySet:
    """The keys of one issuer, by name.

    :param load: gives its key set: a JSON Web Key Set (RFC 7517).
    :param clock: seconds that only grow.
    """

    def __init__(self, load: Callable[[], Mapping[str, Any]], clock: Callable[[], float] = time.monotonic) -> None:
        self._load, self._clock = load, clock
        self._one = Lock()
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._at = self._tried = float("-inf")

    def get(self, name: str | None) -> jwt.PyJWK | None:
        """The key of a name; without a name, the only one there is.

        :raises SignInDown: if there were never any, and they cannot be had.
        """
        with self._one:
            now = self._clock()
            if now - self._at >= _KEPT or (name not in self._keys and now - self._tried >= _AGAIN):
                self._renew(now)
            if name is None and len(self._keys) == 1:
                return next(iter(self._keys.values()))
            return self._keys.get(name)

    def _renew(self, now: float) -> None:
        if now - self._tried < _AGAIN and self._keys:
            return
        self._tried = now
        try:
            found = jwt.PyJWKSet.from_dict(dict(self._load())).keys
        except (OSError, ValueError, TypeError, KeyError, jwt.PyJWTError) as e:
            if not self._keys:
                hint = "Try again; whoever runs the service sees to its settings and network."
                raise SignInDown(f"the issuer's keys cannot be had: {e}", hint=hint) from None
            return
        self._keys = {k.key_id: k for k in found if k.key_type != "oct" and k.public_key_use in (None, "sig")}
        self._at = now


def from_file(path: Path) -> Callable[[], Mapping[str, Any]]:
    """Reads a key set from a file."""
    return lambda: _object(path.read_bytes())


def from_issuer(issuer: str) -> Callable[[], Mapping[str, Any]]:
    """Fetches a key set from where its issuer says it is (OpenID Connect Discovery 1.0, section 4)."""

    def load() -> Mapping[str, Any]:
        told = _object(fetch(issuer.rstrip("/") + _DISCOVERY))
        if told.get("issuer") != issuer:
            raise ValueError(f"the issuer calls itself {told.get('issuer')!r}")
        place = told.get("jwks_uri")
        if not isinstance(place, str) or not is_safe(place):
            raise ValueError("it names no safe address of its keys")
        return _object(fetch(place))

    return load


def _object(data: bytes) -> Mapping[str, Any]:
    found = orjson.loads(data)
    if not isinstance(found, dict):
        raise ValueError("this is no JSON object")
    return found
