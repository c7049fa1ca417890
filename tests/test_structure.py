"""The house keeps its order: imports run one way, modules stay small, forms stay one file each."""

import ast
from graphlib import TopologicalSorter
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
    "reuse": {"summary", "forms", "frame", "mcode", "terminology", "fhir", "store"},
    "patients": {"frame", "fhir"},
    "sandbox": set(),
    "commands": {"mcode", "smart", "fhir", "store", "forms", "reuse", "create_app", "logs"},
}
# Views meet the launch, and what is kept of it.
VIEWS = {
    "summary": {"smart", "store"},
    "forms": {"smart"},
    "reuse": {"smart"},
    "patients": {"smart"},
}
# Receivers stand in the file of the EHRs, and know the app by keys of the same kind.
AS_EHRS = {"reuse/receivers.py": {"smart"}, "reuse/outbox/backend.py": {"smart"}}
VIEW_MODULES = {"views.py", "save_views.py", "arrive_views.py", "page.py"}

# Packages inside a package: what each may import of the modules and packages around it.
INSIDE = {
    "smart/checking": {"oauth", "ehrs", "errors", "scopes"},
    "smart/oauth": {"ehrs", "errors", "scopes"},
    "smart/ehrs": {"scopes"},
    "reuse/outbox": {"fate", "product", "receivers"},
}


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


def dotted(path: Path) -> str:
    """Return the name by which a module is imported; a package's is that of its folder."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {dotted(path): path for path in APP.rglob("*.py")}
PACKAGES = sorted(name for name, path in MODULES.items() if path.name == "__init__.py")


def imported_modules(path: Path) -> set[str]:
    """Return the modules of the app that a module imports, by their dotted names."""
    names = imported(path)
    longest = {name for name in names if not any(other.startswith(f"{name}.") for other in names)}
    owners = {name if name in MODULES else name.rpartition(".")[0] for name in longest}
    return owners & MODULES.keys()


def imports_inside(package: str) -> dict[str, set[str]]:
    """Return which of the package's modules and packages imports which of the others."""

    def child(module: str) -> str:
        return module.removeprefix(package).split(".")[1] if module != package else "__init__"

    graph: dict[str, set[str]] = {}
    for module, path in MODULES.items():
        if f"{module}.".startswith(f"{package}."):
            used = {name for name in imported_modules(path) if f"{name}.".startswith(f"{package}.")}
            graph.setdefault(child(module), set()).update(map(child, used))
    return {name: used - {name} for name, used in graph.items()}


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_inside_a_package_imports_in_a_circle(package: str) -> None:
    graph = imports_inside(package)
    assert set(TopologicalSorter(graph).static_order()) == graph.keys()


@pytest.mark.parametrize("inner", INSIDE)
def test_imports_run_one_way_inside_a_package(inner: str) -> None:
    package, name = inner.split("/")
    assert imports_inside(f"app.{package}")[name] <= INSIDE[inner]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(APP)))
def test_imports_run_one_way(path: Path) -> None:
    package = path.relative_to(APP).parts[0]
    allowed = {package} | ALLOWED[package] | (set() if package == "sandbox" else SHARED)
    if path.name in VIEW_MODULES:
        allowed |= VIEWS.get(package, set())
    allowed |= AS_EHRS.get(str(path.relative_to(APP)), set())
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


# Chart text goes through app.fhir.patterns, which sees its beginning only.
READERS_OF_TEXT = ("mcode", "summary", "forms", "fhir", "terminology", "frame", "patients")
MAY_IMPORT_RE = {
    "fhir/patterns.py": "bounds what the others see",
    "fhir/addresses.py": "an address is refused for a character at whatever place",
    "fhir/wire.py": "takes the app's own marks out of what the app writes",
    "forms/_fields/base.py": "typed text is refused for a character at whatever place",
    "mcode/compiling/package.py": "sees definitions that the app ships",
    "mcode/conformance/invariants.py": "sees definitions that the app ships",
    "mcode/definitions/shapes.py": "sees definitions that the app ships",
}


def test_text_of_a_chart_meets_bounded_patterns_only() -> None:
    found = {
        str(path.relative_to(APP))
        for package in READERS_OF_TEXT
        for path in (APP / package).rglob("*.py")
        if "re" in imported(path)
    }
    assert found == MAY_IMPORT_RE.keys()
