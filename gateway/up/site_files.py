"""The settings `kontor up` gives its sites, and the people who may sign in to them. Written anew at each start."""

import json
import socket
import time
from dataclasses import dataclass

from admin_ui.serving.people import People
from admin_ui.serving.roles import Role
from gateway.up.home import write_whole
from gateway.up.plan import HOST, Plan, Site

# On loopback a lost connection is back in milliseconds; nobody should wait a minute for it.
RECONNECT_SECONDS_MAX = 5


@dataclass(frozen=True, kw_only=True)
class DemoPerson:
    """Somebody who can sign in to a demo. The secrets are printed at start and good for nothing else."""

    person: str
    name: str
    name_zh: str
    role: Role
    pin: str
    password: str | None


PEOPLE = (
    DemoPerson(person="lin", name="Lin Yue", name_zh="林月", role=Role.CASHIER, pin="1111", password=None),
    DemoPerson(
        person="chen", name="Chen Wei", name_zh="陈伟", role=Role.MANAGER, pin="2222", password="kontor-manager"
    ),
    DemoPerson(person="admin", name="Admin", name_zh="管理员", role=Role.ADMIN, pin="9999", password="kontor-admin"),
)


@dataclass(frozen=True, kw_only=True)
class FloorPorts:
    """Where a branch's simulated devices answer; chosen at each start."""

    page: int
    printer: int
    kitchen: int

    @property
    def page_url(self) -> str:
        """The page that shows them."""
        return f"http://{HOST}:{self.page}/"


def choose_floor_ports() -> FloorPorts:
    """Ports nobody uses at this moment."""
    with socket.socket() as page, socket.socket() as printer, socket.socket() as kitchen:
        for door in (page, printer, kitchen):
            door.bind((HOST, 0))
        return FloorPorts(
            page=page.getsockname()[1], printer=printer.getsockname()[1], kitchen=kitchen.getsockname()[1]
        )


def write_branch(plan: Plan, site: Site, floor: FloorPorts) -> None:
    """A branch's folder and settings: one till with a scale, a scanner, a printer and a display for the customer; where it
    has a kitchen, that one's printer as well."""
    (site.folder / "dev").mkdir(parents=True, exist_ok=True)
    write_whole(
        site.config,
        f"""# Written by `kontor up` at each start: changes made here are lost.
[site]
id = {_text(site.id)}
name = {_text(site.name)}
name_zh = {_text(site.name_zh)}
currency = "CNY"
time_zone = "Asia/Shanghai"
data = "."

[web]
host = "{HOST}"
port = {site.port}

[headquarters]
nats_url = {_text(plan.nats_url)}
reconnect_seconds_max = {RECONNECT_SECONDS_MAX}

[[devices]]
name = "scale-1"
driver = "toledo8217"
transport = "serial"
path = "dev/scale-1"
baud_rate = 9600
framing = "7E1"

[[devices]]
name = "scanner-1"
driver = "serial-scanner"
transport = "serial"
path = "dev/scanner-1"
baud_rate = 9600
framing = "8N1"

[[devices]]
name = "printer-1"
driver = "escpos"
transport = "tcp"
host = "{HOST}"
port = {floor.printer}

[[devices]]
name = "display-1"
driver = "cd5220"
transport = "serial"
path = "dev/display-1"
encoding = "gb18030"

[[stations]]
name = "till-1"
scale = "scale-1"
scanner = "scanner-1"
printer = "printer-1"
display = "display-1"

{_kitchen(floor) if site.kitchen else ""}[demo]
enabled = true
devices_url = {_text(floor.page_url)}
""",
    )


def _kitchen(floor: FloorPorts) -> str:
    """The hot food counter: its dishes come out on a printer of its own, and at the till when that one fails."""
    return f"""[[devices]]
name = "kitchen-printer"
driver = "escpos"
transport = "tcp"
host = "{HOST}"
port = {floor.kitchen}
beeper = "common"

[[kitchens]]
name = "Hot food 热菜"
printer = "kitchen-printer"
categories = ["Hot food"]
fallback = "printer-1"

"""


def write_headquarters(plan: Plan) -> None:
    """Headquarters' folder and settings."""
    site = plan.headquarters
    site.folder.mkdir(parents=True, exist_ok=True)
    write_whole(
        site.config,
        f"""# Written by `kontor up` at each start: changes made here are lost.
[site]
id = {_text(site.id)}
name = {_text(site.name)}
name_zh = {_text(site.name_zh)}
currency = "CNY"
time_zone = "Asia/Shanghai"
data = "."

[web]
host = "{HOST}"
port = {site.port}

[nats]
url = {_text(plan.nats_url)}
reconnect_seconds_max = {RECONNECT_SECONDS_MAX}
""",
    )


async def add_people(site: Site, *, tills: bool) -> None:
    """The demo's people, unless they are there: somebody may have changed their secrets. HQ has no cashiers."""
    people = await People.open(site.folder / "people.db", clock=time.time)
    try:
        known = {person.person for person in await people.list()}
        for new in PEOPLE:
            if new.person not in known and (tills or new.password):
                await people.put(
                    new.person,
                    display_name=new.name,
                    display_name_zh=new.name_zh,
                    role=new.role,
                    pin=new.pin if tills else None,
                    password=new.password,
                )
    finally:
        await people.close()


def _text(value: str) -> str:
    """A TOML string; JSON's escapes are TOML's."""
    return json.dumps(value, ensure_ascii=False)
