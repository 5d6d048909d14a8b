"""The fork store: batches of a second history of a branch, kept raw, and what became of their entries. Writer only.

The bytes of a batch are let go once all its events stand in the branch's history; its place stays, so that its device is
told how far it was kept, and what it sends again is known. Neighbours that were let go become one row, so that a long second
history costs no hello more than a short one. Of a batch there is no room for, nothing stays: its device was not
told that it is kept, holds it, and is asked for it when there is room again.
"""

import hashlib
import sqlite3
from collections.abc import Sequence
from typing import Final

from replication.headquarters.stores.sqlite.branch_rows import BranchRows
from replication.headquarters.stores.store import Forked, ForkKept, Readmission
from replication.wire.envelope import read_envelope

FORKED_BYTES_MAX: Final = 64 * 1024 * 1024
"""Waiting per branch: a million entries of a second history, some months of a shop. Beyond it a batch is turned away; its
device still holds it and sends it again."""
ROOM_BYTES: Final = 16 * 1024 * 1024
"""Free again before a store that was full asks for more: each asking costs its device its whole tail, not one batch."""
ROW_BYTES: Final = 256
"""What a row counts besides its bytes, so that very many small batches fill the store as well."""


class SqliteForks:
    """Implements ForkStore."""

    def __init__(self, connection: sqlite3.Connection, rows: BranchRows) -> None:
        self._connection = connection
        self._rows = rows
        self._look_again()

    def _look_again(self) -> None:
        """Once at opening: this version may make sense of what the last one could not. Not while an event of the batch is
        on its way: a second look would not count it, and let go what it still waits for."""
        self._connection.execute(
            "UPDATE forked SET looked_at = NULL WHERE pending > 0 AND NOT EXISTS (SELECT 1 FROM readmissions WHERE"
            " readmissions.branch = forked.branch AND readmissions.seq IS NULL AND readmissions.forked = forked.forked)"
        )

    def keep(self, forked: Forked) -> ForkKept:
        """Keep a batch; the same bytes, or the same entries packed anew, are counted, not kept twice."""
        connection, branch = self._connection, forked.branch
        fingerprint = hashlib.sha256(forked.raw).digest()
        known = (
            connection.execute(
                "UPDATE forked SET times = times + 1 WHERE branch = ? AND fingerprint = ? RETURNING forked",
                (branch, fingerprint),
            ).fetchall()
            or connection.execute(
                "UPDATE forked SET times = times + 1 WHERE branch = ? AND boot_id = ? AND first_seq = ? AND hash = ?"
                " RETURNING forked",
                (branch, forked.boot_id, forked.first_seq, forked.hash),
            ).fetchall()
        )
        if known:
            return ForkKept.AGAIN
        size = len(forked.raw) + ROW_BYTES
        # While what is proved is turned away, the room that is to end it is not for what waits unproved.
        most = FORKED_BYTES_MAX - (ROOM_BYTES if forked.hash is None and self.is_full(branch) else 0)
        if self._has(branch) + size > most:
            if forked.hash is None:
                return ForkKept.FULL  # its device is to send what comes before it: that finds room
            if not self._gave_way(branch, size):
                connection.execute("UPDATE fork_totals SET not_kept = not_kept + 1 WHERE branch = ?", (branch,))
                return ForkKept.FULL
        connection.execute(
            "INSERT INTO forked (branch, fingerprint, code, detail, epoch, first_seq, last_seq, boot_id, raw, received_at,"
            " times, looked_at, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, NULL, ?)",
            (
                branch, fingerprint, forked.code, forked.detail[:2000], forked.epoch, forked.first_seq, forked.last_seq,
                forked.boot_id, forked.raw, forked.received_at, forked.hash,
            ),
        )  # fmt: skip
        connection.execute(
            "INSERT INTO fork_totals VALUES (?, 1, ?, 0, 0, 0) ON CONFLICT DO UPDATE SET batches = batches + 1,"
            " bytes = bytes + excluded.bytes",
            (branch, size),
        )
        return ForkKept.KEPT

    def is_full(self, branch: str) -> bool:
        """Whether what is proved was turned away, and there is no room for much more yet. What waits unproved never fills it:
        its device would be asked for nothing, and the batch that proves it never come."""
        row = self._connection.execute("SELECT not_kept FROM fork_totals WHERE branch = ?", (branch,)).fetchone()
        return row is not None and row[0] > 0

    def _has(self, branch: str) -> int:
        row = self._connection.execute("SELECT bytes FROM fork_totals WHERE branch = ?", (branch,)).fetchone()
        return 0 if row is None else int(row[0])

    def _gave_way(self, branch: str, size: int) -> bool:
        """Turn away what waits unproved, the furthest first, for what is proved: else the one batch it waits for would find
        no room because of it, and nothing would ever move again."""
        spare = FORKED_BYTES_MAX - self._has(branch) - size
        rows = self._connection.execute(
            "SELECT forked, LENGTH(raw) FROM forked WHERE branch = ? AND hash IS NULL ORDER BY first_seq DESC LIMIT ?",
            (branch, -spare // ROW_BYTES + 1),  # as each frees more than that, these are enough, or all there are
        ).fetchall()
        for number, length in rows:
            if spare >= 0:
                break
            self._connection.execute("DELETE FROM forked WHERE forked = ?", (number,))
            self._connection.execute("UPDATE fork_totals SET batches = batches - 1 WHERE branch = ?", (branch,))
            self._give_back(branch, length + ROW_BYTES)
            spare += length + ROW_BYTES
        return spare >= 0

    def _give_back(self, branch: str, given: int) -> None:
        """Count bytes that are free again; with room for much more, nothing is turned away any longer."""
        self._connection.execute(
            "UPDATE fork_totals SET bytes = bytes - :given, not_kept = IIF(bytes - :given > :most, not_kept, 0)"
            " WHERE branch = :branch",
            {"given": given, "most": FORKED_BYTES_MAX - ROOM_BYTES, "branch": branch},
        )

    def waiting(self, branch: str, present_boot: bytes, limit: int) -> Sequence[tuple[int, bytes]]:
        """Batches of other starts than the present one whose entries were not looked at yet."""
        rows = self._connection.execute(
            "SELECT forked, raw FROM forked WHERE branch = ? AND looked_at IS NULL AND hash IS NOT NULL AND boot_id != ? ORDER BY forked LIMIT ?",
            (branch, present_boot, limit),
        )
        return [(row[0], bytes(row[1])) for row in rows]

    def proved_hash(self, branch: str, seq: int, check: bytes) -> bytes | None:
        """The full chain hash at the end of a proved batch."""
        row = self._connection.execute(
            "SELECT hash FROM forked WHERE branch = ? AND last_seq = ? AND SUBSTR(hash, 1, ?) = ? LIMIT 1",
            (branch, seq, len(check), check),
        ).fetchone()
        return None if row is None else bytes(row[0])

    def unproved_from(self, branch: str, first_seq: int) -> Sequence[tuple[int, bytes]]:
        """Batches that wait for the one before them."""
        rows = self._connection.execute(
            "SELECT forked, raw FROM forked WHERE branch = ? AND first_seq = ? AND hash IS NULL", (branch, first_seq)
        )
        return [(row[0], bytes(row[1])) for row in rows]

    def prove(self, forked: int, hash_: bytes) -> None:
        """A batch's chain is proved."""
        self._connection.execute("UPDATE forked SET hash = ? WHERE forked = ?", (hash_, forked))

    def looked(self, forked: int, at: int, pending: int) -> None:
        """A batch was gone through; `pending` of its events stand nowhere else."""
        self._connection.execute("UPDATE forked SET looked_at = ?, pending = ? WHERE forked = ?", (at, pending, forked))
        if not pending:
            self._let_go(forked)

    def _let_go(self, forked: int) -> None:
        """Every event of it stands in the branch's history: its bytes are not needed any more."""
        run = self._connection.execute
        branch, boot_id, first_seq, last_seq, raw = run(
            "SELECT branch, boot_id, first_seq, last_seq, raw FROM forked WHERE forked = ?", (forked,)
        ).fetchone()
        run("UPDATE forked SET raw = x'', previous = ? WHERE forked = ?", (read_envelope(raw).previous, forked))
        self._give_back(branch, len(raw) + ROW_BYTES)
        before = run(
            "SELECT forked FROM forked WHERE branch = ? AND last_seq = ? AND boot_id = ? AND previous IS NOT NULL",
            (branch, first_seq - 1, boot_id),
        ).fetchall()
        after = run(
            "SELECT forked FROM forked WHERE branch = ? AND boot_id = ? AND first_seq = ? AND previous IS NOT NULL",
            (branch, boot_id, last_seq + 1),
        ).fetchall()
        for (earlier,) in before:
            if self._joined(earlier, forked):
                forked = earlier
                break
        for (later,) in after:
            if self._joined(forked, later):
                break

    def _joined(self, earlier: int, later: int) -> bool:
        """Make two rows that were let go one, where the later one is chained to the earlier: a start of a device that parted
        from headquarters anew may have used a seq twice."""
        run = self._connection.execute
        row = run(
            "SELECT b.last_seq, b.hash, b.times FROM forked a, forked b WHERE a.forked = ? AND b.forked = ?"
            " AND SUBSTR(a.hash, 1, LENGTH(b.previous)) = b.previous",
            (earlier, later),
        ).fetchone()
        if row is None:
            return False
        run("DELETE FROM forked WHERE forked = ?", (later,))
        run("UPDATE forked SET last_seq = ?, hash = ?, times = times + ? WHERE forked = ?", (*row, earlier))
        return True

    def was_let_go(self, branch: str, boot_id: bytes, first_seq: int, last_seq: int) -> bool:
        """Whether all of a run was kept of a start of a device, and let go."""
        row = self._connection.execute(
            "SELECT 1 FROM forked WHERE branch = ? AND boot_id = ? AND first_seq <= ? AND last_seq >= ?"
            " AND previous IS NOT NULL ORDER BY first_seq DESC LIMIT 1",
            (branch, boot_id, first_seq, last_seq),
        ).fetchone()
        return row is not None

    def kept_runs(self, branch: str, boot_id: bytes) -> Sequence[tuple[int, int]]:
        """First and last seqs of the runs without a gap that are kept of a start of a device, ascending."""
        runs: list[tuple[int, int]] = []
        for first_seq, last_seq in self._connection.execute(
            "SELECT first_seq, last_seq FROM forked WHERE branch = ? AND boot_id = ? AND hash IS NOT NULL ORDER BY first_seq, last_seq",
            (branch, boot_id),
        ):
            if runs and first_seq <= runs[-1][1] + 1:
                runs[-1] = (runs[-1][0], max(runs[-1][1], last_seq))
            else:
                runs.append((first_seq, last_seq))
        return runs

    def seen_seq(self, branch: str) -> int:
        """The highest seq of all that is kept."""
        (last,) = self._connection.execute("SELECT MAX(last_seq) FROM forked WHERE branch = ?", (branch,)).fetchone()
        return int(last or 0)

    def asked(self, branch: str, event_id: bytes) -> bool:
        """Whether the branch was asked for this event before."""
        row = self._connection.execute(
            "SELECT 1 FROM readmissions WHERE branch = ? AND event_id = ?", (branch, event_id)
        ).fetchone()
        return row is not None

    def ask(self, readmission: Readmission) -> None:
        """The present device is asked to append this event."""
        self._rows.row(readmission.branch).pending.add(readmission.event_id)
        self._connection.execute(
            "INSERT INTO readmissions VALUES (?, ?, ?, ?, ?, ?, NULL)",
            (
                readmission.branch, readmission.event_id, readmission.forked, readmission.from_seq,
                readmission.outbox_seq, readmission.asked_at,
            ),
        )  # fmt: skip
        self._connection.execute("UPDATE fork_totals SET asked = asked + 1 WHERE branch = ?", (readmission.branch,))

    def came(self, branch: str, event_id: bytes, seq: int) -> None:
        """An event that was asked for stands in the branch's journal now."""
        run = self._connection.execute
        for (forked,) in run(
            "UPDATE readmissions SET seq = ? WHERE branch = ? AND event_id = ? AND seq IS NULL RETURNING forked",
            (seq, branch, event_id),
        ).fetchall():
            run("UPDATE fork_totals SET asked = asked - 1, came = came + 1 WHERE branch = ?", (branch,))
            ((left,),) = run(
                "UPDATE forked SET pending = pending - 1 WHERE forked = ? RETURNING pending", (forked,)
            ).fetchall()
            if left == 0:
                self._let_go(forked)
