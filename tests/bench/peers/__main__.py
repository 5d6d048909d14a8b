"""`make bench-peers`: the same sales against SQLAlchemy + SQLite, Django + PostgreSQL and PouchDB, ours in the same rounds.

What these peers need is no part of Kontor: it is installed from the pinned lists beside this file into build/, once.
A peer that this machine cannot run is named with the reason.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.figures import medians
from tests.bench.load import LoadError
from tests.bench.peers.postgres import NotHere, Postgres
from tests.bench.posting import Figures, loaded
from tests.bench.report import Goal, Row, Section, machine, say, table
from tests.bench.sales import ITEMS, SEED
from tests.bench.servers import ROOT, BranchSite, Program, ServerError, free_port
from tests.bench.setting import FULL, QUICK, Bench

HERE = Path(__file__).resolve().parent
INSTALLED = ROOT / "build" / "bench-peers"
GUNICORN_THREADS = 8


def python() -> str:
    """A Python that has the peers' packages. Raises NotHere."""
    venv, stamp = INSTALLED / "venv", INSTALLED / "venv" / "requirements.txt"
    wanted = (HERE / "requirements.txt").read_text(encoding="utf-8")
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        say("installing the Python peers' packages into build/bench-peers/venv")
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        done = subprocess.run(
            [str(venv / "bin" / "pip"), "install", "-qq", "--require-hashes", "-r", str(HERE / "requirements.txt")],
            check=False,
        )
        if done.returncode:
            raise NotHere("pip could not install tests/bench/peers/requirements.txt (is a package index reachable?)")
        stamp.write_text(wanted, encoding="utf-8")
    return str(venv / "bin" / "python")


def node() -> tuple[str, Path]:
    """Node and the folder of the PouchDB peer's packages. Raises NotHere."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        raise NotHere("there is no node with npm on this machine (Debian: sudo apt-get install nodejs npm)")
    folder = INSTALLED / "node"
    stamp, wanted = folder / "installed", (HERE / "pouchdb" / "package-lock.json").read_text(encoding="utf-8")
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        say("installing PouchDB into build/bench-peers/node")
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "pouchdb" / name, folder / name)
        done = subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, check=False, stdout=sys.stderr
        )
        if done.returncode:
            raise NotHere("npm could not install tests/bench/peers/pouchdb (is a registry reachable?)")
        stamp.write_text(wanted, encoding="utf-8")
    return program, folder


@contextlib.contextmanager
def sqlalchemy(bench: Bench) -> Iterator[Program]:
    """FastAPI + SQLAlchemy ORM + SQLite."""
    folder, port = bench.scratch("sqlalchemy"), free_port()
    command = (python(), "-m", "tests.bench.peers.sqlalchemy_sqlite", str(folder / "peer.db"), str(port))
    with Program("sqlalchemy", folder, port, command) as running:
        yield running


@contextlib.contextmanager
def django(bench: Bench) -> Iterator[Program]:
    """Django + PostgreSQL under gunicorn; the database's own CPU is not counted."""
    interpreter = python()
    with Postgres() as database:
        environment = {"PEER_HOST": "127.0.0.1", "PEER_PORT": str(database.port)}
        module = "tests.bench.peers.django_postgres"
        _until_ready([interpreter, "-m", module, "prepare"], environment)
        port = free_port()
        command = (
            interpreter, "-m", "gunicorn", f"{module}:application", "--workers", "1", "--threads", str(GUNICORN_THREADS),
            "--worker-class", "gthread", "--keep-alive", "75", "--bind", f"127.0.0.1:{port}", "--log-level", "error",
        )  # fmt: skip
        with Program("django", bench.scratch("django"), port, command, **environment) as running:
            yield running


def _until_ready(command: list[str], environment: dict[str, str]) -> None:
    """PostgreSQL opens its port a moment before it takes connections."""
    until = time.monotonic() + 20
    while True:
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, check=False)
        if done.returncode == 0:
            return
        if time.monotonic() > until:
            raise ServerError(f"the tables could not be made: {done.stderr.decode()[-1500:]}")
        time.sleep(0.2)


@contextlib.contextmanager
def pouchdb(bench: Bench) -> Iterator[Program]:
    """Express + PouchDB on leveldb."""
    program, modules = node()
    folder, port = bench.scratch("pouchdb"), free_port()
    command = (program, str(HERE / "pouchdb" / "peer.mjs"), "serve", str(port), str(folder), str(ITEMS))
    with Program("pouchdb", folder, port, command, PEER_MODULES=str(modules)) as running:
        yield running


