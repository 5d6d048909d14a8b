"""How a database stands now, for a health page: its checks with the disk as it is, what its writer did, and the worst of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from replication.storage.checks import Check, CheckState, check_free_disk
from replication.storage.writer import Writer


class WriterView(msgspec.Struct, frozen=True):
    """The writer: what waits now, and what it did since start."""

    waiting: int
    groups: int
    commands: int
    largest_group: int
    refused: int


def writer_view(writer: Writer[Any]) -> WriterView:
    """The writer's figures now."""
    did = writer.statistics
    return WriterView(writer.waiting, did.groups, did.commands, did.largest_group, did.refused)


def checks_now(at_start: Sequence[Check], folder: Path, writer: Writer[Any]) -> tuple[Check, ...]:
    """The checks made at start, the disk looked at again, and the log."""
    again = [check_free_disk(folder) if check.name == "free_disk" else check for check in at_start]
    return (*again, writer.wal.check())


def worst(checks: Sequence[Check], *, advice: bool) -> CheckState:
    """The worst of the checks; `advice` where something else wants looking at."""
    states = {check.state for check in checks}
    if CheckState.BAD in states:
        return CheckState.BAD
    return CheckState.ADVICE if advice or CheckState.ADVICE in states else CheckState.GOOD
