"""Our ES modules put into one file at start-up: a till asks once instead of thirty times, and what modules have in common
is compressed once.

No JavaScript parser. It knows the few forms of `import` and `export` that this house writes, one per line, and refuses every
other with the place, so that nothing is ever guessed. What it takes away are comments and indentation; that is
safe because no text of ours runs over a line's end, which is checked too, and a comment behind code goes only where no quote
stands in it, so that it cannot be part of a text. Names are left alone.
"""

import re
from pathlib import Path, PurePosixPath

from admin_ui.assets import STATIC, resolve

TILL = "js/till/whole.js"
"""Stands in the folder of the till's entry module, which finds its worker beside itself."""

_IMPORT = re.compile(r"import (?:\{ ([^{}]+) \} from )?'(\.{1,2}/[^']+)';")
_EXPORT = re.compile(r"export ((?:const|function|async function|class) ([A-Za-z_$][\w$]*).*)")
_BEHIND = re.compile(r" {2,}// [^'\"`]*$")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
_BRACKETED = re.compile(r"\([^()\[\]{}]*\)|\[[^()\[\]{}]*\]|\{[^()\[\]{}]*\}")


class UnknownForm(Exception):
    """A line that could not be put into one file without guessing; says which and why."""


def bundles() -> dict[str, bytes]:
    """What is served beside the files of `static/`, by name."""
    return {TILL: bundle("js/till/app.js").encode()}


def bundle(entry: str, root: Path = STATIC) -> str:
    """A module and all it imports as one module, in the order a browser runs them.

    Each runs in a scope of its own; what it exports stands in one that all share, so that no line has to fetch it again.
    """
    done: set[str] = set()
    shared = _Shared()
    pieces: list[str] = []

    def visit(path: str, above: tuple[str, ...]) -> None:
        if path in done:
            return
        if path in above:
            raise UnknownForm(
                f"{path}: imports itself over {above[-1]}. Hint: move what both need into a third module."
            )
        body, exports = [], []
        for number, line in _lines(path, (root / path).read_text(encoding="utf-8")):
            place = f"{path}:{number}"
            if above and "import.meta" in line:
                raise UnknownForm(f"{place}: only the entry module may ask where it stands.")
            if taken := _IMPORT.fullmatch(line):
                target = resolve(PurePosixPath(path).parent, taken[2])
                visit(target, (*above, path))
                body += shared.taken(taken[1] or "", target, place)
            elif given := _EXPORT.fullmatch(line):
                if line.startswith("export const") and "," in _outside(line):
                    raise UnknownForm(f"{place}: more than one constant on a line. Hint: give each its own.")
                shared.give(given[2], path, place)
                exports.append(given[2])
                body.append(given[1])
            elif re.match(r"(import|export)\b", line) or "import(" in line:
                raise UnknownForm(f"{place}: `{line}` is no import or export of a form known here.")
            else:
                body.append(line)
        done.add(path)
        pieces.append(_scoped("\n".join(body), exports))

    visit(entry, ())
    return "\n".join(pieces) + "\n"


class _Shared:
    """Names that modules export, and which did."""

    def __init__(self) -> None:
        self._modules: dict[str, str] = {}

    def give(self, name: str, path: str, place: str) -> None:
        """A module exports a name."""
        if name in self._modules:
            raise UnknownForm(f"{place}: {self._modules[name]} exports {name}, too. Hint: rename one of them.")
        self._modules[name] = path

    def taken(self, names: str, target: str, place: str) -> list[str]:
        """What a module has to write to import names of a target: a line where it calls one otherwise."""
        lines = []
        for name, _, alias in (one.partition(" as ") for one in names.split(", ") if one):
            if self._modules.get(name) != target:
                raise UnknownForm(f"{place}: {target} exports no {name}.")
            if alias:
                lines.append(f"const {alias} = {name};")
        return lines


def _scoped(text: str, exports: list[str]) -> str:
    if not exports:
        return f"{{\n{text}\n}}"
    names = ", ".join(exports)
    return f"const {{ {names} }} = (() => {{\n{text}\nreturn {{ {names} }};\n}})();"


def _lines(path: str, source: str) -> list[tuple[int, str]]:
    """The lines that do something, with their numbers, without indentation."""
    kept, comment = [], False
    for number, whole in enumerate(source.splitlines(), 1):
        line = whole.strip()
        if comment or line.startswith("/*"):
            comment = "*/" not in line
            if not comment and not line.endswith("*/"):
                raise UnknownForm(f"{path}:{number}: code stands behind a comment. Hint: give it a line of its own.")
        elif line and not line.startswith("//"):
            if line.rfind("/*") > line.rfind("*/"):
                raise UnknownForm(f"{path}:{number}: a comment opens behind code. Hint: give it a line of its own.")
            if line.count("`") % 2 or line.endswith("\\"):
                raise UnknownForm(f"{path}:{number}: a text runs over the end of its line.")
            kept.append((number, _BEHIND.sub("", line)))
    return kept


def _outside(line: str) -> str:
    """A line without what stands in its quotes and brackets, and without the comment at its end."""
    line, before = _QUOTED.sub("", line).partition("//")[0], ""
    while line != before:
        line, before = _BRACKETED.sub("", line), line
    # What opens here and closes on another line is inside as well.
    return re.split(r"[(\[{]", line)[0]
