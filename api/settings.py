"""Settings of the service: options first, then ``STEMMA_*`` in the environment, then a TOML file.

What no setting is named after is refused: a misspelt setting that is passed over is an open door.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from api.auth.address import is_loopback, is_safe
from api.auth.pace import rate
from kg.errors import UsageError

FILE = "serve.toml"
"""Name of the settings' file in a workspace."""

PREFIX = "STEMMA_"
_TESTS = frozenset({"STEMMA_SHARED", "STEMMA_RENEW"})
"""What the project's own tests read from the environment."""

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class SignIn(_Part):
    """Whose OpenID Connect tokens are taken.

    :param issuer: as the tokens name it, letter by letter.
    :param audience: who the tokens are for: the client id of this service.
    :param jwks: file with the issuer's public keys; without it they are fetched from the issuer.
    :param roles_claim: claim that holds a role, or a list of them.
    :param roles: what a value of that claim stands for here; a value that is a role itself needs no entry.
    :param people: roles by ``sub``, for issuers that know no roles.
    :param orcid_claim: claim that holds a person's ORCID iD; of ORCID's own tokens it is ``sub``.
    :param leeway: how far clocks may be apart, in seconds.
    """

    issuer: str
    audience: Annotated[str, Field(min_length=1)]
    jwks: Path | None = None
    roles_claim: str | None = None
    roles: Mapping[str, str] = {}
    people: Mapping[str, str] = {}
    orcid_claim: str = "orcid"
    leeway: Annotated[float, Field(ge=0, le=300)] = 30.0

    @field_validator("issuer")
    @classmethod
    def _safe(cls, issuer: str) -> str:
        if not is_safe(issuer):
            raise ValueError("an issuer is an https address, or an http one on this machine")
        return issuer


class Limits(_Part):
    """How much one caller may ask for; each is off on loopback unless it is set.

    :param keys: requests of one key, such as ``600/minute``; ``off`` for no limit.
    :param addresses: requests of one address that gives no key.
    :param query_seconds: time that one caller's queries may take in a minute; 0 for no limit.
    """

    keys: str | None = None
    addresses: str | None = None
    query_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None

    @field_validator("keys", "addresses")
    @classmethod
    def _rate(cls, text: str | None) -> str | None:
        if text is not None:
            rate(text)
        return text

    def where(self, *, open_to_others: bool) -> Limits:
        """What holds where the service is reached from elsewhere, or only from this machine."""
        usual = {"keys": "1200/minute", "addresses": "300/minute", "query_seconds": 60.0}
        if not open_to_others:
            usual = {"keys": "off", "addresses": "off", "query_seconds": 0.0}
        return Limits.model_validate({n: v if (v := getattr(self, n)) is not None else d for n, d in usual.items()})


class Settings(BaseSettings):
    """How the service runs.

    :param host: address to listen on.
    :param port: 0 for any free one.
    :param auth: ``writes``: reading is open and writing needs a key; only on loopback.
        ``required``: everything needs a key.
    :param public_reading: with ``required``: reading is open after all.
    :param oidc: whose sign-in tokens are taken beside keys.
    :param proxies: addresses of proxies in front, whose word on the client's address is taken.
    :param max_body: longest body of a request, in bytes.
    :param grace: how long running requests may take to end after a stop, in seconds.
    :param log: what is logged: ``debug``, ``info`` (each request), ``warning`` or ``error``.
    """

    model_config = {"frozen": True, "extra": "forbid", "str_strip_whitespace": True}

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    auth: Literal["writes", "required"] = "writes"
    public_reading: bool = False
    oidc: SignIn | None = None
    limits: Limits = Limits()
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    max_body: Annotated[int, Field(ge=1024)] = 64 << 20
    grace: Seconds = 10.0
    log: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def open_reading(self) -> bool:
        """Whether one without a key may read."""
        return self.auth == "writes" or self.public_reading

    def check_host(self) -> None:
        """Whether it may listen there.

        :raises UsageError: if others could reach it, and not everything needs a key.
        """
        if self.auth != "required" and not is_loopback(self.host):
            raise UsageError(
                "without sign-in only this machine is served",
                where=f"--host {self.host}",
                hint="Use 127.0.0.1, ::1 or localhost, or set auth to required (STEMMA_AUTH=required).",
            )

    def toml(self) -> str:
        """The settings as a TOML file would hold them."""
        return "\n".join(_toml(self.model_dump(mode="json", exclude_none=True))) + "\n"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what the caller gives: a service in a test hears nothing from outside."""
        return (init_settings,)


def read_settings(workspace: Path | None, config: Path | None = None, **options: object) -> Settings:
    """The settings of a call.

    :param workspace: its folder, where the file may stand.
    :param config: another file; it must be there.
    :param options: what the command line names; ``None`` for what it does not.
    :raises UsageError: naming each setting that is unknown or wrong, and where it stands.
    """
    file = config or (workspace / FILE if workspace else None)
    written = _file(file, needed=config is not None) if file else {}
    told = _environment()
    given = {k: v for k, v in options.items() if v is not None}
    try:
        return Settings(**_merged(_merged(written, told), given))
    except ValidationError as e:
        raise UsageError("; ".join(_problems(e, written, told, file)), hint="See docs/operating.md.") from None


def _file(path: Path, *, needed: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if not needed:
            return {}
        raise UsageError("there is no such file of settings", where=str(path)) from None
    except (OSError, ValueError) as e:
        raise UsageError(f"the settings cannot be read: {e}", where=str(path)) from None


def _environment() -> dict[str, Any]:
    named = set(_names(Settings, PREFIX))
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in named | _TESTS:
            raise UsageError("no such setting", where=name, hint=f"Settings: {', '.join(sorted(named))}.")
    return EnvSettingsSource(
        Settings, env_prefix=PREFIX, env_nested_delimiter="__", case_sensitive=False, env_ignore_empty=True
    )()


def _names(model: type[BaseModel], prefix: str) -> Iterator[str]:
    """The names of the settings in the environment, those of parts with two underscores."""
    for name, field in model.model_fields.items():
        yield prefix + name.upper()
        for part in get_args(field.annotation) if isinstance(field.annotation, UnionType) else (field.annotation,):
            if isinstance(part, type) and part is not NoneType and issubclass(part, _Part):
                yield from _names(part, f"{prefix}{name.upper()}__")


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(under)
    for name, value in over.items():
        below = found.get(name)
        found[name] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return found


def _problems(
    error: ValidationError, written: Mapping[str, Any], told: Mapping[str, Any], file: Path | None
) -> list[str]:
    found = []
    for e in error.errors():
        path = [str(step) for step in e["loc"]]
        first = path[0] if path else ""
        where = PREFIX + "__".join(path).upper() if first in told else ".".join(path)
        place = f"{file}: " if first in written and first not in told else ""
        what = "no such setting" if e["type"] == "extra_forbidden" else str(e["msg"])
        found.append(f"{place}{where}: {what}")
    return found


def _toml(table: Mapping[str, Any], head: str = "") -> Iterator[str]:
    if head:
        yield f"\n[{head}]"
    for name, value in table.items():
        if not isinstance(value, dict):
            yield f"{_key(name)} = {json.dumps(value)}"
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _toml(value, f"{head}.{_key(name)}".lstrip("."))


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else json.dumps(name)
