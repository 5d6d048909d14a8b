"""Percent coding of Digital Links (RFC 3986). Knows no identifier."""

import re
from typing import Final

_ESCAPED: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_RESERVED: Final = re.compile(r"[^A-Za-z0-9\-._~]")


def unescape(text: str, *, query: bool = False) -> str:
    """The text meant; `+` is a blank in a query. What is no sequence stays as it is."""
    if query:
        text = text.replace("+", " ")
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def escape(text: str, *, query: bool = False) -> str:
    """The text as a URI carries it."""
    escaped = _RESERVED.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), text)
    return escaped.replace("%20", "+") if query else escaped
