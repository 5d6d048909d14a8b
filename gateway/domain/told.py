"""What of a body goes into its document and its lines as it was sent: the fields that both have, found by their names.

Posting writes them, a repeat is compared by them, and what waits for a person is shown with them, so that a type's own
field is named in two places: in its body, and in the detail of the wire.
"""

from typing import Any, Final, get_args

import msgspec
from msgspec import UNSET

from gateway.domain.bodies.entry import Line, TenderEntry
from gateway.domain.document import Body
from replication.wire.events import DocumentDetail, DocumentMore, LineDetail, LineMore, Tender

# Asked once of each: reading a type's annotations takes its time, and this is a part of every start.
_FIELDS: Final[dict[type, dict[str, Any]]] = {
    body: {field.name: field.type for field in msgspec.structs.fields(body)} for body in get_args(Body)
}
_OTHERS: Final = frozenset({"approval", "warnings", "settled"})
"""What a document says of how it was posted."""
_OF_DOCUMENTS: Final = (*DocumentDetail.__struct_fields__, *DocumentMore.__struct_fields__)
_OF_LINES: Final = frozenset({*LineDetail.__struct_fields__, *LineMore.__struct_fields__})
DOCUMENT_TEXTS: Final[dict[type, tuple[str, ...]]] = {
    body: tuple(
        name for name, kind in _FIELDS[body].items() if name in _OF_DOCUMENTS and str in (kind, *get_args(kind))
    )
    for body in get_args(Body)
}
"""By body: its texts, whose length is bounded."""
DOCUMENT_TOLD: Final[dict[type, tuple[str, ...]]] = {
    body: tuple(name for name in _OF_DOCUMENTS if name in _FIELDS[body] and name not in _OTHERS)
    for body in get_args(Body)
}
"""By body: what its document tells of it, in the order of the detail."""
_COMMON: Final = frozenset({*Line.__struct_fields__, "variance"})
LINE_TOLD: Final[dict[type, tuple[str, ...]]] = {
    line: tuple(name for name in line.__struct_fields__ if name in _OF_LINES and name not in _COMMON)
    for line in (Line, *(get_args(_FIELDS[body]["lines"])[0] for body in get_args(Body)))
}
"""By line: what only lines of its type tell. Differences are read into numbers first."""


def told(of: object, names: tuple[str, ...]) -> dict[str, Any]:
    """What was sent of these fields, as a detail tells it; what is empty is not told."""
    found = ((name, plain(getattr(of, name))) for name in names)
    return {name: value for name, value in found if value is not UNSET and value}


def plain(value: Any) -> Any:
    """A value as the wire writes it."""
    if isinstance(value, tuple):
        return tuple(Tender(one.type, one.amount) if isinstance(one, TenderEntry) else one for one in value)
    return str(value) if isinstance(value, str) else value


def line_with(detail: LineDetail, said: dict[str, Any]) -> LineDetail:
    """A line's detail that says more."""
    own = {name: value for name, value in said.items() if name in LineDetail.__struct_fields__}
    rest = {name: value for name, value in said.items() if name not in own}
    if rest:
        own["more"] = msgspec.structs.replace(detail.more or LineMore(), **rest)
    return msgspec.structs.replace(detail, **own)


def document_with(detail: DocumentDetail, said: dict[str, Any]) -> DocumentDetail:
    """A document's detail that says more."""
    own = {name: value for name, value in said.items() if name in DocumentDetail.__struct_fields__}
    rest = {name: value for name, value in said.items() if name not in own}
    if rest:
        own["more"] = msgspec.structs.replace(detail.more or DocumentMore(), **rest)
    return msgspec.structs.replace(detail, **own)


def said_in(detail: LineDetail | DocumentDetail | None, name: str) -> Any:
    """What a posted document or line says under a body's field name; None where it says nothing."""
    if detail is None:
        return None
    if name in type(detail).__struct_fields__:
        return getattr(detail, name)
    return None if detail.more is None else getattr(detail.more, name)
