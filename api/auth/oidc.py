"""Sign-in tokens of one OpenID Connect issuer: checked, and read as a caller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import jwt

from api.auth.jwks import KeySet
from api.settings import SignIn
from kg.access.caller import Caller
from kg.access.roles import Role, Roles
from kg.errors import Unauthorized
from kg.model.digest import short_hash
from kg.model.orcid import PERSONS, is_person
from kg.schema.prefixes import Prefixes

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that are taken: those that a public key checks, never a shared secret and never none."""

_TYPES = (None, "JWT", "AT+JWT", "APPLICATION/AT+JWT")
_REQUIRED = ["iss", "aud", "sub", "exp", "iat"]


class Issuer:
    """Takes the tokens of one issuer.

    :param sign_in: whose tokens, for whom, and what they let people do.
    :param keys: the issuer's public keys.
    """

    def __init__(self, sign_in: SignIn, keys: KeySet, roles: Roles, prefixes: Prefixes) -> None:
        self._told, self._keys, self._roles, self._prefixes = sign_in, keys, roles, prefixes
        for word in (*sign_in.roles.values(), *sign_in.people.values()):
            roles.get(word)

    def caller(self, token: str) -> Caller:
        """Who a token speaks for.

        :raises Unauthorized: if it does not hold: another's, for another, over, not begun, or not signed so.
        :raises SignInDown: if the issuer's keys cannot be had.
        """
        claims = self._claims(token)
        subject = claims["sub"]
        if not isinstance(subject, str) or not subject:
            raise _refused("it names nobody")
        name = short_hash(f"{self._told.issuer}\n{subject}", 16)
        agent = self._person(claims) or self._prefixes.expand(f"agent:token-{name}")
        return Caller(f"token:{name}", self._role(claims), agent)

    def _claims(self, token: str) -> Mapping[str, Any]:
        try:
            head = jwt.get_unverified_header(token)
            if head.get("alg") not in ALGORITHMS:
                raise _refused(f"it is signed by {head.get('alg')!r}, which is not taken")
            if str(head.get("typ") or "JWT").upper() not in _TYPES:
                raise _refused(f"it is a {head['typ']!r}")
            key = self._keys.get(head.get("kid"))
            if key is None or key.algorithm_name != head["alg"]:
                raise _refused("its issuer has no such key")
            return jwt.decode(
                token,
                key,
                algorithms=[head["alg"]],
                audience=self._told.audience,
                issuer=self._told.issuer,
                leeway=self._told.leeway,
                options={"require": _REQUIRED},
            )
        except jwt.PyJWTError as e:
            raise _refused(str(e)) from None

    def _person(self, claims: Mapping[str, Any]) -> str | None:
        """The ORCID iD that the issuer vouches for."""
        named = claims["sub"] if self._told.issuer == PERSONS.rstrip("/") else claims.get(self._told.orcid_claim)
        if not isinstance(named, str):
            return None
        iri = PERSONS + named.removeprefix(PERSONS)
        return iri if is_person(iri) else None

    def _role(self, claims: Mapping[str, Any]) -> Role | None:
        """The highest role that the settings give; none, if they give none."""
        values = _listed(claims.get(self._told.roles_claim)) if self._told.roles_claim else ()
        known = {r.word for r in self._roles.all}
        words = {self._told.roles.get(v, v) for v in values} | {self._told.people.get(claims["sub"], "")}
        return max((self._roles.get(w) for w in words & known), key=lambda r: r.rank, default=None)


def _listed(value: object) -> Iterable[str]:
    if isinstance(value, str):
        return value.split()
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else ()


def _refused(why: str) -> Unauthorized:
    return Unauthorized(f"the token does not hold: {why}", given=True, hint="Sign in again.")
