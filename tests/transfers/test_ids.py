"""Ids of transfers and of what is done at most once for one: the same for ever, or a repeat would be done twice."""

import uuid

import pytest

from replication.wire.transfer import derived_id, read_transfer_id

TRANSFER = bytes(range(16))


@pytest.mark.parametrize(
    ("purpose", "id_"),
    [
        ("return", "ce948504dba68b97b4943666ca8f6c45"),
        ("cancel", "dbb70cfe69258860b554dadf88daa875"),
        ("release", "4dcd35a4deb9851f933e9df74e17ab42"),
    ],
)
def test_what_is_done_once_has_this_id(purpose: str, id_: str) -> None:
    """An older journal holds these ids; another id would be another document."""
    assert derived_id(TRANSFER, purpose).hex() == id_
    assert uuid.UUID(id_).version == 8


@pytest.mark.parametrize(
    "text", ["", "x", "0" * 36, "019ab3c45d6e7f809123456789abcdef0000", "{019ab3c4-5d6e-7f80-9123-456789abcd}"]
)
def test_only_a_canonical_uuid_names_a_transfer(text: str) -> None:
    """Whatever else a person types is refused before it is kept."""
    assert read_transfer_id(text) is None


def test_an_id_reads_in_either_case() -> None:
    """Upper case is the same transfer."""
    text = str(uuid.UUID(bytes=TRANSFER))
    assert read_transfer_id(text) == read_transfer_id(text.upper()) == TRANSFER
