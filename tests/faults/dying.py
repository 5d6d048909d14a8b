"""A site that dies at a named point: `python -m tests.faults.dying POINT NTH serve --config FILE`.

The product has no hooks for this. This process wraps one of its methods, or its SQLite connection, before it starts
the ordinary command, and sends itself SIGKILL at the NTH time that point is passed.
"""

import functools
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from typing import Any

LEFT = 0


def pass_point() -> None:
    """One more time; the last is the end."""
    global LEFT  # noqa: PLW0603 - a process of one purpose
    LEFT -= 1
    if LEFT == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def _is_ours(database: Any) -> bool:
    return str(database).split("?", maxsplit=1)[0].endswith(("ledger.db", "hq.db"))


class DyingConnection(sqlite3.Connection):
    """Passes the point before or after COMMIT, or at every statement."""

    at = ""
    ours = False

    def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
        if self.ours and self.at == "statement":
            pass_point()
        if self.ours and self.at == "before commit" and sql == "COMMIT":
            pass_point()
        done = super().execute(sql, *arguments)
        if self.ours and self.at == "after commit" and sql == "COMMIT":
            pass_point()
        return done


def _connections(at: str) -> None:
    DyingConnection.at = at
    connect = sqlite3.connect

    def opened(database: Any, *arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(database, *arguments, factory=DyingConnection, **options)
        connection.ours = _is_ours(database) and "mode=ro" not in str(database)
        return connection

    sqlite3.connect = opened  # type: ignore[assignment]


def _before(owner: type, method: str) -> None:
    real: Callable[..., Any] = getattr(owner, method)

    @functools.wraps(real)
    async def dying(*arguments: Any, **options: Any) -> Any:
        pass_point()
        return await real(*arguments, **options)

    setattr(owner, method, dying)


def _after(owner: type, method: str) -> None:
    real: Callable[..., Any] = getattr(owner, method)

    @functools.wraps(real)
    async def dying(*arguments: Any, **options: Any) -> Any:
        answer = await real(*arguments, **options)
        pass_point()
        return answer

    setattr(owner, method, dying)


def _before_watermark() -> None:
    from replication.nats_link import NatsHeadquartersLink
    from replication.wire.messages import Watermark

    real = NatsHeadquartersLink.tell

    async def dying(self: Any, message: Any, branch: str) -> None:
        if isinstance(message, Watermark):
            pass_point()
        await real(self, message, branch)

    NatsHeadquartersLink.tell = dying  # type: ignore[method-assign]


def arm(point: str) -> None:
    """Put the end where it belongs."""
    from gateway.store.journal import Journal
    from replication.headquarters.stores.sqlite.session import HeadquartersSession
    from replication.nats_link import NatsBranchLink, NatsHeadquartersLink

    match point:
        case "before commit" | "after commit" | "statement":
            _connections(point)
        case "before publish":
            _before(NatsBranchLink, "publish")
        case "after publish":
            _after(NatsBranchLink, "publish")
        case "before storing the watermark":
            _before(Journal, "record_watermark")
        case "inside the applying transaction":
            real = HeadquartersSession.append

            def dying(self: Any, batch: Any) -> None:
                real(self, batch)
                pass_point()

            HeadquartersSession.append = dying  # type: ignore[method-assign]
        case "before the acknowledgement":
            _before(NatsHeadquartersLink, "acknowledge")
        case "before the watermark":
            _before_watermark()
        case _:
            raise ValueError(point)


def main() -> None:
    """Arm, then be the ordinary command."""
    global LEFT  # noqa: PLW0603 - see above
    LEFT = int(sys.argv[2])
    arm(sys.argv[1])
    from gateway.cli.__main__ import main as kontor

    sys.argv = ["kontor", *sys.argv[3:]]
    sys.exit(kontor())


if __name__ == "__main__":
    main()
