"""What the disk and SQLite do to us, said with what was tried, on which file, and what a person can do."""


class StorageError(Exception):
    """A database file that cannot be opened, read or written. `hint` and `hint_zh` are for the person in the shop."""

    def __init__(self, tried: str, path: str, cause: str, hint: str, hint_zh: str) -> None:
        super().__init__(f"{tried} on {path}: {cause}. {hint}")
        self.tried = tried
        self.path = path
        self.cause = cause
        self.hint = hint
        self.hint_zh = hint_zh


class StoreBusy(Exception):
    """Too many wait for the writer, or for a reader; nothing was written. Try again after `retry_after_seconds`."""

    def __init__(self, waiting: int, retry_after_seconds: int) -> None:
        super().__init__(f"{waiting} are waiting")
        self.waiting = waiting
        self.retry_after_seconds = retry_after_seconds


class StoreFull(StoreBusy):
    """The disk has no room left; nothing was answered as done. It goes on by itself once there is some again."""


class StoreClosed(Exception):
    """The store is shutting down; whether a write sent now happened is for a retry by id to find out."""
