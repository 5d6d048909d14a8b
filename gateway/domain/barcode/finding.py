"""Something to know about a scan. Knows no code; which sentence a person reads for it is the pages' to say."""

import enum

import msgspec


class Severity(enum.StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Finding(msgspec.Struct, frozen=True):
    """Stable code, severity, and the piece of text it is about; `rule` says which rule of the standard was broken."""

    code: str
    severity: Severity
    detail: str = ""
    rule: str = ""


def broken(code: str, detail: str = "", rule: str = "") -> Finding:
    """A finding that makes the code invalid."""
    return Finding(code, Severity.ERROR, detail, rule)
