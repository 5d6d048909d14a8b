"""Reads a .po file as `admin_ui.i18n` writes it. Refuses to know what the sentences are for.

Babel writes these files and can read any; it is not loaded by a site, which it would cost three megabytes and a tenth of its
start.
"""

import json
from collections.abc import Iterator

import msgspec


class Message(msgspec.Struct, frozen=True):
    """One sentence: its key, its words (several where there is a plural), and the files that say it."""

    key: str
    context: str | None
    strings: tuple[str, ...]
    places: tuple[str, ...]


def read_messages(text: str) -> Iterator[Message]:
    """Every translated sentence of a file."""
    for block in text.split("\n\n"):
        fields: dict[str, str] = {}
        places: list[str] = []
        name = ""
        for line in block.splitlines():
            if line.startswith("#:"):
                places += line[2:].split()
            elif line.startswith("msg"):
                name, _, quoted = line.partition(" ")
                fields[name] = json.loads(quoted)
            elif line.startswith('"'):
                fields[name] += json.loads(line)
        strings = tuple(words for name, words in fields.items() if name.startswith("msgstr"))
        if fields.get("msgid") and any(strings):
            yield Message(fields["msgid"], fields.get("msgctxt"), strings, tuple(places))
