"""The house keeps its order: imports run one way, modules stay small, forms stay one file each."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "app"

# What each package may import of the others; every one may use the shared modules.
SHARED = {"config", "errors", "formatting", "htmx", "security"}
ALLOWED = {
    "fhir": set(),
    "terminology": {"fhir"},
    "mcode": {"terminology", "fhir"},
    "store": set(),
    "smart": {"fhir", "store"},
    "frame": {"mcode", "terminology", "fhir"},
    "summary": {"frame", "mcode", "terminology", "fhir"},
    "forms": {"frame", "mcode", "terminology", "fhir", "store"},
    "patients": {"frame", "fhir"},
    "sandbox": set(),
    "commands": {"mcode", "smart", "fhir", "store", "forms", "create_app", "logs"},
}
# Views meet the launch, and what is kept of it.
VIEWS = {
    "summary": {"smart", "store"},
    "forms": {"smart"},
    "patients": {"smart"},
}
VIEW_MODULES = {"views.py", "save_views.py", "arrive_views.py", "page.py"}


def modules() -> list[Path]:
    return sorted(path for path in APP.rglob("*.py") if path.parent != APP)


def imported(path: Path) -> set[str]:
    """Return the dotted names below `app` that a module imports, however it spells it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.ImportFrom):
            names.add("relative import")
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(APP)))
def test_imports_run_one_way(path: Path) -> None:
    package = path.relative_to(APP).parts[0]
    allowed = {package} | ALLOWED[package] | (set() if package == "sandbox" else SHARED)
    if path.name in VIEW_MODULES:
        allowed |= VIEWS.get(package, set())
    names = imported(path)
    assert "relative import" not in names
    inside = {name.split(".")[1] for name in names if name.startswith("app.")}
    assert inside <= allowed


@pytest.mark.parametrize("package", ["mcode", "fhir", "terminology"])
def test_the_meaning_of_the_data_knows_no_web_framework(package: str) -> None:
    for path in (APP / package).rglob("*.py"):
        assert not any(name.split(".")[0] == "flask" for name in imported(path)), path


def test_only_fhir_and_smart_speak_http() -> None:
    speakers = {
        path.relative_to(APP).parts[0] for path in modules() if "requests" in imported(path)
    }
    assert speakers <= {"fhir", "smart", "sandbox"}


@pytest.mark.parametrize("path", sorted(APP.rglob("*.py")), ids=lambda p: str(p.relative_to(APP)))
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_templates_need_no_inline_code() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for forbidden in ("hx-on", "onclick=", "onchange=", "style=", "javascript:", "<style"):
            assert forbidden not in text, f"{path}: {forbidden}"
