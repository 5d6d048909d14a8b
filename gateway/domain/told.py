"""What of a body goes into its document and its lines word for word: the fields that both have, found by their names.

Posting writes them, a repeat is compared by them, and what waits for a person is shown with them, so that a type's own
field is named in two places: in its body, and in the detail of the wire.
"""

from typing import Final, get_args

import msgspec

from gateway.domain.document import Body
from replication.wire.events import DocumentDetail


def _texts(type_: type) -> set[str]:
    """The fields of a body that hold a text."""
    return {field.name for field in msgspec.structs.fields(type_) if str in get_args(field.type) or field.type is str}


DOCUMENT_TEXTS: Final[dict[type, tuple[str, ...]]] = {
    body: tuple(name for name in DocumentDetail.__struct_fields__ if name in _texts(body)) for body in get_args(Body)
}
"""By body: its texts, in the order a detail tells them."""
