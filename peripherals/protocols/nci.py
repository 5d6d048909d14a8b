"""NCI, also called SCP-01 and ECR: a weight with its unit, then status bytes. Refuses to know when to ask.

    LF xxxx.xxUU CR LF s1 s2 [s3 [s4]] CR ETX       the answer to W and H; status alone answers S and Z
    LF xx.xxxUU CR LF S s1 s2 CR ETX                SCP-02
    LF ? CR ETX                                     the command is not known
    LF pxxx.xxUU CR s1 s2 ETX                       SCP-12
    LF xxxx.xxUU GR CR ETX                          continuous, without a status (Adam MDW); NT for net

    s1  bit 0 motion, 1 at zero, 2 RAM error, 3 EEPROM error
    s2  bit 0 under, 1 over, 2 ROM error, 3 calibration error, 6 another byte follows
    s3  bits 0-1 range, 2 net, 3 initial zero error, 6 another byte follows

Bits 4 and 5 are one; bit 7 is parity and never data. `^^^^` stands for over, `____` for under, `----` for an error of zero.
Mettler Diva service manual p. 37 and Ohaus Aviator 7000 p. 49 (status bits), NCI 6702 manual p. 14 (fields),
Avery Weigh-Tronix 7821 p. 25, Salter Brecknell 3700LP p. 11 (units), Adam MDW p. 12-13, Fairbanks FB2550 p. 61 (SCP-02),
Brecknell 6702U service manual p. 68 (fillers, OPOS), DS-1000 p. 28 (SCP-12; it prints the first status byte upside down, while
the program `serial-nci-scale`, tried on such a scale, reads it like the others: so read, a mistake shows errors and no weight).
"""

import re
from typing import Final

from peripherals.events import WeighingMode
from peripherals.protocols.frame_outcome import INFO, INVALID, FrameOutcome, refused, status, told
from peripherals.protocols.scale_protocol import BROKEN, NO_START, WAIT, ScaleProtocol, ScaleSettings, masked
from peripherals.protocols.weight_text import pounds_and_ounces, printed_weight, unit_named

LF, CR, ETX = 0x0A, 0x0D, 0x03
FRAME_BYTES_MAX: Final = 40

_FIRST: Final = ((1, "motion"), (2, "zero"), (4, "ram_error"), (8, "eeprom_error"))
_SECOND: Final = ((1, "under"), (2, "over"), (4, "rom_error"), (8, "calibration_error"))
_ALWAYS, _MORE, _NET, _ZERO_ERROR = 0x30, 0x40, 0x04, 0x08
_STATUS_BYTES_MAX: Final = 4

_FIELD: Final = re.compile(
    r"(?:(?P<number>[ ]*[+-]?[ \d.,]+?)|(?P<filler>[ ]*(?:\^+|_+|-+)))[ ]*(?P<unit>[a-zA-Z%:]{1,5})[ ]*", re.ASCII
)
_CONTINUOUS: Final = re.compile(
    r"(?P<number>[ ]*[+-]?[ \d.,]+?)(?P<unit>kg|lb|g|oz)[ ]*(?P<mode>GR|NT)", re.ASCII | re.IGNORECASE
)
_FILLERS: Final = {"^": "over", "_": "under", "-": "zero_error"}


def read(frame: bytes, settings: ScaleSettings) -> FrameOutcome:  # noqa: ARG001 - the frame says its unit
    """One answer from LF to ETX."""
    seven = masked(frame)
    if len(seven) > FRAME_BYTES_MAX or seven[:1] != b"\n" or seven[-1:] != b"\x03":
        return INVALID
    if seven[-4:-3] == b"\r" and seven[-2:-1] != b"\r":
        # SCP-12: the status follows the weight without a line of its own.
        parts = [seven[1:-4], seven[-3:-1]]
    elif seven[-2:-1] == b"\r":
        parts = seven[1:-2].split(b"\r\n")
    else:
        return INVALID
    if parts in ([b"?"], [b"? "]):
        return refused("not_known")
    if parts == [b"OPOS"]:
        return INFO
    found = _CONTINUOUS.fullmatch(parts[0].decode("ascii")) if len(parts) == 1 else None
    if found is not None:
        mode: WeighingMode = "net" if found["mode"].upper() == "NT" else "gross"
        return told(found["number"], unit_named(found["unit"]), stable=False, mode=mode)
    flags_and_mode = _flags(parts[-1]) if len(parts) <= 2 else None
    if flags_and_mode is None:
        return INVALID
    flags, mode_told = flags_and_mode
    if len(parts) == 1:
        return status(*flags, mode=mode_told)
    return _field(parts[0].decode("ascii"), flags, mode_told)


def _flags(said: bytes) -> tuple[tuple[str, ...], WeighingMode | None] | None:
    """The status bytes; None where they are not as many as they say, or not status bytes at all."""
    said = said.removeprefix(b"S")
    if not 2 <= len(said) <= _STATUS_BYTES_MAX or any(byte & _ALWAYS != _ALWAYS for byte in said) or said[0] & _MORE:
        return None
    follows = [bool(byte & _MORE) for byte in said[1:]]
    if follows[-1] or not all(follows[:-1]):
        return None
    flags = [name for bit, name in _FIRST if said[0] & bit] + [name for bit, name in _SECOND if said[1] & bit]
    mode: WeighingMode | None = None
    if len(said) > 2:
        mode = "net" if said[2] & _NET else "gross"
        flags += ["zero_error"] if said[2] & _ZERO_ERROR else []
    return tuple(flags), mode


def _field(text: str, flags: tuple[str, ...], mode: WeighingMode | None) -> FrameOutcome:
    stable = "motion" not in flags
    ounces = pounds_and_ounces(text)
    if ounces is not None:
        return told(ounces, "oz", stable=stable, mode=mode, flags=flags)
    if unit_named(text) is not None:
        # The answer to U: the unit that is set now.
        return INFO
    found = _FIELD.fullmatch(text)
    unit = unit_named(found["unit"]) if found is not None else None
    if found is None or unit is None:
        return INVALID
    if found["filler"] is not None:
        reason = _FILLERS[found["filler"].strip(" ")[0]]
        return status(*flags, *(() if reason in flags else (reason,)), mode=mode)
    if printed_weight(found["number"]) is None:
        return INVALID
    return told(found["number"], unit, stable=stable, mode=mode, flags=flags)


def silent_of_motion(frame: bytes) -> bool:
    """A good frame without status bytes; in `GR` and `NT` the bits are clear that are one in those."""
    return masked(frame)[-4:-2].upper() in {b"GR", b"NT"}


def cut(held: bytes) -> int:
    """From LF to ETX; no status byte can be one, since its bits 4 and 5 are set."""
    if held[0] != LF or held[1:2] == b"\n":
        return NO_START
    end = held.find(ETX)
    if end >= 0:
        return end + 1
    return BROKEN if len(held) > FRAME_BYTES_MAX else WAIT


PROTOCOL: Final = ScaleProtocol(
    name="nci",
    read=read,
    cut=cut,
    longest=FRAME_BYTES_MAX + 1,
    framing="7E1",
    asking="ask",
    ask=b"W\r",
    zero=b"Z\r",
    tare=b"T\r",
    silent_of_motion=silent_of_motion,
)
