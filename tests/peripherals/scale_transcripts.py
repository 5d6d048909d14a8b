"""What scales were seen or are documented to send, and what it says. From other sources than the readers' own examples.

Each row: language, what it is, bytes, outcome. The source stands above the first row that has it; rows after it vary its form.
"""

from typing import Any, Final

from peripherals.protocols.frame_outcome import ACK, INFO, INVALID, FrameOutcome, refused, status


def weight(
    text: str, unit: str | None, mode: Any = None, *flags: str, stable: bool | None = None, **more: Any
) -> FrameOutcome:
    """A weight; stable unless a flag says that it moves."""
    still = "motion" not in flags if stable is None else stable
    return FrameOutcome(outcome="weight", weight=text, unit=unit, stable=still, mode=mode, flags=flags, **more)


def tare(text: str, unit: str) -> FrameOutcome:
    """A tare."""
    return FrameOutcome(outcome="tare", weight=text, unit=unit, stable=True)


def pieces(number: str, *flags: str) -> FrameOutcome:
    """A count."""
    return FrameOutcome(outcome="count", weight=number, unit="pcs", stable=not flags, flags=flags)


Row = tuple[str, str, bytes, FrameOutcome]

CONTINUOUS: Final[list[Row]] = [
    # BWS platform scales manual p. 22: header1 25h for three decimals, header2 20h with bits, header3 21h for grams
    ("toledo-continuous", "BWS kg", b"\x02\x25\x30\x20012345000000\r", weight("12.345", "kg", "gross", tare="0.000")),
    ("toledo-continuous", "BWS g moving", b"\x02\x22\x28\x21001234000000\r", weight("1234", "g", "gross", "motion", tare="0")),
    (
        "toledo-continuous", "BWS net negative out of range", b"\x02\x25\x37\x20000010000200\r",
        weight("-0.010", "kg", "net", "under", stable=True, tare="0.200"),
    ),
    # the sum as the Wildcat technical manual 6-4 defines it
    ("toledo-continuous", "with checksum", b"\x02\x2d\x30\x20   600     0\r\x2e", weight("0.600", "kg", "gross", tare="0.000")),
    ("toledo-continuous", "checksum does not fit", b"\x02\x2d\x30\x20   600     0\r\x2f", INVALID),
    ("toledo-continuous", "expanded", b"\x02\x2d\x30\x30012500000000\r", weight("12.500", "kg", "gross", "high_resolution", stable=True, tare="0.000")),
    ("toledo-continuous", "power-up", b"\x02\x2d\x70\x20000000000000\r", weight("0.000", "kg", "gross", "not_zeroed", stable=True, tare="0.000")),
    ("toledo-continuous", "digits that are none", b"\x02\x2d\x30\x2001X500000000\r", INVALID),
]  # fmt: skip

