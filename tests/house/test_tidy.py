"""Vocabulary and tidiness, read from the sources."""

import ast
import re

import pytest

from tests.house.source_tree import ROOT, modules, relative, tracked_files, tree

LINES_MAX = 400  # past this a file is about more than one noun
NOUNLESS = {"utils", "util", "common", "helpers", "helper", "manager", "managers", "misc", "base"}
# Written so that this file does not find itself.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
# A package index or a machine's own folder in a tracked file would break every other machine.
MACHINE_BOUND = re.compile(
    r"/wo" r"rk/|/ro" r"ot/|/ho" r"me/[a-z]|/opt/(py" r"pi|wh" r"eels)|py" r"pi\.org|pythonho" r"sted|registry\.np" r"mjs|--(extra-)?ind" r"ex-url",
)  # fmt: skip
TEXT = {
    ".py",
    ".toml",
    ".md",
    ".js",
    ".css",
    ".html",
    ".json",
    ".sql",
    ".service",
    ".conf",
    ".sh",
    ".lock",
    ".po",
    ".txt",
    "",
}


def text_files() -> list[tuple[str, str]]:
    return [(relative(p), p.read_text(encoding="utf-8")) for p in tracked_files() if p.suffix in TEXT]


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [m for m in modules() if set(m.split(".")) & NOUNLESS] == []


def test_no_python_file_is_longer_than_a_noun_needs() -> None:
    sizes = [
        (relative(p), len(p.read_text(encoding="utf-8").splitlines())) for p in tracked_files() if p.suffix == ".py"
    ]
    assert [(path, lines) for path, lines in sizes if lines > LINES_MAX] == []


def test_nothing_is_left_unfinished() -> None:
    assert [path for path, text in text_files() if path != "LICENSE" and UNFINISHED.search(text)] == []


def test_no_file_names_a_package_index_or_a_folder_of_one_machine() -> None:
    found = [(path, hit.group()) for path, text in text_files() if (hit := MACHINE_BOUND.search(text))]
    assert found == []


def test_every_module_says_what_it_is() -> None:
    silent = [relative(path) for path in modules().values() if not ast.get_docstring(tree(path))]
    assert silent == []


def test_every_folder_of_modules_is_a_package() -> None:
    """A folder without `__init__.py` would be left out of the installed packages without a word."""
    folders = {path.parent for path in modules().values()}
    assert [relative(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_the_top_level_is_the_agreed_one() -> None:
    agreed = {
        "gateway", "peripherals", "replication", "admin_ui", "systemd", "image", "tests", "docs", ".ci",
        "pyproject.toml", "requirements.lock", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE",
        "Makefile", ".gitignore", ".gitattributes",
    }  # fmt: skip
    assert {path.relative_to(ROOT).parts[0] for path in tracked_files()} - agreed == set()


DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "systemd/README.md", "image/README.md")
# A path in a document: in back-quotes, with a folder of ours in front, and nothing that makes it a pattern or a place-holder.
NAMED_PATH = re.compile(r"`((?:gateway|peripherals|replication|admin_ui|systemd|image|tests|docs|\.ci)/[\w./-]*)`")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_name_only_paths_that_exist(document: str) -> None:
    path = ROOT / document
    assert path.is_file(), f"{document} is missing"
    text = path.read_text(encoding="utf-8")
    named = [ROOT / name for name in NAMED_PATH.findall(text)] + [path.parent / link for link in LINK.findall(text)]
    assert sorted({str(p.relative_to(ROOT)) for p in named if not p.exists()}) == []
