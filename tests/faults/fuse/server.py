"""A disk that can be told to misbehave: the kernel's FUSE protocol (7.31) over /dev/fuse, by hand, for root only.

Run as `python -m tests.faults.fuse.server FOLDER`; takes one order in JSON per line on stdin and answers each with a
line. Ends, unmounting, when stdin does. Needs no FUSE library, so that it runs wherever the kernel has /dev/fuse.
"""

import ctypes
import errno
import json
import os
import stat
import struct
import sys
import threading
from collections.abc import Callable
from random import Random
from typing import Any

from tests.faults.fuse.tree import ROOT, Node, Tree

VALID_SECONDS = 3600
"""Nobody but the kernel above changes this tree, so it may remember everything."""
WRITE_BYTES_MAX = 128 * 1024
REQUEST_BYTES_MAX = WRITE_BYTES_MAX + 4096
MS_NOSUID, MS_NODEV, MNT_DETACH = 2, 4, 2
FLAG_BIG_WRITES, FLAG_MAX_PAGES = 1 << 5, 1 << 22
SET_MODE, SET_SIZE = 1 << 0, 1 << 3
SILENT = {2, 36, 42}
"""FORGET, INTERRUPT and BATCH_FORGET want no answer."""

_libc = ctypes.CDLL(None, use_errno=True)


