"""Coverage-guided fuzzing with atheris: `python -m tests.faults.fuzz [--seconds 60]`; part of `make faults`.

Each target of tests/faults/fuzz/targets.py runs in a process of its own, since libFuzzer ends its process. Where
atheris is not there, nothing is run and that is said.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FETCHED = ROOT / "build" / "faults" / "atheris"
INPUT_BYTES_MAX = 4096


def fuzz(target: str, corpus: Path, seconds: int) -> None:
    """Never returns: libFuzzer ends the process, with 0 when nothing was found."""
    import atheris

    with atheris.instrument_imports(
        include=[
            "replication.wire",
            "replication.headquarters.decide",
            "peripherals.protocols",
            "peripherals.print_queue",
        ]
    ):
        from tests.faults.fuzz.targets import TARGETS
    options = [f"-max_total_time={seconds}", f"-max_len={INPUT_BYTES_MAX}", "-print_final_stats=1", "-verbosity=0"]
    atheris.Setup([sys.argv[0], str(corpus), *options], TARGETS[target])
    atheris.Fuzz()


def seeds(folder: Path) -> None:
    """Good bytes to start from."""
    from peripherals.protocols.scales import SCALES
    from tests.faults.fuzz.mutations import good_batches, good_messages
    from tests.faults.fuzz.targets import BRANCH
    from tests.peripherals.scale_transcripts import TRANSCRIPTS

    frames = [bytes((list(SCALES).index(row[0]),)) + row[2] for row in TRANSCRIPTS]
    for number, data in enumerate([*good_batches(BRANCH), *good_messages(BRANCH), *frames]):
        (folder / f"good-{number}").write_bytes(data)


def main() -> int:
    """All targets, the time divided among them. 0 when nothing was found or nothing could be run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--target")
    parser.add_argument("--corpus", type=Path)
    arguments = parser.parse_args()
    if FETCHED.is_dir():
        sys.path.insert(0, str(FETCHED))
    if importlib.util.find_spec("atheris") is None:
        print("not run: atheris, because it is not installed (make faults fetches it where there is a wheel)")
        return 0
    if arguments.target:
        fuzz(arguments.target, arguments.corpus, arguments.seconds)
    from tests.faults.fuzz.targets import TARGETS

    found = 0
    for target in TARGETS:
        with tempfile.TemporaryDirectory() as folder:
            seeds(Path(folder))
            command = [
                sys.executable, "-m", "tests.faults.fuzz", "--target", target, "--corpus", folder,
                "--seconds", str(max(1, arguments.seconds // len(TARGETS))),
            ]  # fmt: skip
            done = subprocess.run(
                command,
                cwd=folder,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                check=False,
                capture_output=True,
                text=True,
            )
        runs = next((line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed_units" in line), "?")
        print(f"atheris {target}: {runs} inputs, {'nothing found' if done.returncode == 0 else 'FOUND'}", flush=True)
        if done.returncode != 0:
            print(done.stdout[-3000:], done.stderr[-3000:])
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
