"""Count what the house is judged by, a column a tree: `python tests/figures.py [ROOT ...]`.

A ROOT is a checkout of this project, of any commit since 0.1.0; without one it is this tree.
"""

import ast
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
LONG = 60
# What the app reads or writes of a patient, and who signs it.
TYPES = (
    *("BodyStructure", "Condition", "DiagnosticReport", "Encounter", "FamilyMemberHistory"),
    *("MedicationAdministration", "MedicationRequest", "MedicationStatement", "Observation"),
    *("Patient", "Practitioner", "Procedure", "Provenance", "ServiceRequest", "Specimen"),
    "AdverseEvent",
)
PARSING = {"partition", "rpartition", "split", "rsplit", "splitlines", "fullmatch", "startswith"}
# Where a field reads what a browser sends, an element what the chart holds, and a draft its text.
CODECS = ("_fields", "_elements", "_answers")
TRACED = ("ecog", "tumor-size")


class Tree:
    """The modules of one checkout, by their dotted names."""

    def __init__(self, root: Path) -> None:
        self.root = root
        paths = sorted((root / "app").rglob("*.py"))
        self.paths = {self.dotted(path): path for path in paths}
        self.parsed = {name: ast.parse(path.read_text()) for name, path in self.paths.items()}
        self.imports = {name: self._imported(name) for name in self.paths}

    def dotted(self, path: Path) -> str:
        parts = path.relative_to(self.root).with_suffix("").parts
        return ".".join(parts).removesuffix(".__init__")

    def _imported(self, module: str) -> set[str]:
        """Return the app's modules that a module imports: of a package's, the one that is named."""
        found = set()
        for node in ast.walk(self.parsed[module]):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                named = {f"{node.module}.{alias.name}" for alias in node.names}
                inside = named & self.paths.keys()
                found |= inside if inside == named else inside | {node.module}
        return (found & self.paths.keys()) - {module}

    def texts(self) -> Iterator[str]:
        """Yield the text of each module but the sandbox's, which is another program."""
        for name, path in self.paths.items():
            if not f"{name}.".startswith("app.sandbox."):
                yield path.read_text()


def lines(tree: Tree) -> int:
    """Return how many lines the app's modules have."""
    return sum(len(path.read_text().splitlines()) for path in tree.paths.values())


def files_naming(tree: Tree, pattern: str) -> Counter[str]:
    """Return in how many files each name stands that a pattern finds."""
    return Counter(name for text in tree.texts() for name in set(re.findall(pattern, text)))


def functions(tree: Tree) -> Iterator[ast.FunctionDef]:
    """Yield every function and method."""
    for module in tree.parsed.values():
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef):
                yield node


def length(function: ast.FunctionDef) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def only_importers(tree: Tree) -> int:
    """Return how many modules exactly one other module imports."""
    counted = Counter(used for names in tree.imports.values() for used in names)
    packages = {name for name, path in tree.paths.items() if path.name == "__init__.py"}
    return sum(1 for name, number in counted.items() if number == 1 and name not in packages)


def cycles(tree: Tree) -> int:
    """Return in how many packages, at any depth, modules or packages import in a circle."""
    inits = [path for path in tree.paths.values() if path.name == "__init__.py"]
    return sum(_circle(tree, init) for init in inits)


def _circle(tree: Tree, init: Path) -> bool:
    package = tree.dotted(init)

    def child(module: str) -> str | None:
        within = module.removeprefix(f"{package}.")
        return within.split(".")[0] if within != module else None

    graph: dict[str, set[str]] = {}
    for module, used in tree.imports.items():
        if one := child(module):
            graph.setdefault(one, set()).update(
                other for name in used if (other := child(name)) and other != one
            )
    try:
        TopologicalSorter(graph).prepare()
    except CycleError:
        return True
    return False


def places_that_parse(tree: Tree) -> list[str]:
    """Return where a form takes an answer's text apart, outside the codecs of its fields.

    An answer is what a field holds (`.data`), its text, what an element reads or a form loads, and
    what is made of it or handed on: a name that it is given to, a part of it, an argument of a
    function of the forms. A place is a call of one of PARSING on it, or of a pattern's `fullmatch`.
    """
    forms = {
        name: module
        for name, module in tree.parsed.items()
        if name.startswith("app.forms.") and not any(f".{codec}" in name for codec in CODECS)
    }
    known: set[tuple[str, int]] = set()
    while True:
        found = [_Answers(name, module, known) for name, module in forms.items()]
        handed = set().union(*(one.handed for one in found))
        if handed <= known:
            return sorted(place for one in found for place in one.places)
        known |= handed


