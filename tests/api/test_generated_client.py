"""A client that a generator makes of the OpenAPI works against the service."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import httpx
import pytest


@pytest.fixture(scope="module")
def generated(http: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The package that openapi-python-client makes."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_text(json.dumps(http.get("/openapi.json").json()))
    (folder / "settings.yml").write_text("post_hooks: []\npackage_name_override: stemma_client\n")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json"]
    done = subprocess.run(
        [*command, "--config", "settings.yml", "--meta", "none", "--output-path", "stemma_client"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


def module(generated: Path, name: str) -> ModuleType:
    return importlib.import_module(f"stemma_client.{name}")


def test_every_operation_has_a_function(http: httpx.Client, generated: Path) -> None:
    made = {p.stem.replace("_", "") for p in (generated / "stemma_client" / "api").rglob("*.py")}
    for path, operations in http.get("/openapi.json").json()["paths"].items():
        for method, operation in operations.items():
            if path.startswith("/api/v1/"):
                assert operation["operationId"].lower() in made, (path, method)


def test_it_reads_claims(http: httpx.Client, generated: Path) -> None:
    word = module(generated, "models.find_claims_polarity_item").FindClaimsPolarityItem
    with module(generated, "client").Client(base_url=str(http.base_url).rstrip("/")) as client:
        read = module(generated, "api.records.read_claim").sync_detailed
        answer = read(client=client, id="c1-hope")
        assert answer.status_code == 200
        assert answer.parsed.to_dict() == http.get("/api/v1/claims/c1-hope").json()
        find = module(generated, "api.records.find_claims").sync_detailed
        page = find(client=client, polarity=[word("negated")], limit=1).parsed
        assert [claim.polarity for claim in page.items] == ["negated"]
