"""Pages as a browser draws them."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import httpx
import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]

_OFF = ("gpu", "quic", "background-networking", "component-update", "sync")
QUIET = ["--headless", "--no-sandbox", "--no-first-run", "--hide-scrollbars", *(f"--disable-{name}" for name in _OFF)]


@pytest.mark.parametrize("path", ["", "id/claim/c1-hope", "entity/CL:0000134", "search?q=cells"])
@pytest.mark.parametrize("size", [(1200, 900), (390, 844)])
def test_a_browser_draws_the_page(http: httpx.Client, tmp_path: Path, path: str, size: tuple[int, int]) -> None:
    picture = tmp_path / "page.png"
    subprocess.run(
        [
            str(CHROMIUM),
            *QUIET,
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--window-size={size[0]},{size[1]}",
            f"--screenshot={picture}",
            f"{http.base_url}{path}",
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">II", data[16:24]) == size
    assert len(data) > 15_000, "an empty page makes a smaller picture"
