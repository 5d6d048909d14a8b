"""Forms of frames that only some makers' manuals show, and frames that no manual allows. Rows as in `scale_transcripts`."""

from typing import Final

from peripherals.protocols.frame_outcome import INFO, INVALID, FrameOutcome, refused, status
from tests.peripherals.scale_transcripts import Row, pieces, tare, weight

LINES: Final[list[Row]] = [
    # A&D HR-A and FG manuals: filler, also from indicators whose lines are read as status lines
    ("status-line", "A&D over", b"OL,+9999999E+19\r\n", status("over")),
    ("status-line", "A&D under", b"OL,-9999999E+19\r\n", status("under")),
    ("status-line", "A&D over, gross, unit", b"OL,GS,+9999999E+19kg\r\n", status("over", mode="gross")),
    ("status-line", "a power of ten that is no filler", b"ST,GS,+9999999E+19kg\r\n", INVALID),
    ("status-line", "an over of dashes", b"OL,NT,--------kg\r\n", status("under", mode="net")),
    # a till program's tests (unisight gropos): the sign stands before the dashes, and a blank is a plus
    ("status-line", "dashes behind a plus", b"OL,GS,+------ lb\r\n", status("over", mode="gross")),
    ("status-line", "dashes behind a blank", b"OL,GS, ------ lb\r\n", status("over", mode="gross")),
    ("stx-status-line", "dashes behind a minus", b"\x02OL,GS,------- lb\r", status("under", mode="gross")),
    # Selleton SL-7515 p. 14: its printed example has blanks behind commas and capitals; Autoda AD2017D p. 50: no unit
    ("status-line", "Selleton", b"ST, GS+ 5.12KG\r\n", weight("5.12", "kg", "gross")),
    ("status-line", "blanks before commas, too", b"ST , GS , 1.250 kg\r\n", weight("1.250", "kg", "gross")),
    ("status-line", "Autoda", b"ST, GS, +0123456\r\n", weight("123456", None, "gross")),
    # Excell AM4 p. 12: head 2 is one letter, units up to five
    ("status-line", "Excell taels", b"ST,N,+  1.250tl.T\r\n", weight("1.250", "tl", "net")),
    ("status-line", "Excell catties", b"US,G,-  1.250Catty\r\n", weight("-1.250", "catty", "gross", "motion")),
    # Dini Argeo DGT4X p. 52: the clock behind the extended string, microvolts and converter points
    (
        "status-line", "Dini with a date", b"011ST,1,     10.0,PT     20.8,         0,kg,01/02/19 11:12:13\r\n",
        weight("10.0", "kg", "net"),
    ),
    ("status-line", "Dini microvolts", b"01ST,VL,    1234,  \r\n", INFO),
    ("status-line", "Dini not level", b"TL,GS,     0.0,kg\r\n", weight("0.0", "kg", "gross", "not_level", stable=False)),
    # A&D AD-4403 p. 8-9: header 2 of a letter and a blank; how many weighings were totalled; overflow keeps its point
    ("status-line", "AD-4403", b"US,N ,-00123.4 g\r\n", weight("-123.4", "g", "net", "motion")),
    ("status-line", "AD-4403 tare", b"ST,T ,+00012.4kg\r\n", tare("12.4", "kg")),
    ("status-line", "AD-4403 total number", b"ST,TN,+0000000012  \r\n", INFO),
    ("status-line", "AD-4403 overflow", b"OL,GS,     .  kg\r\n", status("over", mode="gross")),
    ("status-line", "CI-6000A error", b"ERR 01\r\n", status("error")),
    # CAS CI-170A p. 61 (MIGUN): a whole number is followed by the blank of its point
    ("status-line", "MIGUN", b"ST,GS,-   135 kg\r\n", weight("-135", "kg", "gross")),
    ("status-line", "an end too many", b"\nST,GS,+  1.250kg\r\r\n", weight("1.250", "kg", "gross")),
    # Rinstrum R320 manual p. 46: where there is no number, its place is filled, and not always to its width
    ("stx-status-line", "over, six dashes", b"\x02 ------O\x03", status("over")),
    ("stx-status-line", "under, dashes", b"\x02-------U\x03", status("under")),
    ("stx-status-line", "error, blanks", b"\x02        E\x03", status("error")),
    ("stx-status-line", "dashes are no gross weight", b"\x02 ------G\x03", INVALID),
    ("stx-status-line", "a number is not cut short", b"\x02  70.15G\x03", INVALID),
    ("stx-status-line", "B moving, without a unit", b"\x02   70.15GM -   \x03", weight("70.15", None, "gross", "motion")),
    # Transcell TI-500 p. 19-20
    ("stx-status-line", "Condec demand", b"\x02-  25.00LB NT\r\n", weight("-25.00", "lb", "net", stable=False)),
    ("stx-status-line", "pieces", b"\x02      25PG \r\n", FrameOutcome(outcome="count", weight="25", unit="pcs", stable=True, mode="gross")),
    # Rinstrum R323, format 3: eight digits without a sign
    ("stx-status-line", "C, zeros", b"\x0200000000GSIZ  \x03", weight("0", None, "gross", "zero")),
    # eighteen bytes of a PD-II, as a till program's tests have them (unisight gropos)
    ("stx-status-line", "PD-II", b"\x02ST,GS,+ 1.250 lb\r", weight("1.250", "lb", "gross")),
    # A&D HV-WP manual p. 50, format 2: seven characters and two of unit
    ("and-standard", "format 2", b"ST,+002.40kg\r\n", weight("2.40", "kg")),
    ("and-standard", "format 2 pieces", b"QT,+003000PC\r\n", pieces("3000")),
    ("and-standard", "format 2 per cent", b"ST,+0300.0 %\r\n", weight("300.0", "%")),
    ("and-standard", "format 2 over", b"OL,+999.99kg\r\n", status("over")),
    ("and-standard", "format 2, a character lost", b"ST,+02.40kg\r\n", INVALID),
    ("and-standard", "format 2, a character too many", b"ST,+002.400kg\r\n", INVALID),
    # an HR-250A as a capture program writes it: sign and ten characters
    ("and-standard", "ten characters", b"US,-00000.0012  g\r\n", weight("-0.0012", "g", None, "motion")),
    ("and-standard", "not compared", b"ST,--,+00123.45 kg\r\n", weight("123.45", "kg")),
    ("and-csv", "filler without a unit", b"OL,-9999999E+19\r\n", status("under")),
    # Ohaus RS232 manual EN-3 (density), Ranger Count p. 36 (B/G), 3000 series EN-35 (legend of three)
    ("ohaus-line", "density", b"        0.85 oz     AIR WT\r\n", weight("0.85", "oz", None, "density", stable=True)),
    ("ohaus-line", "Ranger", b"-  123.45 kg ? B/G\r\n", weight("-123.45", "kg", "gross", "motion")),
    ("ohaus-line", "Ranger print key", b"T              12.34 kg  \r\n", tare("12.34", "kg")),
    # Cubis II "one line with full length", as a driver's tests have it (labmcp); a lost character makes no such line
    ("sartorius-sbi", "full length", b"N + 123.56 g\r\n", weight("123.56", "g", "net")),
    ("sartorius-sbi", "full length, moving", b"N + 123.56\r\n", weight("123.56", None, "net", "motion")),
    ("sartorius-sbi", "sixteen, a character lost", b"+ 123.567 kg \r\n", INVALID),
    ("sartorius-sbi", "adjusting", b"Stat     Cal.Int.   \r\n", status("adjusting")),
    # Sartorius EB6 p. 62: an error is an E alone
    ("sartorius-sbi", "EB error", b"     E 054    \r\n", status("error")),
    # what no list of answers has
    ("mt-sics", "a weight under another name", b"X S     100.00 g\r\n", INVALID),
    ("mt-sics", "a name and no state", b'@ A "123456789"\r\n', INFO),
]  # fmt: skip

