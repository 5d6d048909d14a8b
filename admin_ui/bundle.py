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
    """A module and all it imports as one module, each in a scope of its own, in the order a browser runs them."""
    numbers: dict[str, int] = {}
    pieces: list[str] = []

    def visit(path: str, above: tuple[str, ...]) -> None:
        if path in numbers:
            return
        if path in above:
            raise UnknownForm(
                f"{path}: imports itself over {above[-1]}. Hint: move what both need into a third module."
            )
        body, exports = [], []
        for number, line in _lines(path, (root / path).read_text(encoding="utf-8")):
            if above and "import.meta" in line:
                raise UnknownForm(f"{path}:{number}: only the entry module may ask where it stands.")
            taken, given = _IMPORT.fullmatch(line), _EXPORT.fullmatch(line)
            if taken:
                target = resolve(PurePosixPath(path).parent, taken[2])
                visit(target, (*above, path))
                if taken[1]:
                    body.append(f"const {{ {taken[1].replace(' as ', ': ')} }} = __{numbers[target]};")
            elif given:
                if line.startswith("export const") and "," in _outside(line):
                    raise UnknownForm(f"{path}:{number}: more than one constant on a line. Hint: give each its own.")
                exports.append(given[2])
                body.append(given[1])
            elif re.match(r"(import|export)\b", line) or "import(" in line:
                raise UnknownForm(f"{path}:{number}: `{line}` is no import or export of a form known here.")
            else:
                body.append(line)
        numbers[path] = len(numbers)
        text = "\n".join(body)
        pieces.append(
            f"const __{numbers[path]} = (() => {{\n{text}\nreturn {{ {', '.join(exports)} }};\n}})();"
            if above
            else text
        )

    visit(entry, ())
    return "\n".join(pieces) + "\n"


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
