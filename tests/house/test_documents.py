"""The documents keep up with the program: every make target and every command is in the README."""

import re

from gateway.cli.__main__ import build_parser, command_names
from tests.house.source_tree import ROOT

README = ROOT / "README.md"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z-]+):.*##", MAKEFILE, re.MULTILINE)


def test_every_make_target_is_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    assert [target for target in TARGETS if target != "help" and f"make {target}" not in text] == []


def test_every_command_is_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    assert [name for name in command_names() if f"kontor {name}" not in text] == []


def test_every_option_of_kontor_up_is_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    options = re.findall(r"--[a-z-]+", build_parser("up").format_help())
    assert [option for option in sorted(set(options) - {"--help"}) if option not in text] == []


def test_every_target_is_phony_and_explained() -> None:
    declared = set(" ".join(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)).split())
    assert declared == set(TARGETS)


def test_every_program_a_target_runs_exists() -> None:
    named = re.findall(r"python -m (tests[\w.]*)", MAKEFILE)
    assert named
    paths = [ROOT / name.replace(".", "/") for name in named]
    assert [
        str(path) for path in paths if not (path.with_suffix(".py").is_file() or (path / "__main__.py").is_file())
    ] == []
