from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

import api
import kg
from api.command import start
from kg.cli.main import run
from kg.errors import UsageError

STEMMA = [sys.executable, "-c", "from kg.cli.main import main; main()"]


@contextmanager
def serving(*arguments: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*STEMMA, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd, env={**os.environ}
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    kg.init(tmp_path / "w").close()
    return tmp_path


@pytest.mark.parametrize("ended", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_its_address_answers_and_ends_cleanly(folder: Path, ended: signal.Signals) -> None:
    with serving("--workspace", "w", "serve", "--port", "0", cwd=folder) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        assert url.endswith("/")
        assert httpx.get(f"{url}health").json()["status"] == "ok"
        process.send_signal(ended)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert out == ""
    assert "Traceback" not in err
    with kg.open(folder / "w") as again:
        assert list(again.claims()) == []


def test_serve_finds_the_nearest_workspace(folder: Path) -> None:
    with serving("serve", "--port", "0", cwd=folder / "w" / "store") as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}health").json()["workspace"] == "w"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--workspace", "w", "serve", "--host", "0.0.0.0"], "only this machine"),
        (["--workspace", "w", "serve", "--host", "example.org"], "only this machine"),
        (["--workspace", "w", "serve", "--port", "70000"], "65535"),
        (["serve", "--port", "0"], "no workspace here"),
    ],
)
def test_a_wrong_call_says_so_and_exits_with_2(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(folder)
    assert run(arguments) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


def test_a_taken_port_says_so(folder: Path) -> None:
    refused = pytest.raises(UsageError, match="cannot be listened on")
    with socket.create_server(("127.0.0.1", 0)) as taken, kg.open(folder / "w") as workspace, refused:
        start(workspace, port=taken.getsockname()[1])


def test_start_answers_at_once_and_stop_lets_go(folder: Path) -> None:
    with kg.open(folder / "w") as workspace:
        running = start(workspace)
        assert httpx.get(f"{running.url}health").status_code == 200
        running.stop()
        with pytest.raises(httpx.ConnectError):
            httpx.get(running.url)
        with start(workspace, "localhost") as second:
            assert httpx.get(f"{second.url}health").status_code == 200


def test_two_services_share_nothing(tmp_path: Path) -> None:
    with kg.init(tmp_path / "a") as a, kg.init(tmp_path / "b") as b, start(a) as first, start(b) as second:
        assert httpx.get(f"{first.url}health").json()["workspace"] == "a"
        assert httpx.get(f"{second.url}health").json()["workspace"] == "b"


def test_the_package_says_whose_it_is() -> None:
    assert api.DISTRIBUTION == "stemma-kg"
    assert set(api.__all__) == {"DISTRIBUTION", "create_app"}