class _Answers(ast.NodeVisitor):
    """Follows answers through one module; `known` are the arguments that are answers elsewhere."""

    def __init__(self, name: str, module: ast.Module, known: set[tuple[str, int]]) -> None:
        self.name, self.known = name, known
        self.handed: set[tuple[str, int]] = set()
        self.places: set[str] = set()
        self.answers: set[str] = set()
        self.visit(module)

    def visit_FunctionDef(self, function: ast.FunctionDef) -> None:
        outer, self.answers = self.answers, set()
        names = [one.arg for one in function.args.args if one.arg not in {"self", "cls"}]
        self.answers |= {
            name for place, name in enumerate(names) if (function.name, place) in self.known
        }
        for _ in range(2):  # a name may be used above where it is given its value
            self.generic_visit(function)
        self.answers = outer

    def visit_Assign(self, node: ast.Assign) -> None:
        self._bind(node.value, node.targets)
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._bind(node.value, [node.target])
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self._bind(node.iter, [node.target])
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self._bind(node.iter, [node.target])
        self.generic_visit(node)

    def visit_Call(self, call: ast.Call) -> None:
        called = call.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        for place, argument in enumerate(call.args):
            if self._is_answer(argument):
                self.handed.add((name, place))
        if isinstance(called, ast.Attribute) and name in PARSING:
            asked = call.args if name == "fullmatch" else [called.value]
            if any(self._is_answer(node) for node in asked):
                self.places.add(f"{self.name}:{call.lineno}")
        self.generic_visit(call)

    def _bind(self, value: ast.expr, targets: Iterable[ast.expr]) -> None:
        if self._is_answer(value):
            for target in targets:
                self.answers |= {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}

    def _is_answer(self, node: ast.expr) -> bool:
        match node:
            case ast.Name():
                return node.id in self.answers
            case ast.Attribute(attr="data" | "answer"):
                return True
            case ast.Call(func=ast.Name(id="text_of" | "str"), args=[told]):
                return node.func.id == "text_of" or self._is_answer(told)
            case ast.Subscript():
                return self._is_answer(node.value)
            case ast.BoolOp():
                return any(map(self._is_answer, node.values))
            case ast.IfExp():
                return self._is_answer(node.body) or self._is_answer(node.orelse)
            case ast.Call(func=ast.Attribute(attr="load")):
                return True
            case ast.Call(func=ast.Attribute(attr="read", value=read)):
                return "session" not in ast.unparse(read)
            case ast.Call(func=ast.Attribute(attr=attr, value=of)) if attr in {*PARSING, "strip"}:
                return self._is_answer(of)
        return False


def modules_on_the_way(root: Path, slug: str) -> list[str]:
    """Return the modules that run from a posted form to its Bundle, traced in a process of ROOT."""
    ran = subprocess.run(
        [sys.executable, "-P", HERE / "tests" / "traced.py", slug],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    return json.loads(ran.stdout.splitlines()[-1])


def figures(root: Path) -> dict[str, object]:
    """Return every figure of a tree by its name, in the order of the table."""
    tree = Tree(root)
    named = files_naming(tree, rf"\b({'|'.join(TYPES)})\b")
    kinds = files_naming(tree, r"\bKind\.([A-Z][A-Z_0-9]+)\b")
    counted: dict[str, object] = {"lines of app/": lines(tree), "modules": len(tree.paths)}
    for name in TYPES:
        counted[f"files that name {name}"] = named[name]
    counted["files that name a type, at most"] = max(named.values())
    counted["files that name a kind, at most"] = max(kinds.values(), default=0)
    counted["files that name a kind, on average"] = _mean(kinds)
    counted["places that parse an answer"] = len(places_that_parse(tree))
    for slug in TRACED:
        way = modules_on_the_way(root, slug)
        counted[f"modules on the way of {slug}"] = len(way)
        counted[f"  of them in app/forms, {slug}"] = sum("app/forms/" in name for name in way)
    counted["packages with an import circle"] = cycles(tree)
    counted["modules that one other imports"] = only_importers(tree)
    counted[f"functions over {LONG} lines"] = sum(length(f) > LONG for f in functions(tree))
    return counted


def _mean(counted: Counter[str]) -> float:
    return round(counted.total() / len(counted), 1) if counted else 0


def main(arguments: list[str]) -> None:
    """Print the table."""
    roots = [Path(name).resolve() for name in arguments] or [HERE]
    columns = [figures(root) for root in roots]
    names = list(dict.fromkeys(name for column in columns for name in column))
    print(f"{'':44}" + "".join(f"{root.name:>16}" for root in roots))
    for name in names:
        print(f"{name:44}" + "".join(f"{column.get(name, '-')!s:>16}" for column in columns))


if __name__ == "__main__":
    main(sys.argv[1:])
