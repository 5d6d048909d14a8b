"""Makes the table of application identifiers from GS1's dictionary text: python -m tests.tools.make_identifiers

Run it after putting a newer release of the text in its place; a test holds the table against the text.
"""

import re
from pathlib import Path
from typing import Final

HOUSE: Final = Path(__file__).parents[2] / "gateway" / "domain" / "barcode"
TEXT: Final = HOUSE / "gs1-syntax-dictionary.txt"
TABLE: Final = HOUSE / "identifier_table.py"

_PART: Final = re.compile(r"(\[)?([NXYZ])(\.\.)?([0-9]+)\]?((?:,[a-z0-9]+)*)")
_HEAD: Final = '''"""Made by tests/tools/make_identifiers.py from gs1-syntax-dictionary.txt, (c) GS1 AISBL, Apache-2.0. Not to be edited."""

from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["N", "X", "Y", "Z"]
Row: TypeAlias = tuple[
    str, str, str, tuple[tuple[Kind, int, int, bool, tuple[str, ...]], ...], tuple[tuple[tuple[str, ...], ...], ...],
    tuple[str, ...], tuple[tuple[str, ...], ...] | None, str,
]  # fmt: skip
"""First and last identifier, flags, components, required groups, excluded patterns, Digital Link qualifiers, title."""

DICTIONARY_RELEASE: Final = "{release}"

# fmt: off
ROWS: Final[tuple[Row, ...]] = (
'''


def made_from(text: str) -> str:
    """The module that holds the table."""
    release = re.search(r"^# Release: (\S+)", text, re.MULTILINE)
    assert release, "the text names its release"
    rows = [f"    {_row(line)!r}," for line in text.splitlines() if line and not line.startswith("#")]
    return _HEAD.replace("{release}", release.group(1)) + "\n".join(rows).replace("'", '"') + "\n)\n"


def _row(line: str) -> tuple[object, ...]:
    entry, _, title = line.partition(" # ")
    first, *words = entry.split()
    last = first
    if "-" in first:
        first, last = first.split("-")
    flags = words.pop(0) if words[0].strip("*?") == "" else ""
    parts, requires, excludes = [], [], []
    qualifiers: tuple[tuple[str, ...], ...] | None = None
    for word in words:
        name, _, value = word.partition("=")
        if found := _PART.fullmatch(word):
            optional, kind, upto, size, rules = found.groups()
            shortest = 1 if upto else int(size)
            parts.append((kind, shortest, int(size), bool(optional), tuple(rules.split(",")[1:])))
        elif name == "req":
            requires.append(tuple(tuple(one.split("+")) for one in value.split(",")))
        elif name == "ex":
            excludes += value.split(",")
        else:
            assert name == "dlpkey", f"an attribute nobody knows: {word}"
            qualifiers = tuple(tuple(one.split(",")) for one in value.split("|")) if value else ()
    return first, last, flags, tuple(parts), tuple(requires), tuple(excludes), qualifiers, title.strip()


if __name__ == "__main__":
    TABLE.write_text(made_from(TEXT.read_text("utf-8")), "utf-8")
