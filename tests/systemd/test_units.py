"""The service units: systemd accepts them, they are hardened, and they name what exists."""

import re
import subprocess
from pathlib import Path

import pytest

from gateway.cli.__main__ import command_names
from tests.house.source_tree import ROOT

FOLDER = ROOT / "systemd"
UNITS = ("kontor-branch.service", "kontor-headquarters.service", "kontor-nats.service")
OURS = UNITS[:2]
EXPOSURE_MAX = 2.5


def settings(unit: str) -> list[tuple[str, str]]:
    """The unit's `Name=value` lines in order."""
    lines = (FOLDER / unit).read_text(encoding="utf-8").splitlines()
    return [(name, value) for name, eq, value in (line.partition("=") for line in lines if line[:1].isalpha()) if eq]


def with_existing_programs(unit: str, folder: Path) -> Path:
    """A copy whose programs exist here: `verify` refuses a unit whose program is not installed."""
    text = (FOLDER / unit).read_text(encoding="utf-8").replace("/opt/kontor/bin", str(folder))
    for name in ("kontor", "nats-server"):
        program = folder / name
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    (folder / unit).write_text(text, encoding="utf-8")
    return folder / unit


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_accepts_the_unit(unit: str, tmp_path: Path) -> None:
    for name in UNITS:
        with_existing_programs(name, tmp_path)
    asked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit)], capture_output=True, text=True, check=False
    )
    about_ours = [line for line in (asked.stdout + asked.stderr).splitlines() if "kontor" in line]
    assert about_ours == []
    assert asked.returncode == 0, asked.stderr


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize("unit", UNITS)
def test_the_unit_is_exposed_to_2_5_at_most(unit: str) -> None:
    asked = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(FOLDER / unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"exposure level for \S+: ([\d.]+)", asked.stdout)
    assert found, asked.stdout + asked.stderr
    assert float(found[1]) <= EXPOSURE_MAX


@pytest.mark.needs("systemd-analyze")
def test_a_misspelt_setting_would_be_found(tmp_path: Path) -> None:
    unit = with_existing_programs(OURS[0], tmp_path)
    unit.write_text(unit.read_text().replace("WatchdogSec=", "WatchdogSecs="))
    asked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert "WatchdogSecs" in asked.stderr


@pytest.mark.parametrize("unit", OURS)
def test_our_units_say_when_they_are_ready_and_are_watched(unit: str) -> None:
    found = dict(settings(unit))
    assert found["Type"] == "notify"
    assert int(found["WatchdogSec"]) <= 30
    assert found["Restart"] == "always"


@pytest.mark.parametrize("unit", OURS)
def test_our_units_call_a_command_that_exists(unit: str) -> None:
    program, command, option, _file = dict(settings(unit))["ExecStart"].split()
    assert program.endswith("/kontor")
    assert command in command_names()
    assert option == "--config"


def test_the_branch_may_open_a_shop_s_devices_and_no_other() -> None:
    found = settings("kontor-branch.service")
    assert ("DevicePolicy", "closed") in found
    allowed = {value for name, value in found if name == "DeviceAllow"}
    serial = {"char-ttyUSB rw", "char-ttyACM rw", "char-ttyAMA rw", "char-ttyS rw"}
    assert allowed == serial | {"char-usb rw", "char-hidraw r", "char-input r"}


RULE = re.compile(r'[A-Z_]+(\{[A-Za-z0-9_/]+\})?(==|!=|=|\+=)"[^"]*"', re.ASCII)


def test_the_rules_for_devices_are_rules_and_give_to_a_user_there_is() -> None:
    """udev skips a line it cannot read, and the scanner would be silent for no visible reason."""
    text = (FOLDER / "60-kontor-devices.rules").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines
    for line in lines:
        assert all(RULE.fullmatch(part) for part in line.split(", ")), line
        assert line.startswith("SUBSYSTEM==")
    groups = set(re.findall(r'GROUP="([^"]*)"', text))
    assert groups == {dict(settings("kontor-branch.service"))["Group"]}


def test_every_user_and_folder_a_unit_names_is_made() -> None:
    users = (FOLDER / "kontor.sysusers").read_text()
    folders = (FOLDER / "kontor.tmpfiles").read_text()
    for unit in UNITS:
        found = dict(settings(unit))
        assert re.search(rf"^u\s+{found['User']}\s", users, re.MULTILINE)
        assert re.search(rf"^d\s+{found['WorkingDirectory']}\s+0700\s+{found['User']}\s", folders, re.MULTILINE)
        assert found["StateDirectory"] == Path(found["WorkingDirectory"]).name


def test_the_readme_names_every_file_here() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in FOLDER.iterdir() if path.name != "README.md" and path.name not in text] == []
