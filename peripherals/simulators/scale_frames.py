"""Frames with control bytes, positions and sums, from what is on the pan. Pure; each as its maker's manual draws it."""

from functools import reduce
from operator import xor

from peripherals.simulators.scale_pan import ScalePan


def toledo_continuous(pan: ScalePan) -> bytes:
    """Eighteen bytes (Kern FTC manual p. 42)."""
    a = 0x20 | 0x08 | (pan.decimals + 2)
    b = 0x20 | (0x10 if pan.unit == "kg" else 0)
    b |= (1 if pan.tare else 0) | (2 if pan.net < 0 else 0) | (4 if pan.over or pan.under else 0)
    b |= 8 if pan.moving else 0
    said = bytes((0x02, a, b, 0x20)) + b"%6d%06d\r" % (pan.digits(pan.net), pan.digits(pan.tare))
    return said + bytes((0x80 - sum(said) % 0x80 & 0x7F,))


def nci(pan: ScalePan) -> bytes:
    """Weight, unit, two status bytes and one for net (Aviator 7000 manual p. 49)."""
    number = "^^^^^^" if pan.over else "______" if pan.under else pan.shown.rjust(7, "0")
    return b"\n" + number.encode("ascii") + pan.unit.upper().encode("ascii") + b"\r" + nci_status(pan)


def nci_status(pan: ScalePan) -> bytes:
    """The status alone."""
    first = 0x30 | (1 if pan.moving else 0) | (2 if pan.gross == 0 else 0)
    second = 0x70 | (1 if pan.under else 0) | (2 if pan.over else 0)
    third = 0x30 | (4 if pan.tare else 0)
    return b"\n" + bytes((first, second, third)) + b"\r\x03"


def nci_answer(pan: ScalePan, command: bytes) -> bytes:
    """W, S, Z, T."""
    match command:
        case b"W":
            return nci(pan)
        case b"S":
            return nci_status(pan)
        case b"Z":
            pan.press_zero()
            return nci_status(pan)
        case b"T":
            pan.press_tare()
            return nci_status(pan)
        case _:
            return b"\n?\r\x03"


def sma(pan: ScalePan) -> bytes:
    """The standard answer (SCP-0499)."""
    state = "O" if pan.over else "U" if pan.under else "Z" if pan.gross == 0 else " "
    return f"\n{state}1{'N' if pan.tare else 'G'}{'M' if pan.moving else ' '} {pan.shown:>10}{pan.unit:<3}\r".encode(
        "ascii"
    )


def sma_answer(pan: ScalePan, command: bytes) -> bytes:
    """W, Z, T and what is not known."""
    match command:
        case b"\nW":
            return sma(pan)
        case b"\nZ":
            return sma(pan) if pan.press_zero() else b"\nE1G  ----------%-3s\r" % pan.unit.encode("ascii")
        case b"\nT":
            return sma(pan) if pan.press_tare() else b"\nT1G  ----------%-3s\r" % pan.unit.encode("ascii")
        case _:
            return b"\n?\r"


def cas_type6(pan: ScalePan) -> bytes:
    """Fifteen bytes (PD-II manual p. 23)."""
    state = "F" if pan.over else "U" if pan.moving else "S"
    sign = "-" if pan.net < 0 else "F" if pan.over else " "
    said = f"{state}{sign}{pan.printed(abs(pan.net)).rjust(6, '0')[-6:]}{pan.unit}".encode("ascii")
    return b"\x01\x02" + said + bytes((reduce(xor, said),)) + b"\x03\x04"


def cas_type6_answer(pan: ScalePan, command: bytes) -> bytes:
    """ENQ and DC1."""
    return {b"\x05": b"\x06", b"\x11": cas_type6(pan)}.get(command, b"\x15")


def usb_hid(pan: ScalePan) -> bytes:
    """Report 3 (usage tables 1.02)."""
    state = 6 if pan.over else 5 if pan.under else 3 if pan.moving else 2 if pan.net == 0 else 4
    unit = {"g": 2, "kg": 3, "oz": 11, "lb": 12}[pan.unit]
    return bytes((3, state, unit, 0x100 - pan.decimals)) + min(pan.digits(pan.net), 0xFFFF).to_bytes(2, "little")


def dibal(pan: ScalePan) -> bytes:
    """Eighteen characters (DPOS400 manual p. 15), as if the price were nothing."""
    wrong = pan.over or pan.under
    said = b"99%d%05d%d000000" % (wrong or pan.moving, 0 if wrong else abs(pan.net), wrong or pan.moving)
    return said + bytes((reduce(xor, said),)) + b"\r\n"


def dibal_answer(pan: ScalePan, command: bytes) -> bytes:
    """A price whose sum fits."""
    right = len(command) == 8 and command.startswith(b"98") and reduce(xor, command) == 0
    return dibal(pan) if right else b""


def yaohua(pan: ScalePan) -> bytes:
    """Twelve bytes, tF=0 (A23p manual p. 21)."""
    said = (b"-" if pan.net < 0 else b"+") + b"%06d%d" % (pan.digits(pan.net), pan.decimals)
    return b"\x02" + said + f"{reduce(xor, said):02X}".encode("ascii") + b"\x03"
