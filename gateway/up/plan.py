"""What `kontor up` was asked for, and the sites that follow from it: names, folders, ports. Starts nothing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
# Two processes and some 80 MB each: past this a laptop is busy with starting them.
BRANCHES_MAX: Final = 32
# What the sample shop's branches are called; branches past these are numbered.
BRANCH_NAMES: Final = (
    ("Riverside store", "河滨店"),
    ("Old Town store", "老城店"),
    ("Station store", "车站店"),
    ("Harbour store", "港口店"),
)


class PlanError(Exception):
    """What was asked for does not fit together."""

    def __init__(self, what: str, hint: str) -> None:
        """`hint` says which option to change."""
        super().__init__(what)
        self.hint = hint


@dataclass(frozen=True, kw_only=True)
class Options:
    """The command line of `kontor up`."""

    home: Path
    branches: int
    branch_port: int
    hq_port: int
    nats_port: int
    empty: bool
    traffic: bool


@dataclass(frozen=True, kw_only=True)
class Site:
    """A branch or headquarters: where it lives and where it answers."""

    id: str
    name: str
    name_zh: str
    folder: Path
    port: int
    kitchen: bool = False

    @property
    def config(self) -> Path:
        """Its settings, written anew at each start."""
        return self.folder / "config.toml"

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://{HOST}:{self.port}/"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that will run, before anything runs."""

    options: Options
    headquarters: Site
    branches: tuple[Site, ...]

    @property
    def sites(self) -> tuple[Site, ...]:
        """Headquarters first."""
        return (self.headquarters, *self.branches)

    @property
    def nats_folder(self) -> Path:
        """The NATS server's settings and its JetStream store."""
        return self.options.home / "nats"

    @property
    def nats_url(self) -> str:
        """Where the sites find the NATS server."""
        return f"nats://{HOST}:{self.options.nats_port}"

    @property
    def ports(self) -> dict[int, tuple[str, str]]:
        """Every port with what needs it, and the option that moves it."""
        found = {
            self.options.nats_port: ("the NATS server", "--nats-port"),
            self.options.hq_port: ("headquarters", "--hq-port"),
        }
        return found | {branch.port: (f"branch {branch.id}", "--branch-port") for branch in self.branches}


def make_plan(options: Options) -> Plan:
    """The sites for these options, or a `PlanError`."""
    if not 1 <= options.branches <= BRANCHES_MAX:
        raise PlanError(
            f"{options.branches} branches cannot be started", f"give --branches a number from 1 to {BRANCHES_MAX}"
        )
    branch_ports = range(options.branch_port, options.branch_port + options.branches)
    wanted = [*branch_ports, options.hq_port, options.nats_port]
    if bad := [port for port in wanted if not 1 <= port <= 65535]:
        raise PlanError(f"{bad[0]} is no port", "ports go from 1 to 65535")
    if twice := sorted({port for port in wanted if wanted.count(port) > 1}):
        raise PlanError(
            f"port {twice[0]} is asked for twice (branches take {branch_ports[0]} to {branch_ports[-1]},"
            f" headquarters {options.hq_port}, the NATS server {options.nats_port})",
            "move one of them with --branch-port, --hq-port or --nats-port",
        )
    headquarters = Site(id="hq", name="Headquarters", name_zh="总部", folder=options.home / "hq", port=options.hq_port)
    return Plan(
        options=options,
        headquarters=headquarters,
        branches=tuple(_branch(options, number, port) for number, port in enumerate(branch_ports)),
    )


def _branch(options: Options, number: int, port: int) -> Site:
    site = f"b{number + 1:03}"
    name, name_zh = BRANCH_NAMES[number] if number < len(BRANCH_NAMES) else (f"Store {number + 1}", f"{number + 1}号店")
    # The sample shop's first branch has a counter for hot food; an empty one has nothing to cook.
    kitchen = number == 0 and not options.empty
    return Site(id=site, name=name, name_zh=name_zh, folder=options.home / site, port=port, kitchen=kitchen)
