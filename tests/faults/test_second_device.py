"""Two devices of one branch as two real `kontor serve`: a copied card, and a replaced device that comes back."""

import asyncio
import http.client
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from admin_ui.serving.people import People
from admin_ui.serving.roles import Role
from tests.faults.conftest import Tell
from tests.faults.pace import Pace, Rounds
from tests.faults.parts import CONVERGE_SECONDS_MAX, ROOT, Chain, Site

pytestmark = [pytest.mark.needs("nats-server"), pytest.mark.only_in_make_faults]

PIN = "2580"


def chains(folder: Path, times: Rounds) -> Iterator[tuple[Chain, Path]]:
    """A shop with a folder of its own for each time; closed before the next one is made."""
    for number in times:
        place = folder / str(number)
        place.mkdir()
        chain = Chain(place)
        try:
            yield chain, place
        finally:
            chain.close()


def kontor(*arguments: str) -> str:
    """One command; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway", *arguments], check=False, capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def second_device(chain: Chain, folder: Path) -> Site:
    """Another device of the same branch, not started yet."""
    (folder / "logs").mkdir(parents=True)
    made = Site("b001", "serve", folder / "b001", folder / "logs", chain.branch.settings)
    chain.parts = (*chain.parts, made)
    return made


def signed_in(site: Site) -> int:
    """The status of a sign-in with the PIN."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    try:
        body = json.dumps({"person": "lin", "pin": PIN, "station": "till-1"})
        connection.request("POST", "/api/v1/session", body, {"Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()


async def hire(folder: Path) -> None:
    """Somebody who may sign in at the till."""
    people = await People.open(folder / "people.db", clock=time.time)
    await people.put("lin", display_name="Lin Yue", display_name_zh="林月", role=Role.CASHIER, pin=PIN, password=None)
    await people.close()


def all_arrive(chain: Chain) -> tuple[int, int, float]:
    """(lost, doubled, seconds) once every acknowledged sale of both devices is at headquarters and at the branch."""
    began = time.monotonic()
    acknowledged = {key for client in chain.clients for key in client.acknowledged}
    while True:
        chain.converged()
        held = [
            {row["id"] for row in site.rows(path)}
            for site, path in ((chain.branch, "/documents?type=sale"), (chain.hq, "/documents?branch=b001&type=sale"))
        ]
        if all(acknowledged <= one for one in held) or time.monotonic() - began > CONVERGE_SECONDS_MAX:
            return *chain.count(), time.monotonic() - began
        time.sleep(0.2)


def test_a_replaced_device_that_comes_back_brings_its_sales(tally: Tell, pace: Pace, tmp_path: Path) -> None:
    """Row 39. A new device rejoins with a code and sells; nobody can sign in there until the people of a backup are copied.
    The old one comes back with sales nobody had heard of: it is fenced, sells on, and each of its sales is handed over."""
    times, events, worst = pace.rounds(most=10, least=10), 0, 0.0
    for chain, place in chains(tmp_path, times):
        lost, doubled, seconds = replaced_and_back(chain, place)
        assert (lost, doubled) == (0, 0)
        events, worst = events + chain.sold(), max(worst, seconds)
    tally(
        row="39",
        fault="a replaced device comes back with sales",
        injected=times.done,
        events=events,
        lost=0,
        doubled=0,
        seconds=worst,
    )


def replaced_and_back(chain: Chain, place: Path) -> tuple[int, int, float]:
    old = chain.branch
    old.folder.mkdir(parents=True)
    asyncio.run(hire(old.folder))
    chain.start().sell(1)
    chain.sell_more(10)
    chain.caught_up()
    kontor("backup", "--config", str(old.config), str(place / "backup"))
    chain.nats.stop()
    chain.sell_more(10)
    chain.enough()
    old.kill()
    chain.nats.start()

    code = kontor("hq-replace", "--config", str(chain.hq.config), "--branch", "b001").strip()
    new = second_device(chain, place / "new")
    new.command()
    said = kontor("rejoin", "--config", str(new.config), "--code", code)
    assert "People are not kept at headquarters" in said
    new.start()
    assert signed_in(new) in {401, 403}
    new.stop()
    for name in ("people.db", "token.key"):
        shutil.copy(place / "backup" / name, new.folder / name)
    new.start()
    assert signed_in(new) == 200
    assert new.ask("GET", "/stock?limit=1")[0] == 200
    chain.branch = new
    chain.sell(1, seed=2)
    chain.sell_more(10)
    old.start()
    chain.branch = old
    chain.sell(1, seed=3)
    chain.branch = new
    chain.sell_more(20)
    chain.enough()
    counted = all_arrive(chain)
    assert old.ask("GET", "/replication")[1]["state"] == "fenced"
    return counted


def test_two_copies_of_one_card_lose_no_sale(tally: Tell, pace: Pace, tmp_path: Path) -> None:
    """Row 38. The card is copied and both sell at the same time: one is fenced, and headquarters has each sale once."""
    times, events, worst = pace.rounds(most=10, least=10), 0, 0.0
    for chain, place in chains(tmp_path, times):
        lost, doubled, seconds = copied_and_both_selling(chain, place)
        assert (lost, doubled) == (0, 0)
        events, worst = events + chain.sold(), max(worst, seconds)
    tally(
        row="38",
        fault="a copied card, both selling",
        injected=times.done,
        events=events,
        lost=0,
        doubled=0,
        seconds=worst,
    )


def copied_and_both_selling(chain: Chain, place: Path) -> tuple[int, int, float]:
    first = chain.branch
    chain.start().sell(1)
    chain.sell_more(10)
    first.stop()
    second = second_device(chain, place / "copy")
    shutil.copytree(first.folder, second.folder)
    first.start()
    second.start()
    chain.branch = second
    chain.sell(1, seed=2)
    chain.sell_more(30)
    chain.enough()
    until, states = time.monotonic() + CONVERGE_SECONDS_MAX, dict[str, Site]()
    while "fenced" not in states:
        assert time.monotonic() < until, states
        states = {site.ask("GET", "/replication")[1]["state"]: site for site in (first, second)}
        time.sleep(0.2)
    chain.branch = second if states["fenced"] is first else first
    return all_arrive(chain)
