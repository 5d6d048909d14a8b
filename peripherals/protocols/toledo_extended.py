"""Extended continuous output of Toledo's larger terminals: four status bytes, a weight and a tare with their points. Read, not sold by.

    SOH ADR S1 S2 S3 S4 wwwwwwwww tttttttt [tare id] CR [CHK]
    S1  bits 0-3 unit, 6 motion    S2  bit 0 net    S3  bit 0 data are valid, 1 and 2 out of range

As the program HslCommunication and its tests have it; no manual with these bits was found, so a flag keeps a till from selling
by such a weight. Set the terminal to standard continuous output. Refuses to know the rest of the status bytes.
"""

import re
from typing import Final

from peripherals.events import WeighingMode
from peripherals.protocols.frame_outcome import INVALID, FrameOutcome, status
from peripherals.protocols.scale_protocol import BROKEN, WAIT
from peripherals.protocols.weight_text import printed_weight

SOH, CR = 0x01, 0x0D
HEAD, FIELDS_END, FRAME_BYTES_MAX = 6, 23, 34
_UNITS: Final = {1: "lb", 2: "kg", 3: "g", 4: "t", 5: "ton", 8: "oz", 9: "N"}
_TARE_ID: Final = re.compile(rb"[ 0-9]{0,9}")


def read(seven: bytes) -> FrameOutcome:
    """One frame without parity, from SOH on."""
    end = seven.find(b"\r", FIELDS_END)
    if end < 0 or len(seven) > FRAME_BYTES_MAX or not _TARE_ID.fullmatch(seven[FIELDS_END:end]):
        return INVALID
    behind = seven[end + 1 :]
    if behind and behind != bytes((-sum(seven[: end + 1]) & 0x7F,)):
        return INVALID
    s1, s2, s3 = seven[2:5]
    weight, tare = (seven[HEAD:15].decode("ascii"), seven[15:FIELDS_END].decode("ascii"))
    flags = (*(("motion",) if s1 & 0x40 else ()), *(("over",) if s3 & 6 else ()), "extended_form")
    mode: WeighingMode = "net" if s2 & 1 else "gross"
    text, tare_text = printed_weight(weight), printed_weight(tare)
    if not s3 & 1 or (text is None and not weight.strip(" -")):
        return status(*flags, *(() if s3 & 1 else ("not_ready",)), mode=mode)
    if text is None or (tare_text is None and tare.strip(" ")):
        return INVALID
    return FrameOutcome(
        outcome="weight", weight=text, unit=_UNITS.get(s1 & 15), stable=not s1 & 0x40, mode=mode,
        flags=flags, tare=tare_text,
    )  # fmt: skip


def cut(held: bytes) -> int:
    """From SOH to the first CR behind its fields; a checksum behind it is nothing between two frames."""
    end = held.find(b"\r", FIELDS_END)
    if held.find(b"\x02", HEAD, end if end >= 0 else None) >= 0:
        # Only status bytes may be STX: here another frame begins, and SOH was noise.
        return BROKEN
    if end >= 0:
        return end + 1
    return WAIT if len(held) < FRAME_BYTES_MAX else BROKEN
