"""``stemma key``: make, list, end and renew the keys of a workspace, also while it is served."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from kg.access.agents import agent_iri, core_prefixes
from kg.access.interests import person_iri
from kg.access.key import Key
from kg.access.keys import Keyring, Made
from kg.access.own import KEYS, OWN
from kg.access.roles import core_roles
from kg.cli.options import AgentOption, FormatOption, WorkspaceOption, named
from kg.cli.output import Form, note, result, rows
from kg.errors import UsageError, WorkspaceBusy
from kg.folder import FILE, find_workspace
from kg.workspace import Workspace

keys = typer.Typer(name="key", help="Keys of the service: who may do what.", no_args_is_help=True)

_Id = Annotated[str, typer.Argument(help="The key's id, as `stemma key list` shows it.", metavar="ID")]


@keys.command()
def create(
    context: typer.Context,
    role: Annotated[str, typer.Option("--role", help="What it may do; `stemma key roles` tells of each.")],
    person: Annotated[
        str | None, typer.Option("--for", help="Whose it is; a key that is nobody's cannot review.", metavar="ORCID")
    ] = None,
    expires: Annotated[str | None, typer.Option(help="The last day on which it holds, in UTC.", metavar="DATE")] = None,
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="Hold it to some of what the role may; several times for more.")
    ] = None,
    agent: AgentOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Make a key; it stands alone on the last line and is shown this once."""
    roles = core_roles()
    chosen = roles.get(role)
    scopes = roles.scopes(chosen, scope or ())
    path = _path(context, workspace)
    made = _keyring(path).create(
        chosen.word,
        by=agent_iri(agent, core_prefixes()),
        agent=person_iri(person) if person else None,
        scopes=scopes,
        expires=_day(expires),
    )
    _shown(path, made)


@keys.command("list")
def listed(context: typer.Context, workspace: WorkspaceOption = None, form: FormatOption = Form.TABLE) -> None:
    """List the keys; of none the text is known any more."""
    today = datetime.now(UTC).date()
    found = [_told(k, today) for k in _keyring(_path(context, workspace)).all()]
    columns = ("id", "role", "for", "scopes", "created", "by", "expires", "used", "state")
    if form is Form.TABLE:
        found = [{**k, "scopes": " ".join(k["scopes"])} for k in found]  # type: ignore[arg-type]
    rows(form, found, columns)


@keys.command()
def revoke(context: typer.Context, id: _Id, agent: AgentOption = None, workspace: WorkspaceOption = None) -> None:
    """End a key, now."""
    path = _path(context, workspace)
    key = _keyring(path).revoke(id, by=agent_iri(agent, core_prefixes()))
    _tell(path)
    result(f"revoked {key.id}")


@keys.command()
def rotate(
    context: typer.Context,
    id: _Id,
    until: Annotated[
        str | None, typer.Option(help="The last day of the old key, in UTC; default: it ends now.", metavar="DATE")
    ] = None,
    agent: AgentOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Make a key in the place of another; it stands alone on the last line and is shown this once."""
    path = _path(context, workspace)
    keyring = _keyring(path)
    if keyring.get(id).own:
        hint = f"Stop the service, remove the file {OWN}, and serve again."
        raise UsageError("this is the workspace's own key, which its service makes", where=id, hint=hint)
    _shown(path, keyring.rotate(id, by=agent_iri(agent, core_prefixes()), until=_day(until)))


@keys.command()
def roles(form: FormatOption = Form.TABLE) -> None:
    """List the roles, and what each may do."""
    known = core_roles()
    told = [
        {"role": r.word, "about": r.definition, "scopes": [p for p in known.permissions if p in r.may]}
        for r in known.all
    ]
    if form is Form.TABLE:
        told = [{**t, "scopes": " ".join(t["scopes"])} for t in told]
    rows(form, told, ("role", "about", "scopes"))


def _shown(path: Path, made: Made) -> None:
    _tell(path)
    note(f"made key {made.key.id} ({made.key.role}); this is the only time that it is shown:")
    result(made.text)


def _tell(path: Path) -> None:
    """Have the journal told; while a service owns the workspace, the service does it."""
    try:
        with Workspace(path) as workspace:
            _keyring(path).tell(workspace.committer.note)
    except WorkspaceBusy:
        pass


def _told(key: Key, today: date) -> dict[str, object]:
    return {
        "id": key.id,
        "role": key.role,
        "for": key.agent or "",
        "scopes": list(key.scopes),
        "created": key.created,
        "by": key.by,
        "expires": key.expires or "",
        "used": key.used or "",
        "state": key.ended(today) or ("holds, the workspace's own" if key.own else "holds"),
    }


def _path(context: typer.Context, given: Path | None) -> Path:
    path = named(context, given)
    return path if (path / FILE).is_file() else find_workspace(path)


def _keyring(path: Path) -> Keyring:
    return Keyring(path / KEYS)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise UsageError("a day is written like 2027-12-31", where=str(text)) from None
