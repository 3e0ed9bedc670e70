"""What `import kg` promises, and that every example in the code runs."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import kg
import kg.errors

MODULES = sorted(m.name for m in pkgutil.walk_packages(kg.__path__, "kg."))
PROMISED = ("ingest", "add", "query", "frame", "conflicts", "graph", "export", "review", "validate", "verify", "log")


def errors() -> list[type[kg.KgError]]:
    found = [kg.KgError]
    for error in found:
        found.extend(error.__subclasses__())
    # What the trials or the service derive for themselves is theirs, and there only if imported.
    return [e for e in found if e.__module__ == "kg.errors"]


def test_all_names_what_there_is() -> None:
    assert sorted(kg.__all__) == sorted(set(kg.__all__))
    for name in kg.__all__:
        assert getattr(kg, name) is not None
    ours = {name for name, value in vars(kg).items() if getattr(value, "__module__", "").startswith("kg")}
    public = {name for name in ours if not name.startswith("_")}
    assert public | {"__version__", "Workspace", "init"} == set(kg.__all__)


@pytest.mark.parametrize("name", PROMISED)
def test_a_workspace_does_what_is_promised(name: str) -> None:
    method = getattr(kg.Workspace, name)
    assert inspect.getdoc(method)
    assert all(
        p.annotation is not inspect.Parameter.empty for p in list(inspect.signature(method).parameters.values())[1:]
    )


def test_every_error_is_public_and_in_the_tree() -> None:
    tree = kg.errors.__doc__ or ""
    for error in errors():
        assert error.__name__ in kg.__all__
        assert re.search(rf"\b{error.__name__}\b", tree), f"{error.__name__} is not in the tree of kg.errors"
    named = re.findall(r"^(?:[|+ ]*)([A-Z]\w+)", tree.split("::")[1], re.MULTILINE)
    assert set(named) == {e.__name__ for e in errors()}


def test_every_error_stands_where_the_tree_says() -> None:
    above: list[tuple[int, str]] = []
    for line in (kg.errors.__doc__ or "").split("::")[1].strip("\n").split("\n"):
        name = re.match(r"[|+ ]*([A-Z]\w+)", line)
        assert name
        depth = name.start(1)
        above = [(d, n) for d, n in above if d < depth]
        if above:
            parent = getattr(kg.errors, above[-1][1])
            assert getattr(kg.errors, name[1]).__bases__ == (parent,)
        above.append((depth, name[1]))


def test_every_error_has_a_code_and_is_told_in_words() -> None:
    codes = [e.code for e in errors()]
    assert len(set(codes)) == len(codes)
    shown = str(kg.DataError("this is wrong", where="a.txt line 7", hint="Do that."))
    assert shown.startswith("a.txt line 7: this is wrong")
    assert "Do that." in shown


def test_no_module_imports_the_service() -> None:
    for module in ("kg", *MODULES):
        assert not any(name.split(".")[0] == "api" for name in imported(importlib.import_module(module))), module


def imported(module: object) -> set[str]:
    source = inspect.getsource(module)  # type: ignore[arg-type]
    return set(re.findall(r"^\s*(?:from|import) ([\w.]+)", source, re.MULTILINE))


def test_importing_kg_loads_no_service() -> None:
    code = "import sys, kg; print(*sorted({'api', 'fastapi', 'uvicorn', 'pandas'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == ""
    assert told.stderr == ""


def test_every_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for module in ("kg", *MODULES):
        assert doctest.testmod(importlib.import_module(module)).failed == 0, module


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    tests = [t for m in MODULES for t in finder.find(importlib.import_module(m)) if t.examples]
    assert len(tests) >= 4


def test_every_module_says_what_it_is() -> None:
    for module in ("kg", *MODULES):
        first = (importlib.import_module(module).__doc__ or "").strip().split("\n\n")[0]
        assert first.endswith((".", ":")), module


def test_a_report_is_a_value() -> None:
    finding = kg.Finding("rule", "this is wrong", where="line 7", pointer="/a", value="5", hint="Do that.")
    warning = kg.Finding("rule", "this is odd", severity=kg.Severity.WARNING)
    report = kg.Report.of([finding, warning, finding])
    assert report.findings == (finding, warning)
    assert report.violations == (finding,)
    assert not report.conforms
    assert kg.Report.of([warning]).conforms
    assert "line 7" in str(report)
    assert finding.as_dict() == {
        "code": "rule",
        "severity": "violation",
        "message": "this is wrong",
        "where": "line 7",
        "pointer": "/a",
        "value": "5",
        "hint": "Do that.",
    }
    with pytest.raises(kg.Refused, match="1 finding; nothing was written") as caught:
        report.raise_for_violations()
    assert caught.value.report is report
