"""Who calls: by key, by sign-in token, or nobody in particular."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.types import Scope

from api.auth.oidc import Issuer
from kg.access.caller import Caller
from kg.access.keys import Keyring
from kg.access.roles import Roles
from kg.errors import Unauthorized
from kg.schema.prefixes import Prefixes

_LONGEST = 16 << 10
"""Longest key or token that is looked at, in bytes."""


@dataclass(frozen=True)
class Door:
    """Tells who calls.

    :param open_reading: whether one without a key may read.
    :param issuer: whose tokens are taken beside keys; ``None`` for nobody's.
    """

    keyring: Keyring
    roles: Roles
    prefixes: Prefixes
    open_reading: bool
    issuer: Issuer | None = None

    async def caller(self, scope: Scope) -> Caller:
        """Who sent a request.

        :raises Unauthorized: if they gave a key or token that does not hold; another is not asked for then.
        """
        told = [value for name, value in scope["headers"] if name == b"authorization"]
        if not told:
            return self.stranger(scope)
        text = _bearer(told)
        if text.count(".") == 2 and self.issuer is not None:
            return await run_in_threadpool(self.issuer.caller, text)
        key = self.keyring.find(text)
        agent = key.agent or self.prefixes.expand(f"agent:key-{key.id}")
        return Caller(f"key:{key.id}", self.roles.get(key.role), agent, key.scopes)

    def stranger(self, scope: Scope) -> Caller:
        """One who gave no key."""
        return Caller(f"address:{_network(scope)}", self.roles.all[0] if self.open_reading else None)


def _bearer(told: Iterable[bytes]) -> str:
    """The key or token of the Authorization fields (RFC 6750, section 2.1)."""
    first, *more = told
    scheme, _, text = first.decode("latin-1").strip().partition(" ")
    if more or scheme.lower() != "bearer" or not text.strip() or len(first) > _LONGEST:
        raise Unauthorized("this is no key", given=True, where="Authorization", hint="Send Authorization: Bearer KEY.")
    return text.strip()


def _network(scope: Scope) -> str:
    """The address of a client; of IPv6 the network, for one client has a whole one."""
    host = (scope.get("client") or ("unknown", 0))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
