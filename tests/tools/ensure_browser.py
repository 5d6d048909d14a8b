"""Sees to it that this machine has a browser the page tests can drive, or says exactly what to run.

Prints the path it found. As root on Debian or Ubuntu it installs one; anywhere else it stops with the command.
It knows nothing of the tests that use the browser.
"""

import os
import shutil
import subprocess
import sys

from tests.capabilities import browser_path

FONTS = "fonts-noto-cjk"
# The headless shell is a third of the size of the full browser, so it is asked for first.
PACKAGE_SETS = (("chromium-headless-shell", FONTS), ("chromium", FONTS), ("chromium-browser", FONTS))


def install() -> None:
    """Asks apt for each set of packages in turn until one is there."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], check=False, env=environment, stdout=subprocess.DEVNULL)
    for packages in PACKAGE_SETS:
        asked = subprocess.run(
            ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages],
            check=False,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        if asked.returncode == 0 and browser_path():
            return


def main() -> int:
    """0 with the path on stdout, or 1 with the command to run on stderr."""
    if found := browser_path():
        print(f"browser: {found}")
        return 0
    may_install = os.geteuid() == 0 and shutil.which("apt-get") is not None
    if may_install:
        print("no browser found: installing one with apt-get ...", flush=True)
        install()
        if found := browser_path():
            print(f"browser: {found}")
            return 0
    print(
        "The page tests need Chromium, and this machine has none. On Debian run:\n"
        "    sudo apt-get install -y --no-install-recommends chromium-headless-shell fonts-noto-cjk\n"
        "(or: chromium fonts-noto-cjk). A browser elsewhere: KONTOR_BROWSER=/path/to/chrome make test",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
