"""`make emupos ARGS="--python python3.13"`: our drivers against emupos (github.com/ahmedalrifai/emupos), a simulator whose authors never saw them.

It needs Python 3.13, so it runs as a process of its own, in an environment of its own under build/emupos that this makes once
from the package index. Not part of `make test`. Refuses to pass where it could not run.
"""

import argparse
import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from peripherals.config import DeviceConfig
from peripherals.events import NotReady, PrintJobChanged, Scanned, Weighed
from peripherals.hub import Hub
from peripherals.print_job import Barcode, Columns, Cut, PrintJob, QrCode, Rule, TextLine

WANTED: Final = "emupos==0.4.0"
ROOT: Final = Path(__file__).resolve().parents[2]
HOME: Final = ROOT / "build" / "emupos"
SECONDS_MAX: Final = 30.0
CONFIG: Final = """schema: 1
api: {{ host: 127.0.0.1, port: {api} }}
devices:
  - id: front
    type: printer
    profile: epson-tm-t20iii
    job_idle_timeout_ms: 300
    connections:
      - tcp: {{ port: {printer} }}
  - id: deli
    type: scale
    profile: toledo8217-15kg
    connections:
      - serial: {{ pty: true }}
  - id: bench
    type: scale
    profile: sma-15kg
    connections:
      - serial: {{ pty: true }}
  - id: lane
    type: scanner
    mode: serial
    connections:
      - serial: {{ pty: true }}
"""
RECEIPT: Final = PrintJob(
    (
        TextLine("Riverside shop", align="center", bold=True, double=True),
        Rule(),
        Columns("Café crème", "12.50"),
        Barcode("4006381333931", "ean13"),
        Barcode("1604010203AB", "code128"),
        QrCode("https://shop.example/r/1"),
        Cut(),
    )
)


class Failed(Exception):
    """What did not come true."""


class Emupos:
    """The running simulator, through its control interface."""

    def __init__(self, port: int) -> None:
        self._api = f"http://127.0.0.1:{port}/api/v1"

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        """One call; raises OSError."""
        request = urllib.request.Request(
            self._api + path, None if body is None else json.dumps(body).encode(), {"Content-Type": "application/json"},
            method=method,
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=5) as answer:
            data: bytes = answer.read()
            return data

    def device(self, name: str) -> dict[str, Any]:
        """One device and its state."""
        found: dict[str, Any] = json.loads(self.ask("GET", f"/devices/{name}"))
        return found


def environment(python: str) -> Path:
    """The program, installed once. Raises `Failed`."""
    program = HOME / "bin" / "emupos"
    if program.exists():
        return program
    found = shutil.which(python)
    version = "import sys; sys.exit(sys.version_info < (3, 13))"
    if found is None or subprocess.run([found, "-c", version], check=False, capture_output=True).returncode:
        raise Failed(
            f"{python} is no Python 3.13 or newer, which emupos needs: make emupos ARGS='--python /path/to/python3.13'"
        )
    for command in ([found, "-m", "venv", str(HOME)], [str(HOME / "bin" / "pip"), "install", "--quiet", WANTED]):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            shutil.rmtree(HOME, ignore_errors=True)
            raise Failed(f"{WANTED} cannot be installed: {done.stderr.strip().splitlines()[-1:]}")
    return program


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number: int = taken.getsockname()[1]
        return number


async def until(what: str, true: Callable[[], Any]) -> Any:
    """Waits until it is so; raises `Failed`."""
    ends = time.monotonic() + SECONDS_MAX
    while time.monotonic() < ends:
        try:
            if value := await asyncio.to_thread(true):
                print(f"ok    {what}", flush=True)
                return value
        except OSError:
            # Not up yet, or the receipt is not there yet.
            pass
        await asyncio.sleep(0.05)
    raise Failed(what)


