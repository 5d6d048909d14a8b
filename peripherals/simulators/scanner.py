"""A serial scanner as seen from the wire: a code in, the bytes a scanner sends for it out."""

from typing import Literal

from peripherals.protocols.symbologies import SYMBOLOGIES

Suffix = Literal["CR", "LF", "CRLF", "TAB", "none"]
_BYTES: dict[Suffix, bytes] = {"CR": b"\r", "LF": b"\n", "CRLF": b"\r\n", "TAB": b"\t", "none": b""}
_AIM_IDS = {kind.name: aim for aim, kind in reversed(SYMBOLOGIES.items())}


class ScannerSimulator:
    """A scanner with AIM identifiers switched on or off and one suffix."""

    def __init__(self, suffix: Suffix = "CR", *, aim_ids: bool = True) -> None:
        """As set by the maker's setup barcodes."""
        self._suffix, self._aim_ids = suffix, aim_ids

    def scan(self, code: str, symbology: str | None = None) -> bytes:
        """`symbology` is a name (`gs1_128`) or an AIM id (`]C1`); None sends the code bare. GS stays in the code."""
        aim_id = ""
        if self._aim_ids and symbology is not None:
            aim_id = symbology if symbology.startswith("]") else _AIM_IDS[symbology]
        return (aim_id + code).encode("utf-8") + _BYTES[self._suffix]
