"""A file tree that knows what of it is on the disk and what only seems to be. Speaks no FUSE; raises OSError.

Data is safe after a flush of its file. A folder's entries are safe after a flush of the folder or of the file they
name, and, as with ext4, by themselves after a while. `cut` forgets the rest, or keeps random sectors of it.
"""

import errno
import stat
import time
from random import Random

SECTOR_BYTES = 512
ROOT = 1
FOLDERS_SAFE_AFTER_SECONDS = 5.0
"""ext4 commits its journal every five seconds; what was created, renamed or deleted longer ago is on the disk."""


class Node:
    """A file or a folder: what a program sees, what is safe, and what was written since."""

    def __init__(self, mode: int) -> None:
        self.mode = mode
        self.content = bytearray()
        self.safe = b""
        self.unsafe: list[tuple[int, bytes | None]] = []
        self.entries: dict[str, int] = {}
        self.safe_entries: dict[str, int] = {}
        self.modified = time.time()

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.mode)


class Tree:
    """All nodes by number. `bytes_max` bounds what fits."""

    def __init__(self, bytes_max: int = 1 << 30) -> None:
        self.nodes: dict[int, Node] = {ROOT: Node(stat.S_IFDIR | 0o777)}
        self.bytes_max = bytes_max
        self.used = 0
        self.forgotten = 0
        self._next = ROOT
        self._settled_at = time.monotonic()

    def node(self, number: int) -> Node:
        found = self.nodes.get(number)
        if found is None:
            raise OSError(errno.ENOENT, "no such node")
        return found

    def lookup(self, folder: int, name: str) -> int:
        number = self.node(folder).entries.get(name)
        if number is None:
            raise OSError(errno.ENOENT, name)
        return number

    def make(self, folder: int, name: str, mode: int) -> int:
        entries = self.node(folder).entries
        if name in entries:
            raise OSError(errno.EEXIST, name)
        self._next += 1
        self.nodes[self._next] = Node(mode)
        entries[name] = self._next
        return self._next

    def link(self, number: int, folder: int, name: str) -> None:
        entries = self.node(folder).entries
        if name in entries:
            raise OSError(errno.EEXIST, name)
        entries[name] = number

    def remove(self, folder: int, name: str, *, folders: bool) -> None:
        number = self.lookup(folder, name)
        node = self.node(number)
        if node.is_folder is not folders:
            raise OSError(errno.EISDIR if node.is_folder else errno.ENOTDIR, name)
        if node.entries:
            raise OSError(errno.ENOTEMPTY, name)
        del self.node(folder).entries[name]

    def rename(self, folder: int, name: str, new_folder: int, new_name: str) -> None:
        number = self.lookup(folder, name)
        del self.node(folder).entries[name]
        self.node(new_folder).entries[new_name] = number

    def write(self, number: int, offset: int, data: bytes) -> None:
        node = self.node(number)
        end = offset + len(data)
        grows = max(0, end - len(node.content))
        if self.used + grows > self.bytes_max:
            raise OSError(errno.ENOSPC, "full")
        self.used += grows
        if grows:
            node.content.extend(bytes(grows))
        node.content[offset:end] = data
        node.unsafe.append((offset, data))
        node.modified = time.time()

    def truncate(self, number: int, size: int) -> None:
        node = self.node(number)
        self.used += size - len(node.content)
        _resize(node.content, size)
        node.unsafe.append((size, None))
        node.modified = time.time()

    def flush(self, number: int) -> None:
        """What a program sees of the file, and the way to it, is safe now."""
        node = self.node(number)
        node.safe = bytes(node.content)
        node.unsafe.clear()
        above = [number]
        while above:
            child = above.pop()
            for folder, parent in self.nodes.items():
                for name, entry in parent.entries.items():
                    if entry == child:
                        parent.safe_entries[name] = child
                        above.append(folder)

    def flush_folder(self, number: int) -> None:
        node = self.node(number)
        node.safe_entries = dict(node.entries)

    def settle(self) -> None:
        """Called now and then: entries become safe by themselves."""
        if time.monotonic() - self._settled_at >= FOLDERS_SAFE_AFTER_SECONDS:
            self._settled_at = time.monotonic()
            for node in self.nodes.values():
                node.safe_entries = dict(node.entries)

    def cut(self, random: Random | None) -> None:
        """The power goes: without `random` all that is unsafe is forgotten, else some sectors of it stay."""
        keep = 0.0 if random is None else random.random()
        for node in self.nodes.values():
            left = bytearray(node.safe)
            for offset, data in node.unsafe:
                if random is not None:
                    _keep_some(left, offset, data, random, keep)
                self.forgotten += 1
            node.content, node.safe = left, bytes(left)
            node.unsafe.clear()
            node.entries = dict(node.safe_entries)
        reached, ahead = {ROOT}, [ROOT]
        while ahead:
            for number in self.nodes[ahead.pop()].entries.values():
                if number not in reached:
                    reached.add(number)
                    ahead.append(number)
        self.nodes = {number: node for number, node in self.nodes.items() if number in reached}
        self.used = sum(len(node.content) for node in self.nodes.values())


def _keep_some(left: bytearray, offset: int, data: bytes | None, random: Random, keep: float) -> None:
    if data is None:
        if random.random() < keep:
            _resize(left, offset)
        return
    position, end = offset, offset + len(data)
    while position < end:
        until = min(end, (position // SECTOR_BYTES + 1) * SECTOR_BYTES)
        if random.random() < keep:
            if len(left) < until:
                _resize(left, until)
            left[position:until] = data[position - offset : until - offset]
        position = until


def _resize(content: bytearray, size: int) -> None:
    if size < len(content):
        del content[size:]
    else:
        content.extend(bytes(size - len(content)))
