"""A key, as it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Key:
    """One key, without its secret.

    :param id: names it, in lists and in the key's own text.
    :param digest: SHA-256 of its text.
    :param role: a word of stemma:Role.
    :param created: when, in UTC.
    :param by: IRI of who made it.
    :param agent: IRI of the person it is for, if it is anybody's.
    :param scopes: the permissions that it is held to; none for all of the role's.
    :param expires: the last day on which it holds, in UTC.
    :param revoked: when it was ended.
    :param used: when it was last used, to ten minutes.
    :param own: whether it is the workspace's own.
    :param replaces: id of the key in whose place it came.
    """

    id: str
    digest: str
    role: str
    created: str
    by: str
    agent: str | None = None
    scopes: tuple[str, ...] = ()
    expires: str | None = None
    revoked: str | None = None
    used: str | None = None
    own: bool = False
    replaces: str | None = None

    def ended(self, today: date) -> str:
        """How it came to its end, as in 'this key expired on ...'; empty while it holds."""
        if self.revoked:
            return f"was revoked at {self.revoked}"
        if self.expires and date.fromisoformat(self.expires) < today:
            return f"expired on {self.expires}"
        return ""

    def told(self, deed: str) -> str:
        """A deed on it, for the journal: ``key created: 1f… (curator, for …)``."""
        about = [self.role, *([f"for {self.agent}"] if self.agent else [])]
        about += [f"scopes {' '.join(self.scopes)}"] if self.scopes else []
        about += [f"expires {self.expires}"] if self.expires else []
        about += [f"replaces {self.replaces}"] if self.replaces else []
        return f"{deed}: {self.id} ({', '.join(about)})"