LINES: Final[list[Row]] = [
    # logs of T-Scale NHB and QHW (LuckyTex, NLib.Serial)
    ("status-line", "NHB", b"ST,GS    20.7g  \r\n", weight("20.7", "g", "gross")),
    ("status-line", "NHB moving", b"US,GS    20.6g  \r\n", weight("20.6", "g", "gross", "motion")),
    ("status-line", "QHW", b"ST,GS,   245.6 g\r\n", weight("245.6", "g", "gross")),
    ("status-line", "a test of a PC program", b"ST,GS,+  4.876kg\r\n", weight("4.876", "kg", "gross")),
    ("status-line", "without point", b"ST,GS,+0012450kg\r\n", weight("12450", "kg", "gross")),
    ("status-line", "CAS, raw bytes", b"ST,NT,\x0d\xc4,  -1.250 kg\r\n", weight("-1.250", "kg", "net")),
    ("status-line", "CAS, hold lamp", b"ST,GS,1\xd4,0000013.5 t\r\n", INVALID),
    ("status-line", "CAS, hold lamp kg", b"ST,GS,1\xd4,000013.5 kg\r\n", weight("13.5", "kg", "gross", "hold", stable=True)),
    ("status-line", "Dini with address", b"01US,NT,   -12.5,kg\r\n", weight("-12.5", "kg", "net", "motion")),
    ("status-line", "Dini extended", b"011ST,1,     10.0,PT     20.8,         0,kg\r\n", weight("10.0", "kg", "net")),
    ("status-line", "Dini underload", b"UL,GS,    -2.0,kg\r\n", weight("-2.0", "kg", "gross", "under", stable=False)),
    # 计重秤RS232 格式 (jswjk.com 2769879): tare, over and under of a Shanghai counting scale
    ("status-line", "tare", b"ST,TR,+012.345  kg\r\n", tare("12.345", "kg")),
    ("status-line", "over", b"OL,GS,+             \r\n", status("over", mode="gross")),
    ("status-line", "under", b"OL,GS,-             \r\n", status("under", mode="gross")),
    ("status-line", "unstable pounds", b"US,GS,+123.456  lb\r\n", weight("123.456", "lb", "gross", "motion")),
    ("status-line", "half a unit", b"ST,GS,+  4.876k\r\n", INVALID),
    ("status-line", "two points", b"ST,GS,+4.87.6kg\r\n", INVALID),
    ("status-line", "no end", b"ST,GS,+  4.876kg", INVALID),
    # a coffee batch controller's Rinstrum (GitHub wvmarle/Coffee_batch_control)
    ("stx-status-line", "Rinstrum", b"\x02   70.15G\x03", weight("70.15", None, "gross")),
    ("stx-status-line", "Rinstrum moving", b"\x02   70.15M\x03", weight("70.15", None, None, "motion")),
    ("stx-status-line", "Rinstrum over", b"\x02 -------O\x03", status("over")),
    ("stx-status-line", "Rinstrum B", b"\x02-  70.15NM --kg \x03", INVALID),
    ("stx-status-line", "Rinstrum B kg", b"\x02-  70.15NM - kg\x03", weight("-70.15", "kg", "net", "motion")),
    # Rinstrum R320 manual p. 46, the third of its formats
    ("stx-status-line", "Rinstrum C", b"\x02    12.5GSI   \x03", weight("12.5", None, "gross")),
    ("stx-status-line", "Rinstrum C moving net", b"\x02-   12.5NMI   \x03", weight("-12.5", None, "net", "motion")),
    ("stx-status-line", "Rinstrum C over", b"\x02        GSO   \x03", status("over", mode="gross")),
    ("stx-status-line", "Rinstrum C zero", b"\x02     0.0GSIZ  \x03", weight("0.0", None, "gross", "zero")),
    # Rice Lake 482 manual p. 33: 1234.5 lb gross, in motion
    ("stx-status-line", "Rice Lake", b"\x02  1234.5LGM\r\n", weight("1234.5", "lb", "gross", "motion")),
    ("stx-status-line", "Rice Lake net", b"\x02-   12.5KN \r\n", weight("-12.5", "kg", "net")),
    ("stx-status-line", "framed line", b"\x02US,NT,+  1.250kg\x03\r\n", weight("1.250", "kg", "net", "motion")),
    # A&D HC-i manual p. 48: answers to ?WT and ?QT
    ("and-standard", "HC-i", b"ST,-002.7255 lb\r\n", weight("-2.7255", "lb")),
    ("and-standard", "HC-i unstable", b"US,+0005.593 kg\r\n", weight("5.593", "kg", None, "motion")),
    ("and-standard", "HC-i E", b"OL,+9999.999 kg\r\n", status("over")),
    ("and-standard", "HC-i -E", b"OL,-9999.999 lb\r\n", status("under")),
    ("and-standard", "HC-i pieces", b"QT,+00001234 PC\r\n", pieces("1234")),
    ("and-standard", "HC-i moving pieces", b"US,-00005678 PC\r\n", FrameOutcome(outcome="count", weight="-5678", unit="pcs", flags=("motion",))),
    ("and-standard", "FG compared", b"ST,HI,+00123.45 kg\r\n", weight("123.45", "kg", None, "above_target")),
    ("and-standard", "EK-L grams", b"ST,+001234.5  g\r\n", weight("1234.5", "g")),
    ("and-standard", "acknowledged", b"\x06\r\n", ACK),
    ("and-standard", "error", b"EC,E2\r\n", refused("e2")),
    ("and-standard", "a character lost", b"ST,+01234.5  g\r\n", INVALID),
    # A&D HR-A manual p. 46 and AD-4212D p. 27
    ("and-csv", "weight", b"ST,+012.78, g\r\n", weight("12.78", "g")),
    ("and-csv", "with date", b"LAB-0123,2004/07/01,12:34:56,ST,+0000.1278,  g\r\n", weight("0.1278", "g")),
    ("and-csv", "over", b"OL,+9999999E+19, g\r\n", status("over")),
    ("and-csv", "decimal comma", b"US;-000,1278;  g\r\n", weight("-0.1278", "g", None, "motion")),
    ("and-csv", "no unit", b"ST,+012.78\r\n", INVALID),
    # MT-SICS reference manual 11781363 and the mt-sics-emulator's SI
    ("mt-sics", "stable", b"S S     100.00 g\r\n", weight("100.00", "g")),
    ("mt-sics", "moving, SI", b"SI D    -12.345 kg\r\n", weight("-12.345", "kg", None, "motion")),
    ("mt-sics", "over", b"S +\r\n", status("over")),
    ("mt-sics", "not now", b"S I\r\n", refused("not_now", "not_ready")),
    ("mt-sics", "boot error", b"S S Error 10b\r\n", status("error")),
    ("mt-sics", "tare", b"TA A      10.00 g\r\n", tare("10.00", "g")),
    ("mt-sics", "after @", b'I4 A "B021002593"\r\n', INFO),
    ("mt-sics", "zeroed", b"Z A\r\n", ACK),
    ("mt-sics", "pieces", b"S S         12 PCS\r\n", pieces("12")),
    ("mt-sics", "not known", b"ES\r\n", refused("not_known")),
    ("mt-sics", "no unit", b"S S     100.00\r\n", INVALID),
    # log of an Ohaus Defender 3000 (NLib.Serial), manuals of others
    ("ohaus-line", "Defender", b"   0.360 kg    G\r\n", weight("0.360", "kg", "gross")),
    ("ohaus-line", "Defender moving", b"   0.360 kg   ?G\r\n", weight("0.360", "kg", "gross", "motion")),
    ("ohaus-line", "Defender net", b"-  1.640 kg    N\r\n", weight("-1.640", "kg", "net")),
    ("ohaus-line", "Navigator", b"       0.01 g ?\r\n", weight("0.01", "g", None, "motion")),
    ("ohaus-line", "interval", b"     192.08 g   00:00:30\r\n", weight("192.08", "g")),
    ("ohaus-line", "sum", b"     207.80 g TOTAL\r\n", INFO),
    ("ohaus-line", "pieces", b"           3 PCS   \r\n", pieces("3")),
    ("ohaus-line", "overload", b"Err 8.3\r\n", status("over")),
    ("ohaus-line", "heading", b"SCALE: 1\r\n", INFO),
    ("ohaus-line", "numeric only", b"   0.360\r\n", INVALID),
    # Adam manuals
    ("adam-line", "CPWplus", b"G    +   2.00  kg\r\n", weight("2.00", "kg", "gross")),
    ("adam-line", "CPWplus net", b"N    -   1.00  kg\r\n", weight("-1.00", "kg", "net")),
    ("adam-line", "Highland", b"NET     123.45 g \r\n", weight("123.45", "g", "net")),
    ("adam-line", "Highland sum", b"Total   123.45 g \r\n", INFO),
    ("adam-line", "Highland pieces", b"          125PCS\r\n", pieces("125")),
    ("adam-line", "blank", b"\r\n", INFO),
    # Combics manual p. 106; serial and model numbers as a Minebea scale answers inquiries
    ("sartorius-sbi", "Combics", b"G#    +   1255.7 g  \r\n", weight("1255.7", "g", "gross")),
    ("sartorius-sbi", "moving", b"N     -    12.34    \r\n", weight("-12.34", None, "net", "motion")),
    ("sartorius-sbi", "sixteen", b"+    123.45 kg \r\n", INVALID),
    ("sartorius-sbi", "sixteen kg", b"+   123.45 kg \r\n", weight("123.45", "kg")),
    ("sartorius-sbi", "over", b"      H       \r\n", status("over")),
    ("sartorius-sbi", "under", b"Stat        L       \r\n", status("under")),
    ("sartorius-sbi", "error", b"Stat     Err  54    \r\n", status("error")),
    ("sartorius-sbi", "serial number", b"    37454321  \r\n", INFO),
    ("sartorius-sbi", "model", b"  SIWADCP-1-  \r\n", INFO),
    ("sartorius-sbi", "tare", b"T1    +    0.200 kg \r\n", tare("0.200", "kg")),
    ("configurable-line", "bare", b"   1.250 kg\r\n", weight("1.250", "kg", stable=False)),
    ("configurable-line", "with a state", b"ST,  1.250kg\n", weight("1.250", "kg")),
    ("configurable-line", "words", b"hello world\r\n", INVALID),
]  # fmt: skip

