"""All that tells who may do what, for one workspace and its settings."""

from __future__ import annotations

from dataclasses import dataclass

from api.auth.address import is_loopback
from api.auth.door import Door
from api.auth.jwks import KeySet, from_file, from_issuer
from api.auth.oidc import Issuer
from api.auth.pace import Pace
from api.settings import Settings
from kg.access.agents import agent_iri
from kg.access.keys import Keyring
from kg.access.own import KEYS, own_key
from kg.access.roles import Roles
from kg.schema.prefixes import Prefixes
from kg.workspace import Workspace


@dataclass(frozen=True)
class Access:
    """Roles, keys, sign-in and limits of a service."""

    workspace: Workspace
    settings: Settings
    roles: Roles
    keyring: Keyring
    door: Door
    pace: Pace

    @staticmethod
    def of(workspace: Workspace, settings: Settings) -> Access:
        """Of a workspace, as settings say.

        :raises UsageError: if the settings name a role that there is not.
        """
        roles, prefixes = Roles(workspace.profile.vocabulary), workspace.profile.prefixes
        keyring = Keyring(workspace.path / KEYS)
        door = Door(keyring, roles, prefixes, settings.open_reading, _issuer(settings, roles, prefixes))
        limits = settings.limits.where(open_to_others=not is_loopback(settings.host))
        pace = Pace(str(limits.keys), str(limits.addresses), limits.query_seconds or 0.0)
        return Access(workspace, settings, roles, keyring, door, pace)

    def own_key(self) -> str | None:
        """See that the workspace has a key of its own.

        :returns: its text, if it was made just now.
        """
        return own_key(self.workspace.path, self.keyring, self.roles, by=agent_iri(None, self.door.prefixes))

    def look(self) -> None:
        """Write into the journal what was done to keys since the last look, by whatever process."""
        self.keyring.tell(self.workspace.committer.note)


def _issuer(settings: Settings, roles: Roles, prefixes: Prefixes) -> Issuer | None:
    told = settings.oidc
    if told is None:
        return None
    return Issuer(told, KeySet(from_file(told.jwks) if told.jwks else from_issuer(told.issuer)), roles, prefixes)