FRAMES: Final[list[Row]] = [
    # Diva service manual p. 44: what is below zero is told by a status; four decimals are the finest
    ("toledo8217", "a minus", b"\x02-1.250\r", INVALID),
    ("toledo8217", "a plus", b"\x02+1.250\r", INVALID),
    ("toledo8217", "seven decimals", b"\x020.1234567\r", INVALID),
    ("toledo8217", "8213 kilograms", b"\x02125.50\r", weight("125.50", "lb", "gross")),
    # Worldweigh BWS p. 22 ends with CR LF; two programs' tests leave bit 5 out, one prints the point (HslCommunication, Nexus)
    ("toledo-continuous", "BWS", b"\x02\x25\x30\x20012345000000\r\n", weight("12.345", "kg", "gross", tare="0.000")),
    ("toledo-continuous", "BWS short", b"\x02\x25\x38\x20012345\r\n", weight("12.345", "kg", "gross", "motion")),
    ("toledo-continuous", "bit 5 left out", b"\x02\x04\x00\x00001234000100\r", weight("12.34", "lb", "gross", tare="1.00")),
    ("toledo-continuous", "a point", b"\x02\x12\x11\x00012.50000.00\r", weight("12.50", "kg", "net", tare="0.00")),
    ("toledo-continuous", "a point twice over", b"\x02\x14\x11\x00012.50000.00\r", INVALID),
    ("toledo-continuous", "a digit lost at the end", b"\x02\x2d\x30\x2001250 000000\r", INVALID),
    ("toledo-continuous", "over, dashes", b"\x02\x2d\x34\x20------000000\r", status("over", mode="gross")),
    (
        "toledo-continuous", "extended", b"\x01\x00\x02\x03\x01\x00   -12.34    1.00\r",
        weight("-12.34", "kg", "net", "extended_form", stable=True, tare="1.00"),
    ),
    (
        "toledo-continuous", "extended, moving, with its checksum", b"\x011b !    125.50    0.00\r5",
        weight("125.50", "kg", "gross", "motion", "extended_form", tare="0.00"),
    ),
    ("toledo-continuous", "extended, data not valid", b"\x011\x22 \x20    125.50    0.00\r", status("extended_form", "not_ready", mode="gross")),
    ("yaohua-xk3190", "a digit lost at the end", b"\x02+1250  31E\x03", INVALID),
    # Brecknell DS-1000 p. 28 and serial-nci-scale (SCP-12); 6702U service manual p. 68
    ("nci", "SCP-12", b"\n 001.25LB\r00\x03", weight("1.25", "lb")),
    ("nci", "SCP-12 moving", b"\n-001.25KG\r10\x03", weight("-1.25", "kg", None, "motion")),
    ("nci", "SCP-12, a status byte lost", b"\n 001.25LB\r0\x03", INVALID),
    ("nci", "units of five", b"\n 00001.25lb   \r\nS00\r\x03", weight("1.25", "lb")),
    ("nci", "over in eight", b"\n^^^^^^^^lb   \r\nS02\r\x03", status("over")),
    ("nci", "OPOS", b"\nOPOS\r\x03", INFO),
    ("nci", "not known, with a blank", b"\n? \r\x03", refused("not_known")),
]  # fmt: skip

VARIANTS: Final = [*LINES, *FRAMES]
