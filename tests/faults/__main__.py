"""`make faults`: every fault injected into real parts, then the table. `--report FILE` writes the same as JSON.

Further arguments go to pytest: `make faults ARGS="-k power_cut"`.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.faults import fetch

FUZZ_SECONDS = 60


def main() -> int:
    """Fetch what can be fetched, run all fault tests, fuzz; 0 when nothing was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the table as JSON, for docs/faults.md")
    parser.add_argument("--no-fetch", action="store_true", help="use only what is here")
    parser.add_argument("--fuzz-seconds", type=int, default=FUZZ_SECONDS, help="0 leaves atheris out")
    arguments, rest = parser.parse_known_args()
    if not arguments.no_fetch:
        fetch.main()
    environment = os.environ | {"KONTOR_FAULTS": "all"}
    if arguments.report:
        environment["KONTOR_FAULT_REPORT"] = str(arguments.report.resolve())
    code = subprocess.run([sys.executable, "-m", "pytest", "tests/faults", "-q", *rest], env=environment, check=False)
    found = 0
    if arguments.fuzz_seconds:
        command = [sys.executable, "-m", "tests.faults.fuzz", "--seconds", str(arguments.fuzz_seconds)]
        found = subprocess.run(command, check=False).returncode
    return code.returncode or found


if __name__ == "__main__":
    sys.exit(main())
