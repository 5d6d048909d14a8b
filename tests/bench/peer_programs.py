"""The peers that `make bench` itself runs, as programs on free ports."""

import sys

from tests.bench.servers import Program, free_port
from tests.bench.setting import Bench


def fastapi_sqlite3(bench: Bench) -> Program:
    """The hand-written one, with an empty database."""
    folder, port = bench.scratch("fastapi"), free_port()
    command = (sys.executable, "-m", "tests.bench.peers.fastapi_sqlite3", str(folder / "peer.db"), str(port))
    return Program("fastapi-sqlite3", folder, port, command)


def empty_handler(bench: Bench) -> Program:
    """The floor."""
    port = free_port()
    command = (sys.executable, "-m", "tests.bench.peers.empty_handler", str(port))
    return Program("empty-handler", bench.scratch("empty"), port, command)
