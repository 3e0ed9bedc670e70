"""A service over an open workspace, with a key that may write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import kg
from kg.access.keys import Keyring
from kg.access.own import KEYS


@contextmanager
def serve(workspace: kg.Workspace, role: str = "curator") -> Iterator[tuple[str, str]]:
    """Serve a workspace in this process.

    :returns: the address, and the key.
    """
    from api.command import start  # what needs no service does not pay for it

    made = Keyring(workspace.path / KEYS).create(role, by=workspace.agent(None))
    with start(workspace) as running:
        yield running.url, made.text
