"""What biip says of the same case: a second reader, written by others, to see where the two part ways. It judges nothing."""

from typing import Any

_ASKED = {"element_bracketed", "element_unbracketed", "content_rule", "digital_link_parse", "scan_data", "check_digit"}


def differs(case: dict[str, Any]) -> bool | None:
    """Whether biip's verdict is not the case's; None for what it cannot be asked."""
    import biip
    from biip.checksums import gs1_standard_check_digit
    from biip.gs1_messages import GS1Message

    if case["kind"] not in _ASKED or any(case.get("options", {}).get(one) for one in _LENIENT):
        return None
    text = case["input"]
    try:
        match case["kind"]:
            case "element_bracketed" | "content_rule":
                accepted = bool(GS1Message.parse_hri(text))
            case "element_unbracketed":
                accepted = text.startswith("^") and bool(GS1Message.parse(text[1:].replace("^", "\x1d")))
            case "digital_link_parse":
                accepted = biip.parse(text).gs1_digital_link_uri is not None
            case "check_digit":
                accepted = str(gs1_standard_check_digit(text[:-1])) == text[-1]
            case _:
                result = biip.parse(text)
                accepted = bool(result.gs1_message or result.gtin or result.gs1_digital_link_uri)
    except (biip.BiipException, ValueError, IndexError, AssertionError):
        accepted = False
    return accepted != case["valid"]


_LENIENT = ("permit_zero_suppressed_gtin", "permit_convenience_alphas", "permit_unknown_ais")
