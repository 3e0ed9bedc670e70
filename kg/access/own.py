"""The workspace's own key, and what the journal is told of keys."""

from __future__ import annotations

from pathlib import Path

from kg.access.file import write_private
from kg.access.keys import Keyring
from kg.access.roles import Roles
from kg.errors import Unauthorized, WorkspaceError

KEYS, OWN = "keys.json", "key"
"""Names of the two files in a workspace: every key's digest, and the text of the workspace's own key."""


def own_key(folder: Path, keyring: Keyring, roles: Roles, *, by: str) -> str | None:
    """See that a workspace has a key of its own, in a file that only its owner may read.

    :param folder: the workspace's.
    :param by: IRI of who makes it.
    :returns: the key's text if it was made just now, else ``None``.
    :raises WorkspaceError: if it cannot be written.
    """
    path = folder / OWN
    try:
        if path.exists():
            path.chmod(0o600)
            try:
                if keyring.find(path.read_text("utf-8").strip()).own:
                    return None
            except Unauthorized:
                pass
        for old in keyring.all():
            if old.own:
                keyring.revoke(old.id, by=by)
        made = keyring.create(roles.all[-1].word, by=by, own=True)
        write_private(path, made.text.encode() + b"\n")
    except (OSError, UnicodeDecodeError) as e:
        raise WorkspaceError(f"the workspace's own key cannot be kept: {e}", where=str(path)) from None
    return made.text
