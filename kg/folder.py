"""The folder of a workspace: made, found again, and what it says of itself."""

from __future__ import annotations

import hashlib
import re
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kg.durable import sync_tree
from kg.errors import UsageError, WorkspaceError
from kg.model.iris import is_iri
from kg.profile import Profile

FILE = "workspace.toml"


def make_folder(root: Path, *, profile: str, base: str, name: str | None) -> None:
    """Make a workspace in a new or empty folder. See :meth:`kg.workspace.Workspace.init`.

    :raises UsageError: if the folder is not empty, or the base is none.
    :raises WorkspaceError: if it cannot be written.
    """
    if not re.fullmatch(r"https?://[^/?#']+/([^?#']*/)?", base) or not is_iri(base):
        raise UsageError("the base is an http or https IRI that ends in /", where=base)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise UsageError("there is something here already", where=str(root), hint="Name a new or empty folder.")
    loaded = Profile.load(profile)
    told = {"name": name or root.resolve().name, "base": base, "profile": loaded.name}
    try:
        root.mkdir(parents=True, exist_ok=True)
        if loaded.directory is not None:
            _copy_profile(loaded.directory, root / "profile")
        told["check"] = seal(root, told)
        lines = [f'{key} = "{_toml(value)}"\n' for key, value in told.items()]
        (root / FILE).write_bytes("".join(lines).encode())
        sync_tree(root)
    except OSError as e:
        raise WorkspaceError(f"the workspace cannot be made: {e.strerror}", where=str(root)) from None


def find_workspace(start: Path) -> Path:
    """The nearest workspace at or above a folder, as git does.

    :raises UsageError: if there is none.
    """
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder
    raise UsageError(
        "no workspace here or above",
        where=str(start),
        hint="Make one with `stemma init DIR`, or name one with --workspace DIR.",
    )


def read_settings(path: Path) -> Mapping[str, Any]:
    """What a workspace says of itself: at least its base and its profile.

    :raises WorkspaceError: if it is none.
    """
    try:
        settings = tomllib.loads((path / FILE).read_text("utf-8"))
    except FileNotFoundError:
        raise WorkspaceError(
            "there is no workspace here", where=str(path), hint="Make one with `stemma init DIR`."
        ) from None
    except (OSError, ValueError) as e:
        raise WorkspaceError(f"{FILE} cannot be read: {e}", where=str(path)) from None
    if not {"base", "profile"} <= set(settings):
        raise WorkspaceError(f"{FILE} names no base or no profile", where=str(path))
    if not is_iri(str(settings["base"])):
        raise WorkspaceError(f"the base in {FILE} is no IRI", where=str(path))
    return settings


def seal(root: Path, told: Mapping[str, Any]) -> str:
    """The digest of what a workspace says of itself, and of its own profile's files."""
    check = hashlib.sha256()
    for key in ("name", "base", "profile"):
        check.update(f"{key}={told.get(key)}\n".encode("utf-8", "replace"))
    for path in sorted((root / "profile").rglob("*")):
        if path.is_file():
            check.update(f"{path.relative_to(root).as_posix()}\n".encode("utf-8", "replace"))
            check.update(hashlib.sha256(path.read_bytes()).digest())
    return check.hexdigest()


def _copy_profile(source: Path, target: Path) -> None:
    for kind in ("ontology", "shapes"):
        if (source / kind).is_dir():
            shutil.copytree(source / kind, target / kind)


def _toml(text: str) -> str:
    whole = text.encode("utf-8", "replace").decode("utf-8")  # a file's name may hold half a character
    return "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08X}" for c in whole)
