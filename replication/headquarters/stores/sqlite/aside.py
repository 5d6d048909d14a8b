"""Lists of what was set aside of a branch: quarantine, second histories, skips. Reads only, newest first by number."""

from sqlite3 import Connection

from replication.headquarters.stores.rows import ForkedRow, QuarantineRow, SkipRow


def list_quarantine(connection: Connection, branch: str, *, before: int, limit: int) -> list[QuarantineRow]:
    """Bytes that were not applied."""
    rows = connection.execute(
        "SELECT quarantine, code, detail, LENGTH(raw), received_at, times FROM quarantine"
        " WHERE branch = ? AND quarantine < ? ORDER BY quarantine DESC LIMIT ?",
        (branch, before, limit),
    )
    return [QuarantineRow(*row) for row in rows]


def list_forked(connection: Connection, branch: str, *, before: int, limit: int) -> list[ForkedRow]:
    """Batches of second histories."""
    rows = connection.execute(
        "SELECT forked, code, detail, epoch, first_seq, last_seq, boot_id, LENGTH(raw), received_at, times, looked_at"
        " FROM forked WHERE branch = ? AND forked < ? ORDER BY forked DESC LIMIT ?",
        (branch, before, limit),
    )
    return [ForkedRow(*row) for row in rows]


def list_skips(connection: Connection, branch: str, *, before: int, limit: int) -> list[SkipRow]:
    """What people decided to go on without."""
    rows = connection.execute(
        "SELECT s.skip, s.first_seq, s.last_seq, s.code, s.person, s.reason, s.at, s.signature, s.with_effects, s.correction"
        " FROM branches b JOIN skips s ON s.branch_id = b.branch_id WHERE b.branch = ? AND s.skip < ?"
        " ORDER BY s.skip DESC LIMIT ?",
        (branch, before, limit),
    )
    return [
        SkipRow(number, first, last, code, person, reason, at, signature, bool(with_effects), correction)
        for number, first, last, code, person, reason, at, signature, with_effects, correction in rows
    ]
