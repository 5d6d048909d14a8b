"""`kontor codes`: what codes say, for whoever looks for a fault or builds beside Kontor. Opens no site and no line.

Whatever stands on stdin, every line of it is answered by one line.
"""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any, Final

from gateway.cli import code_labels
from gateway.cli.command import ASKED_WRONGLY, Command, Refused

if TYPE_CHECKING:
    from gateway.domain.barcode import CodeRules, Scan

LINE_BYTES_MAX: Final = 65_536
"""Ten times the longest code with every character escaped; what is longer is told so, not decoded."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    parse = verbs.add_parser(
        "parse",
        help="say what codes mean: each an argument, or one a line on stdin",
        description="Reads one code a line from stdin, as the scanner sent it or in brackets, and says what each means.",
    )
    parse.add_argument("codes", nargs="*", metavar="CODE", help="instead of stdin")
    parse.add_argument(
        "--json",
        action="store_true",
        help='each line of stdin is a JSON string ("]C101…\\u001d21…"), each answer an object',
    )
    parse.add_argument(
        "--in-store", nargs="+", default=["general"], metavar="LAYOUT",
        help="how the shop's own labels are built: names of presets (DE, CN, …) or layouts such as 21IIIIIWW.WWWC",
    )  # fmt: skip
    parse.set_defaults(verb=_parse)
    code_labels.add_verb(verbs)


def run(arguments: argparse.Namespace) -> int:
    """Does what the verb says."""
    done: int = arguments.verb(arguments)
    return done


def _parse(arguments: argparse.Namespace) -> int:
    """Answers every line; 0 whenever stdin could be read."""
    from gateway.domain.barcode import CodeRules, read_scan
    from gateway.domain.barcode.in_store import LayoutError, layouts_of

    try:
        rules = CodeRules(layouts_of(tuple(arguments.in_store)))
    except LayoutError as wrong:
        raise Refused(f"--in-store: {wrong}", exit_code=ASKED_WRONGLY) from None
    year = _this_year()
    typed = (code.encode("utf-8", errors="surrogateescape") for code in arguments.codes)
    for number, line in enumerate(typed if arguments.codes else sys.stdin.buffer):
        text = code_of(line, as_json=arguments.json, first=number == 0)
        if text is None and arguments.codes:
            # Behind the command a code may stand as it is: only what cannot be typed needs to be written as JSON.
            text = code_of(line, as_json=False)
        if text is None:
            print(_no_code() if arguments.json else "invalid, no JSON string")
            continue
        scan = read_scan(text, rules, year=year, associations=True)
        print(in_json(scan) if arguments.json else in_words(scan, rules))
    return 0


def _this_year() -> int:
    import datetime as dt

    return dt.datetime.now(dt.UTC).year


def code_of(line: bytes, *, as_json: bool, first: bool = False) -> str | None:
    """The code a line of stdin stands for; None where it was to be a JSON string and is none."""
    text = line.rstrip(b"\r\n").decode("utf-8", errors="surrogateescape")
    if first:
        text = text.removeprefix("\N{BYTE ORDER MARK}")
    if not as_json:
        return text
    if len(line) > LINE_BYTES_MAX:
        # Not decoded: the reader of codes says that it is too long.
        return text
    try:
        code = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return code if isinstance(code, str) else None


def in_json(scan: "Scan") -> str:
    """The contract's object, in ASCII: a code may hold what is no text in any encoding."""
    return json.dumps(
        {
            "valid": scan.valid,
            "symbology": scan.symbology,
            "elements": [[element.identifier, element.value] for element in scan.elements],
            "gtin": scan.gtin,
            "lot": scan.lot,
            "expiry": scan.expiry,
            "serial": scan.serial,
            "weight": scan.weight,
            "price": scan.price,
            "count": scan.count,
            "findings": [
                {
                    "code": finding.code,
                    "severity": finding.severity.value,
                    "detail": ": ".join(filter(None, (finding.rule, finding.detail))),
                }
                for finding in scan.findings
            ],
        }
    )


def _no_code() -> str:
    finding = {"code": "bad_line", "severity": "error", "detail": "not a JSON string"}
    empty: dict[str, Any] = dict.fromkeys(("gtin", "lot", "expiry", "serial", "weight", "price", "count"))
    return json.dumps({"valid": False, "symbology": "unknown", "elements": [], **empty, "findings": [finding]})


def in_words(scan: "Scan", rules: "CodeRules") -> str:
    """For a person: the kind, the elements as printed, and what is wrong."""
    price = None if scan.price is None else f"{scan.price / 10**rules.minor_unit_digits:.{rules.minor_unit_digits}f}"
    said = (
        ("GTIN", scan.gtin), ("lot", scan.lot), ("expiry", scan.expiry), ("serial", scan.serial),
        ("kg", scan.weight), ("price", price), ("count", scan.count),
    )  # fmt: skip
    parts = [
        "valid" if scan.valid else "invalid",
        scan.symbology,
        " ".join(f"({element.identifier}) {element.value}" for element in scan.elements),
        *(f"{name} {value}" for name, value in said if value is not None),
        *(
            f"{finding.severity.value}: {finding.code} {' '.join(filter(None, (finding.rule, finding.detail)))}".rstrip()
            for finding in scan.findings
        ),
    ]
    told = ", ".join(filter(None, parts))
    return told.encode("unicode_escape").decode("ascii") if not told.isprintable() else told


COMMAND = Command("what codes mean, and how a shop's own labels are built: parse, labels", add_arguments, run)
