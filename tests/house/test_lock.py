"""The lock: every package pinned and hashed, for every machine we promise, and no word about where it came from."""

import re
import tomllib

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.source_tree import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ENTRIES = [entry.replace("\\\n", " ") for entry in re.split(r"\n(?=\S)", LOCK.strip())]


def pinned() -> dict[str, Requirement]:
    """The locked requirements by name."""
    requirements = [Requirement(entry.split("--hash", 1)[0].strip()) for entry in ENTRIES]
    return {canonicalize_name(r.name): r for r in requirements}


def test_every_entry_is_pinned_to_one_version() -> None:
    assert [str(r) for r in pinned().values() if not re.fullmatch(r"==[^*,]+", str(r.specifier))] == []


def test_every_entry_carries_hashes() -> None:
    assert [entry.split()[0] for entry in ENTRIES if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []


def test_the_lock_names_no_index_no_url_and_no_folder() -> None:
    assert re.findall(r"://|^-\S*(?:index|find-links).*|\bfile:|\s/\S+", LOCK, re.MULTILINE) == []


def test_everything_the_project_names_is_locked_in_an_allowed_version() -> None:
    locked = pinned()
    for text in [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]:
        wanted = Requirement(text)
        version = str(locked[canonicalize_name(wanted.name)].specifier).removeprefix("==")
        assert wanted.specifier.contains(version), f"{text} is locked at {version}"


def test_the_lock_serves_python_3_11_to_3_13_on_both_machines() -> None:
    """No entry is tied to one of the versions or machines we promise; another system's entry may be left out."""
    for requirement in pinned().values():
        if requirement.marker is None or "sys_platform" in str(requirement.marker):
            continue
        for version in ("3.11", "3.12", "3.13"):
            for machine in ("x86_64", "aarch64"):
                environment = {"python_version": version, "platform_machine": machine, "sys_platform": "linux"}
                assert Marker(str(requirement.marker)).evaluate(environment), str(requirement)
