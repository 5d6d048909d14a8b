"""The repository as the house tests see it: tracked files, our modules, and what each module imports.

Knows how to read, not what is allowed.
"""

import ast
import functools
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("admin_ui", "gateway", "peripherals", "replication")


@dataclass(frozen=True)
class Import:
    """One `import` or `from … import` that names a module; TYPE_CHECKING blocks and function bodies count as well."""

    importer: str
    imported: str
    line: int

    def __str__(self) -> str:
        """Reads as a sentence in a failed test."""
        return f"{self.importer} imports {self.imported} (line {self.line})"


@functools.cache
def tracked_files() -> tuple[Path, ...]:
    """What is in the repository, or would be with `git add`; a source archive without git is read from the disk."""
    asked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode == 0:
        names = [name for name in asked.stdout.split("\0") if name]
        return tuple(sorted(path for name in names if (path := ROOT / name).is_file()))
    left_out = {".venv", ".git", "kontor-data", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
    return tuple(sorted(p for p in ROOT.rglob("*") if p.is_file() and not left_out & set(p.relative_to(ROOT).parts)))


def relative(path: Path) -> str:
    """A path as it is written in the documents."""
    return path.relative_to(ROOT).as_posix()


@functools.cache
def modules() -> dict[str, Path]:
    """Every module of the four rooms by its dotted name."""
    found = {}
    for path in tracked_files():
        parts = path.relative_to(ROOT).with_suffix("").parts
        if path.suffix == ".py" and parts[0] in ROOMS:
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@functools.cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=relative(path))


def _absolute(module: str, path: Path, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    parts = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    base = parts[: len(parts) - (node.level - 1)]
    return ".".join([*base, *((node.module or "").split(".") if node.module else [])])


def imports_of(module: str, path: Path, known: frozenset[str]) -> list[Import]:
    """All imports of a file. `from a import b` names `a.b` where that is a module of ours, else `a`."""
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [Import(module, alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, path, node)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found.append(Import(module, inner if inner in known else base, node.lineno))
        elif isinstance(node, ast.Call) and _is_dynamic_import(node):
            argument = node.args[0] if node.args else None
            named = argument.value if isinstance(argument, ast.Constant) else "<computed>"
            found.append(Import(module, str(named), node.lineno))
    return found


def _is_dynamic_import(node: ast.Call) -> bool:
    called = node.func
    return (isinstance(called, ast.Name) and called.id == "__import__") or (
        isinstance(called, ast.Attribute) and called.attr == "import_module"
    )


@functools.cache
def all_imports() -> tuple[Import, ...]:
    """Every import of every module of ours."""
    known = frozenset(modules())
    return tuple(found for module, path in modules().items() for found in imports_of(module, path, known))


def within(module: str, room: str) -> bool:
    """Is the module that room, or in it."""
    return module == room or module.startswith(room + ".")
