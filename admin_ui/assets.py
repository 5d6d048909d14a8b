"""Where the room keeps what it serves, and what one page pulls in.

Knows folders and the import lines of our ES modules. Refuses to know HTTP: hashing, compressing and caching
are the web kit's (`admin_ui.serving`).
"""

import re
from functools import lru_cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"
LOCALE = ROOT / "locale"

_IMPORT = re.compile(r"""^\s*(?:import|export)\b[^;'"]*?(?:from\s*)?["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)


@lru_cache(maxsize=256)  # one entry per module of the room; there are fewer than 50
def modules_behind(entry: str, root: Path = STATIC) -> tuple[str, ...]:
    """Every module `entry` imports, itself first, as paths under `static/`.

    A page lists them as `modulepreload`, so that a browser fetches them side by side instead of one after another.
    """
    found: dict[str, None] = {}
    waiting = [entry]
    while waiting:
        path = waiting.pop(0)
        if path in found:
            continue
        found[path] = None
        source = (root / path).read_text(encoding="utf-8")
        waiting.extend(resolve(PurePosixPath(path).parent, match) for match in _IMPORT.findall(source))
    return tuple(found)


def resolve(folder: PurePosixPath, target: str) -> str:
    """What a module in `folder` means by `../kit/dom.js`, as a path under `static/`."""
    parts: list[str] = list(folder.parts)
    for part in PurePosixPath(target).parts:
        if part == "..":
            assert parts, f"{target} leaves static/"
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