class Disk:
    """One mounted tree and what it is told to do wrong."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.tree = Tree()
        self.fail: dict[str, tuple[int, int, str]] = {}
        self.slow: tuple[float, str] = (0.0, "")
        self.frozen = False
        self.counts = {"flushes": 0, "writes": 0, "failed": 0}
        self._names: dict[int, str] = {ROOT: ""}
        self._lock = threading.Lock()
        self._operations: dict[int, Callable[[int, memoryview], bytes]] = {
            1: self._lookup, 3: lambda number, _: self._attributes(number), 4: self._set_attributes, 8: self._make_node,
            9: self._make_folder, 10: self._unlink, 11: self._remove_folder, 12: self._rename, 13: self._link, 14: _open, 15: self._read,
            16: self._write, 17: self._space, 18: _nothing, 20: self._flush, 25: _nothing, 26: _introduce, 27: _open,
            28: self._list, 29: _nothing, 30: self._flush_folder, 35: self._create, 38: _nothing, 45: self._rename2,
        }  # fmt: skip

    def mount(self) -> None:
        """Mount, and serve on a thread of its own until unmounted."""
        device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={device},rootmode=40777,user_id=0,group_id=0,allow_other,max_read={WRITE_BYTES_MAX}".encode()
        if _libc.mount(b"forgetful", self.folder.encode(), b"fuse", MS_NOSUID | MS_NODEV, options) != 0:
            raise OSError(ctypes.get_errno(), "mount")
        threading.Thread(target=self._serve, args=(device,), daemon=True).start()

    def unmount(self) -> None:
        """Take it away, whoever still looks."""
        _libc.umount2(self.folder.encode(), MNT_DETACH)

    def cut(self, seed: int | None) -> int:
        """Power off and on; answers how many writes were not safe."""
        self.unmount()
        with self._lock:
            before = self.tree.forgotten
            self.tree.cut(None if seed is None else Random(seed))
            self._names = {ROOT: ""}
        self.mount()
        return self.tree.forgotten - before

    # -- the protocol -----------------------------------------------------------------------------------------------

    def _serve(self, device: int) -> None:
        while True:
            try:
                request = os.read(device, REQUEST_BYTES_MAX)
            except OSError as error:
                if error.errno in {errno.EINTR, errno.EAGAIN, errno.ENOENT}:
                    continue
                os.close(device)  # ENODEV: unmounted
                return
            _, operation, unique, number = struct.unpack_from("<IIQQ", request)
            if operation in SILENT:
                continue
            delay = self._delay(operation, number)
            if delay:
                threading.Timer(delay, self._answer, (device, operation, unique, number, request)).start()
            else:
                self._answer(device, operation, unique, number, request)

    def _answer(self, device: int, operation: int, unique: int, number: int, request: bytes) -> None:
        body, code = b"", 0
        try:
            with self._lock:
                self._maybe_fail(operation, number)
                self.tree.settle()
                known = self._operations.get(operation)
                if known is None:
                    raise OSError(errno.ENOSYS, "not here")
                body = known(number, memoryview(request)[40:])
        except OSError as error:
            code = error.errno or errno.EIO
            body = b""
        try:
            os.write(device, struct.pack("<IiQ", 16 + len(body), -code, unique) + body)
        except OSError:
            return  # unmounted meanwhile

    def _delay(self, operation: int, number: int) -> float:
        seconds, match = self.slow
        return seconds if operation == 20 and match in self._names.get(number, "") else 0.0

    def _maybe_fail(self, operation: int, number: int) -> None:
        kind = {16: "write", 20: "flush", 4: "resize", 35: "create", 10: "create", 12: "create", 9: "create"}.get(
            operation
        )
        if kind is None or kind not in self.fail:
            return
        times, code, match = self.fail[kind]
        if match not in self._names.get(number, ""):
            return
        if times == 1:
            del self.fail[kind]
        else:
            self.fail[kind] = (times - 1, code, match)
        self.counts["failed"] += 1
        raise OSError(code, "told to")

    # -- operations -------------------------------------------------------------------------------------------------

    def _entry(self, number: int) -> bytes:
        head = struct.pack("<QQQQII", number, 0, VALID_SECONDS, VALID_SECONDS, 0, 0)
        return head + _stat(number, self.tree.node(number))

    def _attributes(self, number: int) -> bytes:
        return struct.pack("<QII", VALID_SECONDS, 0, 0) + _stat(number, self.tree.node(number))

    def _lookup(self, folder: int, body: memoryview) -> bytes:
        return self._entry(self.tree.lookup(folder, _name(body)))

    def _set_attributes(self, number: int, body: memoryview) -> bytes:
        valid, _, _, size = struct.unpack_from("<IIQQ", body)
        if valid & SET_SIZE:
            self.tree.truncate(number, size)
        if valid & SET_MODE:
            node = self.tree.node(number)
            node.mode = stat.S_IFMT(node.mode) | (struct.unpack_from("<I", body, 68)[0] & 0o7777)
        return self._attributes(number)

    def _made(self, folder: int, name: str, mode: int) -> bytes:
        number = self.tree.make(folder, name, mode)
        self._names[number] = name
        return self._entry(number)

    def _make_node(self, folder: int, body: memoryview) -> bytes:
        return self._made(folder, _name(body[16:]), struct.unpack_from("<I", body)[0])

    def _make_folder(self, folder: int, body: memoryview) -> bytes:
        return self._made(folder, _name(body[8:]), stat.S_IFDIR | (struct.unpack_from("<I", body)[0] & 0o7777))

    def _create(self, folder: int, body: memoryview) -> bytes:
        mode = struct.unpack_from("<I", body, 4)[0]
        return self._made(folder, _name(body[16:]), stat.S_IFREG | (mode & 0o7777)) + _open(0, body)

    def _unlink(self, folder: int, body: memoryview) -> bytes:
        self.tree.remove(folder, _name(body), folders=False)
        return b""

    def _remove_folder(self, folder: int, body: memoryview) -> bytes:
        self.tree.remove(folder, _name(body), folders=True)
        return b""

    def _rename(self, folder: int, body: memoryview, skip: int = 8) -> bytes:
        (new_folder,) = struct.unpack_from("<Q", body)
        old, new = bytes(body[skip:]).split(b"\0")[:2]
        self.tree.rename(folder, old.decode(), new_folder, new.decode())
        self._names[self.tree.lookup(new_folder, new.decode())] = new.decode()
        return b""

    def _rename2(self, folder: int, body: memoryview) -> bytes:
        return self._rename(folder, body, 16)

    def _link(self, folder: int, body: memoryview) -> bytes:
        (number,) = struct.unpack_from("<Q", body)
        self.tree.link(number, folder, _name(body[8:]))
        return self._entry(number)

    def _read(self, number: int, body: memoryview) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", body)
        return bytes(self.tree.node(number).content[offset : offset + size])

    def _write(self, number: int, body: memoryview) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", body)
        self.counts["writes"] += 1
        self.tree.write(number, offset, bytes(body[40 : 40 + size]))
        return struct.pack("<II", size, 0)

    def _flush(self, number: int, _: memoryview) -> bytes:
        self.counts["flushes"] += 1
        self.tree.flush(number)
        return b""

    def _flush_folder(self, number: int, _: memoryview) -> bytes:
        self.tree.flush_folder(number)
        return b""

    def _list(self, number: int, body: memoryview) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", body)
        listed = bytearray()
        entries = [(".", number), ("..", number), *self.tree.node(number).entries.items()]
        for position, (name, entry) in enumerate(entries[offset:], offset + 1):
            raw = name.encode()
            kind = stat.S_IFMT(self.tree.node(entry).mode) >> 12
            one = struct.pack("<QQII", entry, position, len(raw), kind) + raw
            one += bytes(-len(one) % 8)
            if len(listed) + len(one) > size:
                break
            listed += one
        return bytes(listed)

    def _space(self, _: int, __: memoryview) -> bytes:
        blocks, used = self.tree.bytes_max // 4096, self.tree.used // 4096
        free = max(0, blocks - used)
        return struct.pack("<QQQQQIIII", blocks, free, free, 1 << 20, 1 << 20, 4096, 255, 4096, 0) + bytes(24)


def _stat(number: int, node: Node) -> bytes:
    size, modified = len(node.content), int(node.modified)
    return struct.pack(
        "<QQQQQQIIIIIIIIII", number, size, (size + 511) // 512, modified, modified, modified, 0, 0, 0, node.mode,
        2 if node.is_folder else 1, 0, 0, 0, 4096, 0,
    )  # fmt: skip


def _name(body: memoryview) -> str:
    return bytes(body).split(b"\0", 1)[0].decode()


def _open(_: int, __: memoryview) -> bytes:
    return struct.pack("<QII", 0, 0, 0)


def _nothing(_: int, __: memoryview) -> bytes:
    return b""


def _introduce(_: int, body: memoryview) -> bytes:
    major, minor, ahead, offered = struct.unpack_from("<IIII", body)
    del major
    flags = offered & (FLAG_BIG_WRITES | FLAG_MAX_PAGES)
    return struct.pack(
        "<IIIIHHIIHHI", 7, min(minor, 31), ahead, flags, 12, 9, WRITE_BYTES_MAX, 1, WRITE_BYTES_MAX // 4096, 0, 0
    ) + bytes(28)


def obey(disk: Disk, order: dict[str, Any]) -> Any:
    """One order of the test."""
    match order["do"]:
        case "cut":
            return disk.cut(order.get("seed"))
        case "fail":
            disk.fail[order["what"]] = (order.get("times", -1), order["errno"], order.get("match", ""))
        case "slow":
            disk.slow = (order["seconds"], order.get("match", ""))
        case "heal":
            disk.fail.clear()
            disk.slow = (0.0, "")
        case "size":
            disk.tree.bytes_max = order["bytes"]
        case "counts":
            return disk.counts | {"used": disk.tree.used}
    return None


def main() -> None:
    """Mount, obey until stdin ends, unmount."""
    disk = Disk(sys.argv[1])
    disk.mount()
    print("ready", flush=True)
    try:
        for line in sys.stdin:
            print(json.dumps(obey(disk, json.loads(line))), flush=True)
    finally:
        disk.unmount()


if __name__ == "__main__":
    main()
