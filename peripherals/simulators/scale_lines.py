"""Lines as scales print them, from what is on the pan. Pure; the widths are those of the makers' manuals."""

from peripherals.simulators.scale_pan import ScalePan


def status_line(pan: ScalePan) -> bytes:
    """`ST,GS,+  1.250kg`, eighteen bytes (CAS CI-150A manual p. 55, "18 bytes for AND")."""
    return _status(pan).encode("ascii") + b"\r\n"


def stx_status_line(pan: ScalePan) -> bytes:
    """Rice Lake's continuous format."""
    state = "M" if pan.moving else "O" if pan.over or pan.under else " "
    sign = "-" if pan.net < 0 else " "
    number = pan.printed(abs(pan.net)).rjust(7)
    unit = pan.unit[0].upper()
    return f"\x02{sign}{number}{unit}{'N' if pan.tare else 'G'}{state}\r\n".encode("ascii")


def and_standard(pan: ScalePan) -> bytes:
    """`ST,+0001.250 kg` (A&D GC manual p. 51)."""
    if pan.over or pan.under:
        return b"OL,%s9999999E+19\r\n" % (b"-" if pan.under else b"+")
    return f"{_head(pan)},{_padded(pan)}{pan.unit.rjust(3)}\r\n".encode("ascii")


def and_csv(pan: ScalePan) -> bytes:
    """`ST,+0001.250, kg` (A&D HR manual p. 46)."""
    if pan.over or pan.under:
        return f"OL,{'-' if pan.under else '+'}9999999E+19,{pan.unit.rjust(3)}\r\n".encode("ascii")
    return f"{_head(pan)},{_padded(pan)},{pan.unit.rjust(3)}\r\n".encode("ascii")


def and_answer(pan: ScalePan, command: bytes) -> bytes:
    """Q asks for the weight, Z zeroes, T tares."""
    return _and(pan, command, and_standard(pan))


def and_csv_answer(pan: ScalePan, command: bytes) -> bytes:
    """The same, in the other format."""
    return _and(pan, command, and_csv(pan))


def mt_sics(pan: ScalePan) -> bytes:
    """`S S      1.250 kg` (AT manual p. 87)."""
    if pan.over or pan.under:
        return b"S -\r\n" if pan.under else b"S +\r\n"
    return f"S {'D' if pan.moving else 'S'} {pan.shown.rjust(10)} {pan.unit}\r\n".encode("ascii")


def mt_sics_answer(pan: ScalePan, command: bytes) -> bytes:
    """Level 0 and the tare of level 1."""
    match command:
        case b"SI":
            return mt_sics(pan)
        case b"S":
            return b"S I\r\n" if pan.moving else mt_sics(pan)
        case b"Z":
            return b"Z A\r\n" if pan.press_zero() else b"Z I\r\n"
        case b"T":
            done = pan.press_tare()
            return f"T S {pan.printed(pan.tare).rjust(10)} {pan.unit}\r\n".encode("ascii") if done else b"T I\r\n"
        case b"@":
            return b'I4 A "0123456789"\r\n'
        case _:
            return b"ES\r\n"


def ohaus(pan: ScalePan) -> bytes:
    """Polarity, blank, seven of weight, blank, five of unit, stability, three of legend (3000 series manual EN-35)."""
    if pan.over or pan.under:
        return b"Err 8.4\r\n" if pan.under else b"Err 8.3\r\n"
    number, state = pan.printed(abs(pan.net)).rjust(7), "?" if pan.moving else " "
    return f"  {number} {pan.unit.ljust(5)}{state}{'NET' if pan.tare else 'G  '}\r\n".encode("ascii")


def ohaus_answer(pan: ScalePan, command: bytes) -> bytes:
    """IP prints at once."""
    match command:
        case b"IP" | b"P":
            return ohaus(pan)
        case b"Z":
            return b"OK!\r\n" if pan.press_zero() else b"ES\r\n"
        case b"T":
            return b"OK!\r\n" if pan.press_tare() else b"ES\r\n"
        case _:
            return b"ES\r\n"


def adam(pan: ScalePan) -> bytes:
    """`G    +  1.250  kg`; nothing while it moves (CPWplus manual p. 16)."""
    if pan.moving:
        return b""
    if pan.over:
        return b"OL\r\n"
    sign = "-" if pan.net < 0 else "+"
    return f"{'N' if pan.tare else 'G'}    {sign} {pan.printed(abs(pan.net)).rjust(6)}  {pan.unit}\r\n".encode("ascii")


def adam_answer(pan: ScalePan, command: bytes) -> bytes:
    """G prints; Z zeroes or tares."""
    if command == b"Z" and not pan.press_zero():
        pan.press_tare()
    return adam(pan) if command in {b"G", b"N"} else b""


def sartorius(pan: ScalePan) -> bytes:
    """Sixteen characters, the unit blank while it moves (FB manual p. 66)."""
    if pan.over or pan.under:
        return ("Low" if pan.under else "High").center(14).encode("ascii") + b"\r\n"
    unit = "" if pan.moving else pan.unit
    return f"+ {pan.printed(abs(pan.net)).rjust(8)} {unit.ljust(3)}\r\n".encode("ascii")


def sartorius_answer(pan: ScalePan, command: bytes) -> bytes:
    """ESC P prints, ESC V zeroes, ESC U tares; the keys are not answered."""
    match command:
        case b"\x1bP":
            return sartorius(pan)
        case b"\x1bV":
            pan.press_zero()
        case b"\x1bU":
            pan.press_tare()
    return b""


def plain(pan: ScalePan) -> bytes:
    """A line of a scale nobody has documented."""
    state = "OL" if pan.over else "UL" if pan.under else "US" if pan.moving else "ST"
    return f"{state},{pan.shown}{pan.unit}\r\n".encode("ascii")


def _status(pan: ScalePan) -> str:
    sign = "-" if pan.net < 0 else "+"
    mode = "NT" if pan.tare else "GS"
    return (
        f"{'OL' if pan.over or pan.under else _head(pan)},{mode},{sign}{pan.printed(abs(pan.net)).rjust(7)}{pan.unit}"
    )


def _head(pan: ScalePan) -> str:
    return "US" if pan.moving else "ST"


def _padded(pan: ScalePan) -> str:
    """Nine characters with the sign, zeros in front."""
    return ("-" if pan.net < 0 else "+") + pan.printed(abs(pan.net)).rjust(8, "0")


def _and(pan: ScalePan, command: bytes, weight: bytes) -> bytes:
    match command:
        case b"Q" | b"SI":
            return weight
        case b"Z":
            return b"\x06\r\n" if pan.press_zero() else b"EC,E2\r\n"
        case b"T":
            return b"\x06\r\n" if pan.press_tare() else b"EC,E2\r\n"
        case _:
            return b"EC,E1\r\n"
