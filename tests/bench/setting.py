"""How much a bench measures, and the folder it does it in: templates made once, copied for each measurement."""

import asyncio
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.bench.sales import ITEMS, Sale, sales
from tests.bench.servers import ROOT, Server
from tests.bench.stocked_ledger import copy_ledger, stock

BUILD = ROOT / "build" / "bench"
"""On the same disk as the checkout: a RAM disk would tell nothing of a flush."""


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much is measured."""

    rounds: int
    items: int
    seconds: float
    warm: float
    clients: tuple[int, ...]
    sales: int
    scan_items: int
    lookups: int
    lone_sales: int
    catch_up: int
    backlog: int
    month: int
    published: int
    starts: int
    settles: bool
    grown_items: int
    grown_movements: int


FULL = Extent(
    rounds=3, items=ITEMS, seconds=2.0, warm=0.3, clients=(1, 8, 64), sales=6_400, scan_items=200_000, lookups=20_000,
    lone_sales=60, catch_up=5_000, backlog=30_000, month=150_000, published=2_000, starts=3, settles=True,
    grown_items=200_000, grown_movements=5_000_000,
)  # fmt: skip
QUICK = Extent(
    rounds=1, items=300, seconds=0.1, warm=0.1, clients=(1, 8), sales=64, scan_items=300, lookups=50, lone_sales=2,
    catch_up=20, backlog=600, month=400, published=10, starts=1, settles=False, grown_items=300, grown_movements=1_000,
)  # fmt: skip


class Bench:
    """A run: its extent and its scratch folder, removed at the end. Use as a context."""

    def __init__(self, extent: Extent) -> None:
        self.extent = extent
        BUILD.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(dir=BUILD))
        self._numbers = itertools.count()
        self._templates: dict[int, Path] = {}
        self._sales: list[Sale] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def settle(self, *servers: Server) -> None:
        """Wait until these are idle, where figures are to say something."""
        if self.extent.settles:
            for server in servers:
                server.settle()

    def sales(self, first: int, count: int) -> list[Sale]:
        """The same ones for whoever asks."""
        if len(self._sales) < first + count:
            self._sales += sales(first + count - len(self._sales), self.extent.items, first=len(self._sales))
        return self._sales[first : first + count]

    def scratch(self, name: str) -> Path:
        """A path nobody has used."""
        return self.folder / f"{name}-{next(self._numbers)}"

    def template(self, items: int = 0) -> Path:
        """A closed ledger with that many items (the extent's, unless told) and stock for all of them."""
        items = items or self.extent.items
        found = self._templates.get(items)
        if found is None:
            found = self._templates[items] = self.scratch(f"ledger-of-{items}-items")
            asyncio.run(stock(found, items))
        return found

    def ledger(self, items: int = 0) -> Path:
        """A data folder with a fresh copy of that ledger."""
        return copy_ledger(self.template(items), self.scratch("branch"))


def measured(module: str, *arguments: object) -> dict[str, float]:
    """Run a measurement in a process of its own; its figures."""
    command = [sys.executable, "-m", f"tests.bench.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return {name: float(value) for name, value in json.loads(done.stdout).items()}
