"""Who calls, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass

from kg.access.roles import Permission, Role
from kg.errors import Forbidden, Unauthorized
from kg.model.orcid import is_person


@dataclass(frozen=True, slots=True)
class Caller:
    """One who calls the service.

    :param name: what limits and logs know them by: ``key:…``, ``token:…`` or ``address:…``.
    :param role: their role; ``None`` for one who may do nothing.
    :param agent: IRI in whose name they write; ``None`` for one who gave no key.
    :param scopes: the permissions that their key is held to; none stands for all of the role's.
    """

    name: str
    role: Role | None = None
    agent: str | None = None
    scopes: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether they gave a key or a token that holds."""
        return self.agent is not None

    @property
    def person(self) -> bool:
        """Whether they are a person, named by ORCID."""
        return is_person(self.agent)

    def may(self, permission: str) -> bool:
        """Whether their role and their key's scopes let them do something.

        :param permission: a word of stemma:Permission.
        """
        granted = self.role is not None and permission in self.role.may
        return granted and (not self.scopes or permission in self.scopes)

    def check(self, role: Role, permission: Permission) -> None:
        """Let them pass, or say why not.

        :param role: the least role that is needed.
        :param permission: what they are about to do.
        :raises Unauthorized: if they gave no key, and none is not enough.
        :raises Forbidden: if they may not do it.
        """
        if not self.known and not self.may(permission.word):
            raise Unauthorized(
                "this needs a key",
                hint="Send Authorization: Bearer KEY. `stemma key create` makes one; so does whoever runs the service.",
            )
        if self.role is None or self.role.rank < role.rank:
            have = self.role.label if self.role else "one without a role"
            raise Forbidden(f"this is for a {role.label}; the key is that of a {have}", reason="role")
        if not self.may(permission.word):
            raise Forbidden(f"the key's scopes do not let it {permission.word}", reason="scope")
        if permission.persons and not self.person:
            raise Forbidden(
                "this takes a person, and the key is nobody's",
                reason="person",
                hint="Use a key made with `stemma key create --for ORCID`, or sign in.",
            )
