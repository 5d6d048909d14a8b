"""`kontor export DIR`: everything the running branch holds, one file for each list; the journal as JSON lines."""

import argparse
import contextlib
from pathlib import Path
from typing import Final

from gateway.cli.branch_door import BranchDoor, which_branch
from gateway.cli.command import Command, Refused

KINDS: Final = (
    "items", "barcodes", "balances", "lots", "movements", "documents", "suppliers", "members", "recipes", "journal",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of which branch, and where to."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the files go; is made where it is not there")
    which_branch(parser)
    parser.add_argument("--format", choices=("csv", "xlsx", "jsonl"), default="csv", help="of the lists (default: csv)")


def run(arguments: argparse.Namespace) -> int:
    """Writes each file under its name only when it is whole."""
    try:
        with contextlib.closing(BranchDoor(arguments.config, arguments.person)) as door:
            _write(door, arguments.folder, arguments.format)
    except OSError as refused:
        raise Refused(f"the export cannot be written: {refused.strerror}", where=refused.filename) from None
    if arguments.format == "csv":
        print(
            "cells that begin like a formula have an apostrophe in front, which `kontor import` takes off again"
            " · 以公式符号开头的单元格前加了撇号，kontor import 会自动去掉"
        )
    return 0


def _write(door: BranchDoor, folder: Path, lists: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        form = "jsonl" if kind == "journal" else lists
        target = folder / f"{kind}.{form}"
        draft = target.with_name(f".{target.name}.partial")
        with draft.open("wb") as file:
            for chunk in door.fetch(f"/api/v1/exports/{kind}?format={form}"):
                file.write(chunk)
        draft.rename(target)
        print(f"{target} ({target.stat().st_size} bytes)")


COMMAND = Command("write everything a running branch holds into files", add_arguments, run)
