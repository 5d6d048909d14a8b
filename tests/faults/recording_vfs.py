"""Records what SQLite writes and flushes: a VFS put in front of the one SQLite brings, in the library Python itself uses.

The store's code, Python's sqlite3 module, the SQLite library and its locking are the real ones; only the three calls
that change a file, its flush, and its removal are noted on the way through. The new VFS becomes the default one while
it is installed, so that nothing in the product knows of it. Decides nothing about what a power cut leaves behind.
"""

import contextlib
import ctypes
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

OPEN_WAL, OPEN_MAIN = 0x00080000, 0x00000100
OPEN_MAIN_JOURNAL = 0x00000800
VFS_SLOTS = 19
"""Pointers in a sqlite3_vfs after its first three whole numbers; later versions only append."""
FILE_METHODS = 19

_POINTER = ctypes.c_void_p
# The name goes through as the address it came at: SQLite keeps it for the file's life, and its URI options follow it.
_OPEN = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, _POINTER, _POINTER, ctypes.c_int, _POINTER)
_DELETE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.c_char_p, ctypes.c_int)
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, _POINTER, ctypes.c_int, ctypes.c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.c_int)
_CLOSE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER)


class _Vfs(ctypes.Structure):
    _fields_ = (
        ("version", ctypes.c_int), ("file_bytes", ctypes.c_int), ("path_max", ctypes.c_int),
        ("next", _POINTER), ("name", ctypes.c_char_p), ("data", _POINTER), ("open", _POINTER), ("delete", _POINTER),
        ("others", _POINTER * (VFS_SLOTS - 5)),
    )  # fmt: skip


class _Methods(ctypes.Structure):
    _fields_ = (
        ("version", ctypes.c_int), ("close", _POINTER), ("read", _POINTER), ("write", _POINTER), ("truncate", _POINTER),
        ("sync", _POINTER), ("others", _POINTER * (FILE_METHODS - 6)),
    )  # fmt: skip


class Written(msgspec.Struct, frozen=True, gc=False):
    """Bytes handed to the operating system."""

    file: str
    offset: int
    data: bytes


class Truncated(msgspec.Struct, frozen=True, gc=False):
    """A file cut or grown to a size."""

    file: str
    size: int


class Flushed(msgspec.Struct, frozen=True, gc=False):
    """A flush that returned: what was written to the file before is on the disk."""

    file: str


class Removed(msgspec.Struct, frozen=True, gc=False):
    """A file deleted."""

    file: str


class Acknowledged(msgspec.Struct, frozen=True, gc=False):
    """Somebody was told that everything up to here is safe; noted by the test, not by SQLite."""

    who: str
    seq: int


Step = Written | Truncated | Flushed | Removed | Acknowledged


def sqlite_library() -> ctypes.CDLL | None:
    """The SQLite that Python's sqlite3 module runs on, if its functions can be called; None where they are hidden."""
    _ = sqlite3.sqlite_version  # loaded by now
    mapped = [line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "sqlite3" in line]
    for path in dict.fromkeys([*(path for path in mapped if path.startswith("/")), None]):
        with contextlib.suppress(OSError, AttributeError):
            library = ctypes.CDLL(path)
            library.sqlite3_libversion.restype = ctypes.c_char_p
            if library.sqlite3_libversion().decode() == sqlite3.sqlite_version:
                return library
    return None


class Recorder:
    """The steps of one run, in order."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._names: dict[int, str] = {}
        self._real: dict[int, _Methods] = {}
        self._kept: list[Any] = []
        library = sqlite_library()
        assert library is not None, "asked of tests/capabilities.py before"
        self._library = library
        library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        library.sqlite3_vfs_find.argtypes = [ctypes.c_char_p]
        library.sqlite3_vfs_register.argtypes = [_POINTER, ctypes.c_int]
        library.sqlite3_vfs_unregister.argtypes = [_POINTER]

    def acknowledge(self, who: str, seq: int) -> None:
        """Note that somebody was answered."""
        self.steps.append(Acknowledged(who, seq))

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Every connection opened meanwhile is recorded; all of them must be closed before the end."""
        real = self._library.sqlite3_vfs_find(None)
        ours = _Vfs.from_buffer_copy(real.contents)
        ours.name = b"recording"
        really_open = ctypes.cast(real.contents.open, _OPEN)
        really_delete = ctypes.cast(real.contents.delete, _DELETE)

        def open_file(vfs: int, name: int | None, file: int, flags: int, out: int) -> int:
            code = really_open(vfs, name, file, flags, out)
            if code == 0 and name is not None and flags & (OPEN_WAL | OPEN_MAIN | OPEN_MAIN_JOURNAL):
                self._watch(file, Path(ctypes.string_at(name).decode()).name)
            return code

        def delete(vfs: int, name: bytes, sync_folder: int) -> int:
            code = really_delete(vfs, name, sync_folder)
            if code == 0:
                self.steps.append(Removed(Path(name.decode()).name))
            return code

        ours.open = self._pointer(_OPEN(open_file))
        ours.delete = self._pointer(_DELETE(delete))
        assert self._library.sqlite3_vfs_register(ctypes.byref(ours), 1) == 0
        try:
            yield
        finally:
            assert not self._names, f"still open: {sorted(self._names.values())}"
            self._library.sqlite3_vfs_unregister(ctypes.byref(ours))
            self._library.sqlite3_vfs_register(real, 1)
            self._kept.append(ours)

    def _pointer(self, function: Any) -> int:
        self._kept.append(function)  # SQLite holds the address only
        address = ctypes.cast(function, _POINTER).value
        assert address is not None
        return address

    def _watch(self, file: int, name: str) -> None:
        """Swap the file's table of methods for a copy with ours in it."""
        slot = ctypes.cast(file, ctypes.POINTER(_POINTER))
        real = ctypes.cast(slot[0], ctypes.POINTER(_Methods)).contents
        key = ctypes.addressof(real)
        if key not in self._real:
            self._real[key] = self._methods(real)
        self._names[file] = name
        slot[0] = ctypes.addressof(self._real[key])

    def _methods(self, real: _Methods) -> _Methods:
        steps, names = self.steps, self._names
        really_close, really_write = ctypes.cast(real.close, _CLOSE), ctypes.cast(real.write, _WRITE)
        really_truncate, really_sync = ctypes.cast(real.truncate, _TRUNCATE), ctypes.cast(real.sync, _SYNC)

        def write(file: int, data: int, size: int, offset: int) -> int:
            steps.append(Written(names[file], offset, ctypes.string_at(data, size)))
            return really_write(file, data, size, offset)

        def truncate(file: int, size: int) -> int:
            steps.append(Truncated(names[file], size))
            return really_truncate(file, size)

        def sync(file: int, flags: int) -> int:
            code = really_sync(file, flags)
            if code == 0:
                steps.append(Flushed(names[file]))
            return code

        def close(file: int) -> int:
            names.pop(file)
            return really_close(file)

        ours = _Methods.from_buffer_copy(real)
        ours.write, ours.truncate = self._pointer(_WRITE(write)), self._pointer(_TRUNCATE(truncate))
        ours.sync, ours.close = self._pointer(_SYNC(sync)), self._pointer(_CLOSE(close))
        return ours
