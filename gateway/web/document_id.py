"""A document's id between its text and its 16 bytes. Only the canonical form is an id: 8-4-4-4-12 hex digits."""


def read_id(text: str) -> bytes | None:
    """The bytes of an id, None where the text is none."""
    if len(text) != 36 or not text[8] == text[13] == text[18] == text[23] == "-":
        return None
    try:
        found = bytes.fromhex(text.replace("-", ""))
    except ValueError:
        return None
    # Python's reader passes over blanks.
    return found if len(found) == 16 else None


def write_id(document_id: bytes) -> str:
    """The text of an id."""
    digits = document_id.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
