"""Find the project's own Turtle and data, in a checkout or in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from kg.errors import ProfileError

_PACKAGE = Path(__file__).parent


def folder(kind: str) -> Path:
    """The folder ``ontology``, ``shapes``, ``data`` or ``docs/queries`` that ships with the project.

    :param kind: its place in a checkout; an installed wheel keeps it under the last part of that.
    :returns: an existing directory.
    :raises ProfileError: if the installation lacks it.
    """
    shipped = _PACKAGE / "_data" / Path(kind).name
    if shipped.is_dir():
        return shipped
    checkout = _PACKAGE.parent / kind
    if (_PACKAGE.parent / "pyproject.toml").is_file() and checkout.is_dir():
        return checkout
    raise ProfileError(
        f"the folder {kind}/ is missing from this installation",
        where=str(_PACKAGE),
        hint="Install stemma-kg again.",
    )


def turtle_files(directory: Path) -> tuple[Path, ...]:
    """Every Turtle file below a directory, in a stable order."""
    return tuple(sorted(directory.rglob("*.ttl")))