FRAMES: Final[list[Row]] = [
    # an Arduino simulator with Weigh-Tronix' text, and a Java library's tests
    ("nci", "gross", b"\n0001.25LB\r\n00\r\x03", weight("1.25", "lb")),
    ("nci", "with the third byte", b"\n0001.25lb\r\n0p4\r\x03", weight("1.25", "lb", "net")),
    ("nci", "moving", b"\n  12.34kg\r\n10\r\x03", weight("12.34", "kg", None, "motion")),
    ("nci", "pounds and ounces", b"\n  2lb 10.5oz\r\n00\r\x03", weight("42.5", "oz")),
    ("nci", "over", b"\n^^^^^^^kg\r\n02\r\x03", status("over")),
    ("nci", "under", b"\n_______kg\r\n01\r\x03", status("under")),
    ("nci", "zero error", b"\n-------kg\r\n00\r\x03", status("zero_error")),
    ("nci", "Fairbanks", b"\nS20\r\x03", status("zero")),
    ("nci", "Avery 6702 in ECR mode", b"\n00.000LB\r\nS20\r\x03", weight("0.000", "lb", None, "zero")),
    ("nci", "not known", b"\n?\r\x03", refused("not_known")),
    ("nci", "no status", b"\n0001.25LB\r\x03", INVALID),
    ("nci", "a status byte is missing", b"\n0001.25LB\r\n0p\r\x03", INVALID),
    # the answers emupos documents for SCP-0499
    ("sma", "weight", b"\n 1G       1.250kg \r", weight("1.250", "kg", "gross")),
    ("sma", "high resolution", b"\n 1g      1.2500kg \r", weight("1.2500", "kg", "gross", "high_resolution", stable=True)),
    ("sma", "pounds", b"\n 1G        2.76lb \r", weight("2.76", "lb", "gross")),
    ("sma", "tare", b"\n 1T       0.200kg \r", tare("0.200", "kg")),
    ("sma", "zero refused", b"\nE1GM ----------kg \r", status("zero_error", "motion", mode="gross")),
    ("sma", "over", b"\nO1G      31.000kg \r", weight("31.000", "kg", "gross", "over", stable=True)),
    ("sma", "about", b"\nCAP:kg :15.000:5:3\r", INFO),
    ("sma", "a character lost", b"\n 1G      1.250kg \r", INVALID),
    # CAS SW-II and ACLaS OS2CX manuals: the same frame, summed either way
    ("cas-type6", "CAS", b"\x01\x02S  1.250kgw\x03\x04", weight("1.250", "kg")),
    ("cas-type6", "ACLaS", b"\x01\x02S  1.250kgt\x03\x04", weight("1.250", "kg")),
    ("cas-type6", "sum does not fit", b"\x01\x02S  1.250kgu\x03\x04", INVALID),
    ("cas-type6", "moving", b"\x01\x02U- 0.500lb\x7d\x03\x04", weight("-0.500", "lb", None, "motion")),
    ("cas-type6", "ready", b"\x06", ACK),
    ("cas-type6", "not ready", b"\x15", refused("not_ready")),
    # Cely PI100 manual p. 18 and the Aviator's status codes
    ("dialog06", "result", b"\x0202\x1b3\x1b01234\x1b000250\x1b000309\x03", weight("1.234", "kg", price="250", total="309")),
    ("dialog06", "result in pounds", b"\x0202\x1b1\x1b00275\x1b000100\x1b000275\x03", weight("2.75", "lb", price="100", total="275")),
    ("dialog06", "moving", b"\x0209\x1b20\x03", FrameOutcome(outcome="status", flags=("motion",), reason="20")),
    ("dialog06", "overload", b"\x0209\x1b32\x03", FrameOutcome(outcome="status", flags=("over",), reason="32")),
    ("dialog06", "checksums wanted", b"\x0211\x1b2\x1b5\x03", FrameOutcome(outcome="info", flags=("checksums_wanted",), reason="5")),
    ("dialog06", "not taken", b"\x15", refused("not_taken")),
    ("dialog06", "a digit lost", b"\x0202\x1b3\x1b0123\x1b000250\x1b000309\x03", INVALID),
    # antradar's Dymo notes: 20 g, and 40 lb 5.2 oz as 6452 tenths of an ounce
    ("usb-hid-scale", "grams", b"\x03\x04\x02\x00\x14\x00", weight("20", "g")),
    ("usb-hid-scale", "ounces", b"\x03\x04\x0b\xff\x34\x19", weight("645.2", "oz")),
    ("usb-hid-scale", "moving", b"\x03\x03\x0b\xff\x34\x19", weight("645.2", "oz", None, "motion")),
    ("usb-hid-scale", "zero", b"\x03\x02\x0c\xfe\x00\x00", weight("0.00", "lb", None, "zero")),
    ("usb-hid-scale", "over", b"\x03\x06\x0b\xff\x00\x00", status("over")),
    ("usb-hid-scale", "over, with a number", b"\x03\x06\x0b\xff\x34\x19", weight("645.2", "oz", None, "over", stable=False)),
    ("usb-hid-scale", "under", b"\x03\x05\x02\x00\x05\x00", weight("5", "g", None, "under", stable=False)),
    ("usb-hid-scale", "cut", b"\x03\x04\x0b\xff\x34", INVALID),
    # the pair sbzsystems publishes
    ("dibal-98", "asked", b"98000001\r\n", INFO),
    ("dibal-98", "answered", b"9900031600000004\r\n", weight("316", "g", total="0")),
    ("dibal-98", "sum does not fit", b"9900031700000004\r\n", INVALID),
    # frames captured from a weighbridge (GitHub app_tools_zxw), a table of another one, the A12E manual's example
    ("yaohua-xk3190", "a car", bytes.fromhex("022b30303135363030313903"), weight("1560", None, stable=False)),
    ("yaohua-xk3190", "empty", bytes.fromhex("022b30303030303030314203"), weight("0", None, stable=False)),
    ("yaohua-xk3190", "+20.00", bytes.fromhex("022b30303230303032314203"), weight("20.00", None, stable=False)),
    ("yaohua-xk3190", "A12E", b"WG004.139kg3D\r\n", weight("4.139", "kg", "gross", stable=False)),
    ("yaohua-xk3190", "A12E over", b"         OL23\r\n", status("over")),
    ("yaohua-xk3190", "older A12", b"wn-0000.1kg\r\n", weight("-0.1", "kg", "net", stable=False)),
    ("yaohua-xk3190", "sum does not fit", bytes.fromhex("022b30303135363130313903"), INVALID),
]  # fmt: skip

TRANSCRIPTS: Final = [*CONTINUOUS, *LINES, *FRAMES]