async def story(emupos: Emupos, printer_port: int) -> None:
    """One counter: paper, drawer, weights, a code."""
    await until("emupos is up", lambda: emupos.ask("GET", "/health"))
    paths = {}
    for name in ("deli", "bench", "lane"):
        (line,) = emupos.device(name)["connections"]
        paths[name] = line["link_path"] or line["device_path"]
    hub = Hub(
        [
            DeviceConfig(
                name="front", driver="escpos", transport="tcp", host="127.0.0.1", port=printer_port, encoding="cp858"
            ),
            DeviceConfig(name="deli", driver="toledo8217", transport="serial", path=paths["deli"]),
            DeviceConfig(name="bench", driver="sma", transport="serial", path=paths["bench"]),
            DeviceConfig(name="lane", driver="serial-scanner", transport="serial", path=paths["lane"]),
        ]
    )
    events: list[tuple[str, Any]] = []
    note = events.append

    async def listen() -> None:
        with hub.subscribe() as told:
            async for one in told:
                note((one.device, one.event))

    running = [asyncio.create_task(hub.run()), asyncio.create_task(listen())]
    try:
        await paper(hub, emupos)
        await goods(emupos, events)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def paper(hub: Hub, emupos: Emupos) -> None:
    """Receipts, faults and the drawer."""

    def state(job: str) -> PrintJobChanged | None:
        return hub.print_job("front", job)

    def is_so(job: str, wanted: str, detail: str = "") -> Callable[[], bool]:
        return lambda: (found := state(job)) is not None and (found.state, found.detail) == (wanted, detail)

    await until("the printer answers", lambda: hub.states()[0].state == "online")
    hub.print("front", "1", RECEIPT)
    await until("a receipt is printed, as the printer itself says", is_so("1", "printed"))
    await until("it is one receipt", lambda: len(json.loads(emupos.ask("GET", "/devices/front/receipts"))) == 1)
    text = emupos.ask("GET", "/devices/front/receipts/latest/text").decode()
    for words in ("Riverside shop", "Café crème", "12.50", "4006381333931"):
        await until(f"it says {words!r}", lambda words=words: words in text)  # type: ignore[misc]
    for fault, detail in (("paper-out", "paper_end"), ("cover-open", "cover_open")):
        emupos.ask("PUT", f"/devices/front/faults/{fault}")
        hub.print("front", fault, RECEIPT)
        await until(f"{fault}: the job waits and says why", is_so(fault, "waiting", detail))
        emupos.ask("DELETE", f"/devices/front/faults/{fault}")
        await until(f"{fault} no more: it is printed", is_so(fault, "printed"))
    hub.open_drawer("front")
    await until("the drawer opens", lambda: emupos.device("front")["state"]["drawer"] == "open")


async def goods(emupos: Emupos, events: list[tuple[str, Any]]) -> None:
    """Weights at rest and moving, and a code."""
    for name in ("deli", "bench"):
        emupos.ask("PUT", f"/devices/{name}/weight", {"grams": 1250, "stable": True})
        await until(
            f"{name}: 1.250 kg at rest",
            lambda name=name: [  # type: ignore[misc]
                event for device, event in events if device == name and isinstance(event, Weighed)
                and event.weight.thousandths == 1_250 and event.weight.unit == "kg"
            ],
        )  # fmt: skip
        events.clear()
        emupos.ask("PUT", f"/devices/{name}/weight", {"grams": 2000, "stable": False})
        await until(
            f"{name}: moving",
            lambda name=name: [  # type: ignore[misc]
                event for device, event in events if device == name and isinstance(event, NotReady)
                and event.status == "unstable"
            ],
        )  # fmt: skip
        if [event for device, event in events if device == name and isinstance(event, Weighed)]:
            raise Failed(f"{name}: no weight while it moves")
    emupos.ask("POST", "/devices/lane/scans", {"data": "4006381333931", "countdown_seconds": 0})
    await until(
        "a code is scanned",
        lambda: [event for _, event in events if isinstance(event, Scanned) and event.data == "4006381333931"],
    )


def main() -> int:
    """0 when all of it came true."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default="python3.13")
    arguments = parser.parse_args()
    try:
        program = environment(arguments.python)
    except Failed as refused:
        print(f"not run: {refused}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        api, printer = free_port(), free_port()
        (Path(folder) / "emupos.yaml").write_text(CONFIG.format(api=api, printer=printer), encoding="utf-8")
        with (Path(folder) / "said").open("w+") as said:
            running = subprocess.Popen(
                [str(program), "run"], cwd=folder, env={**os.environ, "TMPDIR": folder}, stdout=said, stderr=said
            )
            try:
                asyncio.run(story(Emupos(api), printer))
            except Failed as failed:
                said.seek(0)
                print(f"FAILED {failed}\n{said.read()[-2_000:]}", file=sys.stderr)
                return 1
            finally:
                running.terminate()
                running.wait(10)
    return 0


if __name__ == "__main__":
    sys.exit(main())
