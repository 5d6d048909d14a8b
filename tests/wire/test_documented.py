"""docs/wire.md describes what travels: every message, kind and field, in the order of the bytes."""

import re
from pathlib import Path

import msgspec
import pytest

from replication.wire import envelope, events, item, messages, movement, outbox, partner, recipe, subjects

PAGE = (Path(__file__).parents[2] / "docs" / "wire.md").read_text()
NOT_ON_THE_WIRE = {events.UnknownEvent, outbox.UnknownOutboxKind}
STRUCTS = [
    found
    for module in (messages, envelope, events, outbox, item, movement, recipe, partner)
    for found in vars(module).values()
    if isinstance(found, type)
    and issubclass(found, msgspec.Struct)
    and found.__module__ == module.__name__
    and found not in NOT_ON_THE_WIRE
]


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda one: one.__name__)
def test_every_field_stands_in_its_section_in_order(struct: type[msgspec.Struct]) -> None:
    """A field that is added, moved or renamed changes the page."""
    sections = re.findall(rf"^### `{struct.__name__}`.*?(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert len(sections) == 1
    assert re.findall(r"^\| `(\w+)` \|", sections[0], re.MULTILINE) == list(struct.__struct_fields__)


@pytest.mark.parametrize("kind", [*events.EventKind, *outbox.OutboxKind], ids=lambda one: one.name)
def test_every_kind_stands_with_its_number(kind: int) -> None:
    """A number is never given another meaning."""
    written = f"kind {kind:#x}" if isinstance(kind, outbox.OutboxKind) else f"kind {int(kind)}"
    assert len(re.findall(rf"^### `\w+`: {written}$", PAGE, re.MULTILINE)) == 1


def test_every_subject_stands_with_its_form() -> None:
    """Partition and branch are told by PP and B."""
    for made in (
        subjects.uplink("b001"), subjects.hello("b001"), subjects.pull("b001"), subjects.heartbeat("b001"),
        subjects.watermark("b001"), subjects.control("b001"),
    ):  # fmt: skip
        form = re.sub(r"\.p\d\d\.", ".pPP.", made).replace("b001", "B")
        assert f"| `{form}` |" in PAGE


def test_the_page_names_the_bounds() -> None:
    """The numbers of the code are the numbers of the page."""
    for bound in (
        f"{envelope.BATCH_EVENTS_MAX} entries", f"{envelope.BATCH_BYTES_MAX // 1024} KiB unpacked",
        f"{envelope.ENTRY_BYTES_MAX // 1024} KiB in one payload", f"{envelope.ENVELOPE_BYTES_MAX // 1024} KiB in an envelope",
    ):  # fmt: skip
        assert bound in PAGE
    assert (envelope.SEQ_MAX, envelope.EPOCH_MAX) == (2**53, 2**32 - 1)
