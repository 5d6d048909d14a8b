"""What a power cut leaves of recorded writes: the model of a disk that honours flush and promises nothing else.

Everything written to a file before its last flush is there. Of what was written since, any 512-byte sector may be
there or not, whatever the order it was written in (torn and reordered writes); a size that was cut may or may not be;
a file whose folder entry was never flushed may be missing. Knows files and bytes, nothing of SQLite but the names of
its files.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

from tests.faults.recording_vfs import Acknowledged, Flushed, Removed, Step, Truncated, Written

SECTOR_BYTES = 512


class Disk:
    """Follows the steps of a run; `left_behind` says what a cut at this moment leaves."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, int] = {}
        self._safe: dict[str, bytearray] = {}
        self._unsafe: dict[str, list[Written | Truncated]] = {}
        self._entered: set[str] = set()

    def follow(self, step: Step) -> None:
        """One step of the run."""
        match step:
            case Written(file) | Truncated(file):
                self._unsafe.setdefault(file, []).append(step)
            case Flushed(file):
                content = self._safe.setdefault(file, bytearray())
                for change in self._unsafe.pop(file, ()):
                    _apply(content, change)
                # SQLite flushes the folder with the first flush of a journal or WAL it made.
                self._entered.add(file)
                if file.endswith(("-wal", "-journal")):
                    self._entered |= self._safe.keys() | self._unsafe.keys()
            case Removed(file):
                self._safe.pop(file, None)
                self._unsafe.pop(file, None)
                self._entered.discard(file)
            case Acknowledged(who, seq):
                self.acknowledged[who] = max(seq, self.acknowledged.get(who, 0))

    @property
    def torn(self) -> bool:
        """Whether a cut now has anything to tear or reorder."""
        return any(self._unsafe.values())

    def left_behind(self, random: Random) -> dict[str, bytes]:
        """The files after a cut. A third of the cuts keep nothing unflushed, the others a random share of it."""
        keep = random.choice((0.0, 0.5, random.random()))
        left = {}
        for file in sorted(self._safe.keys() | self._unsafe.keys()):
            if file not in self._entered and random.random() >= keep:
                continue
            content = bytearray(self._safe.get(file, b""))
            for change in self._unsafe.get(file, ()):
                for part in _parts(change):
                    if random.random() < keep:
                        _apply(content, part)
            left[file] = bytes(content)
        return left


def _parts(change: Written | Truncated) -> Iterator[Written | Truncated]:
    """A change as the sectors that may survive it one by one."""
    if isinstance(change, Truncated):
        yield change
        return
    position, end = change.offset, change.offset + len(change.data)
    while position < end:
        until = min(end, (position // SECTOR_BYTES + 1) * SECTOR_BYTES)
        yield Written(change.file, position, change.data[position - change.offset : until - change.offset])
        position = until


def _apply(content: bytearray, change: Written | Truncated) -> None:
    if isinstance(change, Truncated):
        if change.size < len(content):
            del content[change.size :]
        else:
            content.extend(bytes(change.size - len(content)))
        return
    end = change.offset + len(change.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[change.offset : end] = change.data


def cuts(steps: Iterable[Step], points: Iterable[int]) -> Iterator[tuple[int, Disk]]:
    """The disk at each of these points, given in ascending order: after so many steps."""
    disk, done = Disk(), 0
    walk = iter(steps)
    for point in points:
        while done < point:
            disk.follow(next(walk))
            done += 1
        yield point, disk


def lay_out(files: dict[str, bytes], folder: Path) -> None:
    """Write what was left into a folder that holds nothing else of SQLite's."""
    for old in folder.iterdir():
        old.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
