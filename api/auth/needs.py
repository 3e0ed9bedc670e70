"""What a route needs of its caller, said beside it in one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import Depends, Request

from kg.access.caller import Caller
from kg.access.roles import Roles
from kg.errors import Forbidden

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a route needs of its caller. As a dependency it also sees that the guard was asked.

    :param role: word of the least role; ``None`` for a route that is open to all.
    :param scope: word of the permission; ``None`` for the role's own.
    :param costs: whether the time that it takes is charged to the caller.
    :param reads: holds for safe methods alone; others must say for themselves what they need.
    """

    role: str | None
    scope: str | None = None
    costs: bool = False
    reads: bool = False

    def holds_for(self, method: str) -> bool:
        """Whether it says something of a method."""
        return not self.reads or method in SAFE

    def check(self, caller: Caller, roles: Roles) -> None:
        """Let a caller pass, or say why not.

        :raises Unauthorized: if they gave no key, and none is not enough.
        :raises Forbidden: if they may not do it.
        """
        if self.role is not None:
            role = roles.get(self.role)
            caller.check(role, roles.permission(self.scope or role.own))

    async def __call__(self, request: Request) -> None:
        """Check again what the guard has checked: a route that it overlooks stays shut."""
        if self.role is None or not self.holds_for(request.method):
            return
        caller = getattr(request.state, "caller", None)
        if caller is None:
            raise Forbidden("nobody was asked who calls", reason="role")
        self.check(caller, request.app.state.access.roles)


def needs(role: str, scope: str | None = None, *, costs: bool = False) -> Any:
    """A dependency: the caller has at least this role, and a key whose scopes hold this permission.

    :param role: a word of stemma:Role.
    :param scope: a word of stemma:Permission; ``None`` for the role's own.
    :param costs: charge the time that it takes to the caller, as queries are.

    >>> router.post("/claims", dependencies=[needs("curator")])  # doctest: +SKIP
    """
    return Depends(Need(role, scope, costs))


def reads() -> Any:
    """A dependency for a whole router: who reads is a reader; what writes says itself what it needs."""
    return Depends(Need("reader", reads=True))


def open_to_all() -> Any:
    """A dependency: whoever calls may have it, also where everything else needs a key."""
    return Depends(Need(None))


def _caller(request: Request) -> Caller:
    return cast(Caller, request.state.caller)


PersonDep = Annotated[Caller, Depends(_caller)]
"""Who calls: their role, and the agent's IRI in whose name they write."""
