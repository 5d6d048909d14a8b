"""`kontor import KIND FILE`: brings a table into the running branch, all of it or nothing, and says of each bad row what to do."""

import argparse
import contextlib
import sys
import time
import uuid
from pathlib import Path
from typing import Any, Final

from gateway.cli.branch_door import BranchDoor, which_branch
from gateway.cli.command import FAILED, Command, Refused

KINDS: Final = ("items", "barcodes", "balances", "suppliers", "members", "recipes")
LOOK_SECONDS: Final = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What, from where, into which branch."""
    parser.add_argument("kind", choices=KINDS, help="what the table is of")
    parser.add_argument("file", type=Path, metavar="FILE", help="a CSV file (UTF-8 or GB18030) or an .xlsx workbook")
    which_branch(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what it would do, and do nothing")
    parser.add_argument("--again", action="store_true", help="bring a file that was brought before once more")


def run(arguments: argparse.Namespace) -> int:
    """0 when all is in (or would be), 1 with a bad row."""
    try:
        data = arguments.file.read_bytes()
    except OSError as refused:
        raise Refused(f"the file cannot be read: {refused.strerror}", where=str(arguments.file)) from None
    with contextlib.closing(BranchDoor(arguments.config, arguments.person)) as door:
        return _bring(door, arguments, data)


def _bring(door: BranchDoor, arguments: argparse.Namespace, data: bytes) -> int:
    path = f"/api/v1/imports/{arguments.kind}"
    told = door.ask("POST", f"{path}?dry_run=true", data)
    _say(told)
    if told["bad_row_count"]:
        print("nothing was imported · 未导入任何数据")
        return FAILED
    if arguments.dry_run:
        return 0
    told = door.ask("POST", path + (f"?id={uuid.uuid4()}" if arguments.again else ""), data)
    if told["state"] == "done" and told["taken_as"]["format"] == "known":
        print("this file was imported before; nothing was done (--again imports it once more)"
              " · 此文件已导入过，未重复导入（加 --again 可再次导入）")  # fmt: skip
        return FAILED if told["bad_row_count"] else 0
    while told["state"] != "done":
        if sys.stderr.isatty():
            print(f"\r{told['done']}/{told['changes']} ", end="", file=sys.stderr, flush=True)
        time.sleep(LOOK_SECONDS)
        told = door.ask("GET", f"/api/v1/imports/{told['id']}")
    print(f"imported: {told['changed']} new or changed · 已导入，新增或变更 {told['changed']} 项")
    _rows(told)
    return FAILED if told["bad_row_count"] else 0


def _say(told: dict[str, Any]) -> None:
    taken = told["taken_as"]
    seen = ", ".join(str(taken[name]) for name in ("format", "encoding", "delimiter", "sheet") if taken[name])
    print(f"read as {seen}; columns: {', '.join(told['columns'])} · 已按此读取")
    print(
        f"{told['rows']} rows: {told['made']} new, {told['changed']} changed, {told['same']} the same,"
        f" {told['bad_row_count']} bad · 共 {told['rows']} 行：新增 {told['made']}，变更 {told['changed']}，"
        f"相同 {told['same']}，有误 {told['bad_row_count']}"
    )
    _rows(told)


def _rows(told: dict[str, Any]) -> None:
    for bad in told["bad_rows"]:
        place = ", ".join(
            part for part in (f"row {bad['row']}", bad["column"], bad["value"] and repr(bad["value"])) if part
        )
        print(f"  {place}: {bad['detail']} · {bad['detail_zh']}")
    if told["bad_row_count"] > len(told["bad_rows"]):
        print(f"  … {told['bad_row_count'] - len(told['bad_rows'])} more · 其余未列出")


COMMAND = Command("bring a table of goods, balances, partners or recipes into the running branch", add_arguments, run)
