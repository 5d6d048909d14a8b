"""How an entry that lost its bytes here is known. Knows nothing of which do."""

from typing import Final

from replication.wire.events import EventKind

PRUNED: Final = b""
"""The payload of a pruned entry; no event has an empty one."""


def is_pruned(kind: int, payload: bytes) -> bool:
    """Whether an entry lost its bytes here."""
    return payload == PRUNED and kind == EventKind.DOCUMENT_POSTED
