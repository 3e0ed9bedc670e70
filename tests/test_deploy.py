"""The container file and the systemd unit: they say what they must, and name what there is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from api.settings import Settings

ROOT = Path(__file__).parent.parent
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
UNIT = ROOT / "deploy" / "stemma.service"

HARDENED = {
    "DynamicUser": "yes",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectControlGroups": "yes",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "CapabilityBoundingSet": "",
    "UMask": "0077",
    "KillSignal": "SIGTERM",
}


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, lines joined, comments left out."""
    lines = [line for line in DOCKERFILE.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(w, rest.strip()) for w, _, rest in (line.partition(" ") for line in joined.splitlines() if line.strip())]


def unit() -> dict[str, list[str]]:
    """The settings of the unit; one that stands several times has several values."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text("utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            name, sign, value = line.partition("=")
            assert sign, line
            found.setdefault(name, []).append(value)
    return found


def test_the_image_is_built_from_the_lock_and_runs_as_nobody() -> None:
    told = instructions()
    words = {w for w, _ in told}
    assert words <= {
        *("FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE"),
        *("STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"),
    }
    assert [rest for w, rest in told if w == "FROM"] == ["python:3.12-slim AS build", "python:3.12-slim"]
    runs = " ".join(rest for w, rest in told if w == "RUN")
    assert "--require-hashes -r requirements.lock" in runs
    assert "sudo" not in runs
    last = [w for w, _ in told].index("USER")
    assert told[last][1] not in ("root", "0")
    assert not [w for w, _ in told[last:] if w in ("RUN", "COPY")], "nothing is made after the user is chosen"
    health = next(rest for w, rest in told if w == "HEALTHCHECK")
    assert "/ready" in health
    for w, rest in told:
        if w in ("ENTRYPOINT", "CMD"):
            assert isinstance(json.loads(rest), list)
    assert next(rest for w, rest in told if w == "STOPSIGNAL") == "SIGTERM"


def test_the_image_copies_all_that_the_wheel_is_made_of() -> None:
    copied = " ".join(rest for w, rest in instructions() if w == "COPY" and not rest.startswith("--from")).split()
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(wheel["only-include"]) <= set(copied)
    assert [name for name in copied if not name.startswith(".") and not (ROOT / name).exists()] == []


def test_the_images_settings_are_settings() -> None:
    (env,) = (rest for w, rest in instructions() if w == "ENV")
    told = dict(pair.split("=", 1) for pair in env.split())
    named = {n.removeprefix("STEMMA_").lower(): v for n, v in told.items() if n.startswith("STEMMA_")}
    assert named == {"host": "0.0.0.0", "port": "8000"}
    with pytest.raises(Exception, match="only this machine"):
        Settings.model_validate(named).check_host()
    Settings.model_validate({**named, "auth": "required"}).check_host()


def test_the_unit_is_hardened_and_stops_gracefully() -> None:
    found = unit()
    assert {name: found[name][-1] for name in HARDENED} == HARDENED
    assert found["ExecStart"][0].endswith(" serve")
    assert float(found["TimeoutStopSec"][0]) > Settings().grace
    assert "AF_UNIX" in found["RestrictAddressFamilies"][0]
    filtered = found["SystemCallFilter"]
    assert filtered[0].startswith("@system-service")
    assert "seccomp" in filtered[0], "query workers shut themselves in"


def test_systemd_itself_finds_nothing_wrong(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    copy = tmp_path / "stemma.service"  # it wants the program to be there
    copy.write_text(UNIT.read_text("utf-8").replace("/opt/stemma/bin/stemma", "/bin/true"), "utf-8")
    done = subprocess.run([program, "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
