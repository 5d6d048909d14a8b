"""A PostgreSQL server of Debian's package, on a free port in a temporary folder, flushing each commit."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.servers import Server, free_port

USER = "postgres"
"""PostgreSQL refuses to run as root; Debian's package brings this user."""


class NotHere(Exception):
    """Something this peer needs is missing; says what, and how it is had."""


def programs() -> Path:
    """The folder of initdb and postgres, installed where we may. Raises NotHere."""
    if found := _installed():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-q"], check=False, env=environment, **quiet)
        subprocess.run(["apt-get", "install", "-qq", "-y", "postgresql"], check=False, env=environment, **quiet)
        if found := _installed():
            return found
    raise NotHere("there is no PostgreSQL on this machine (Debian: sudo apt-get install postgresql)")


def _installed() -> Path | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    return next(
        (folder for folder in folders if (folder / "initdb").exists()), Path(on_path).parent if on_path else None
    )


class Postgres(Server):
    """One cluster. Trusts the loopback; nothing else can reach it."""

    name = "postgres"

    def __init__(self) -> None:
        self._programs = programs()
        # Not under the checkout: the other user may not be allowed in there.
        super().__init__(Path(tempfile.mkdtemp(prefix="kontor-bench-postgres-")), free_port())
        if os.geteuid() == 0:
            owner = pwd.getpwnam(USER)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self._as_user(
            [str(self._programs / "initdb"), "-D", str(self.folder / "data"), "-A", "trust", "-U", "postgres"]
        )

    def _as_user(self, command: Sequence[str]) -> None:
        subprocess.run([*self._prefix(), *command], check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    @staticmethod
    def _prefix() -> list[str]:
        return ["setpriv", "--reuid", USER, "--regid", USER, "--init-groups"] if os.geteuid() == 0 else []

    def command(self) -> Sequence[str]:
        """The server itself, in the foreground."""
        return [
            *self._prefix(), str(self._programs / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port),
            "-h", "127.0.0.1", "-k", str(self.folder), "-c", "fsync=on", "-c", "synchronous_commit=on",
        ]  # fmt: skip

    def stop(self) -> None:
        """And away with the folder."""
        super().stop()
        shutil.rmtree(self.folder, ignore_errors=True)
