"""A real nats-server of the tests' own: started, stopped, killed, wiped."""

import asyncio
import shutil
import signal
import socket
import sys
from pathlib import Path


def nats_server_path() -> str:
    """The server of the pinned package."""
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    assert found is not None, "nats-server is installed with the project"
    return found


class NatsProcess:
    """One server on a free port with a store of its own."""

    def __init__(self, folder: Path, extra: str = "") -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = folder
        self.url = f"nats://127.0.0.1:{self.port}"
        self._config = folder / "nats.conf"
        self._process: asyncio.subprocess.Process | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._config.write_text(
            f'listen: "127.0.0.1:{self.port}"\nmax_payload: 1MB\n'
            f'jetstream {{ store_dir: "{folder / "store"}", sync_interval: always, max_file_store: 2GB }}\n{extra}\n'
        )

    async def start(self) -> None:
        """Start, and return once it answers."""
        self._process = await asyncio.create_subprocess_exec(
            nats_server_path(),
            "-c",
            str(self._config),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            await writer.wait_closed()
            return
        raise AssertionError("nats-server did not start")

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, gently or not."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(how)
            await self._process.wait()
        self._process = None

    def pause(self) -> None:
        """Freeze it: connections stand, nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Thaw it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def wipe(self) -> None:
        """Its store is gone."""
        assert self._process is None, "only a stopped server is wiped"
        shutil.rmtree(self.folder / "store", ignore_errors=True)