def pouchdb_catch_up(bench: Bench) -> Figures:
    """Seconds for a backlog to reach express-pouchdb in batches of 500."""
    program, modules = node()
    folder = bench.scratch("pouchdb-catch-up")
    folder.mkdir()
    rows = [{"_id": sale.id_text, **json.loads(sale.body)} for sale in bench.sales(0, bench.extent.catch_up)]
    done = subprocess.run(
        [program, str(HERE / "pouchdb" / "peer.mjs"), "replicate", str(folder)],
        input="\n".join(map(json.dumps, rows)).encode(), stdout=subprocess.PIPE, check=True,
        env={**os.environ, "PEER_MODULES": str(modules)},
    )  # fmt: skip
    return {name: float(value) for name, value in json.loads(done.stdout).items()}


@contextlib.contextmanager
def ours(bench: Bench) -> Iterator[BranchSite]:
    """A branch with everything but headquarters."""
    with BranchSite(bench.ledger(), free_port()) as running:
        yield running


Start = Callable[[Bench], "contextlib.AbstractContextManager[Program | BranchSite]"]
PEERS: dict[str, tuple[Start, Goal | None]] = {
    "SQLAlchemy+SQLite": (sqlalchemy, Goal(at_least=20, stretch=30, ratio=True)),
    "Django+PostgreSQL": (django, Goal(at_least=15, stretch=25, ratio=True)),
    "PouchDB (no flush)": (pouchdb, None),
}
GOAL_CLIENTS = 8


def measure(bench: Bench) -> tuple[list[Section], list[str]]:
    """All rounds; the tables, and what could not be run."""
    rounds: dict[str, list[Figures]] = {}
    missing: dict[str, str] = {}
    starts: dict[str, Start] = {"ours": ours} | {name: start for name, (start, _) in PEERS.items()}
    for number in range(bench.extent.rounds):
        say(f"round {number + 1} of {bench.extent.rounds}")
        for name, start in starts.items():
            if name not in missing:
                try:
                    with start(bench) as running:
                        rounds.setdefault(name, []).append(loaded(bench, running))
                except NotHere as why:
                    missing[name] = str(why)
        if "PouchDB (no flush)" not in missing:
            rounds.setdefault("catch-up", []).append(pouchdb_catch_up(bench))
    figures = {name: medians(found) for name, found in rounds.items()}
    return _sections(bench, figures), [f"not run: {name}, because {why}" for name, why in missing.items()]


def _sections(bench: Bench, figures: dict[str, Figures]) -> list[Section]:
    mine, sections = figures["ours"], []
    for name, (_, goal) in PEERS.items():
        theirs, rows = figures.get(name), []
        if theirs is None:
            continue
        for count in bench.extent.clients:
            goals = (goal,) if goal is not None and count == GOAL_CLIENTS else ()
            rows += [
                Row(f"{count} client{'s' if count > 1 else ''}", "sales/s", (mine[f"rate {count}"],),
                    (theirs[f"rate {count}"],), "", goals),
                Row("  wait p50 / p99", "ms", (mine[f"p50 {count}"], mine[f"p99 {count}"]),
                    (theirs[f"p50 {count}"], theirs[f"p99 {count}"])),
                Row("  CPU of the server", "µs/sale", (mine[f"cpu {count}"],), (theirs[f"cpu {count}"],)),
            ]  # fmt: skip
        rows.append(Row("memory after load", "MB", (mine["rss_loaded"],), (theirs["rss_loaded"],)))
        sections.append(Section(f"Durable 5-line sales over HTTP against {name}", rows))
    if catch_up := figures.get("catch-up"):
        row = Row(f"PouchDB: {bench.extent.catch_up:,} sales to express-pouchdb", "s", (catch_up["seconds"],))
        sections.append(Section("Catch-up (ours is in `make bench`)", [row]))
    return sections


def main() -> int:
    """0 when all that this machine has was measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.peers", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="tiny counts: does it all run? the figures say nothing")
    arguments = parser.parse_args()
    extent = QUICK if arguments.quick else FULL
    print(f"Kontor against its peers: medians of {extent.rounds} interleaved rounds, seed {SEED}\n{machine()}\n")
    try:
        with Bench(extent) as bench:
            sections, missing = measure(bench)
    except (ServerError, LoadError) as error:
        say(f"the bench could not go on: {error}")
        return 1
    print(table(sections))
    print("\n".join(missing))
    return 0


if __name__ == "__main__":
    sys.exit(main())
