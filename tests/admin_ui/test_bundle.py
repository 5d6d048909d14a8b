"""The till's modules as one file: small, in the right order, and refused where anything would have to be guessed."""

import gzip
from pathlib import Path

import pytest

from admin_ui.assets import STATIC, modules_behind
from admin_ui.bundle import TILL, UnknownForm, bundle, bundles

FIRST_LOAD_BYTES_MAX = 30_000
"""Compressed as a till on plain http gets it (browsers take brotli and zstd over TLS only). See ARCHITECTURE.md."""


def written(folder: Path, **modules: str) -> Path:
    for name, source in modules.items():
        (folder / f"{name}.js").write_text(source, encoding="utf-8")
    return folder


def test_the_till_stays_within_its_weight() -> None:
    """Everything a till runs, in one file."""
    assert len(gzip.compress(bundles()[TILL], 9)) <= FIRST_LOAD_BYTES_MAX


def test_every_module_is_in_it_once() -> None:
    """Counted by what each begins with after its comments."""
    whole = bundles()[TILL].decode()
    for path in modules_behind("js/till/app.js")[1:]:
        source = (STATIC / path).read_text(encoding="utf-8")
        (name,) = [line for line in source.splitlines() if line.startswith("export ")][:1] or [""]
        if name:
            code = name.removeprefix("export ").split("  //")[0].strip()
            assert whole.count(f"\n{code}\n") == 1, path


def test_a_module_runs_once_and_before_those_that_import_it(tmp_path: Path) -> None:
    root = written(
        tmp_path,
        entry="// words\nimport { b } from './b.js';\nimport { a as first } from './a.js';\nimport './c.js';\nb(first);\n",
        a="export const a = 1;\n",
        b="import { a } from './a.js';\n/** says\n * more */\nexport function b(x) {\n  return a + x;\n}\n",
        c="console.log('c');\n",
    )
    assert bundle("entry.js", root) == (
        "const { a } = (() => {\nconst a = 1;\nreturn { a };\n})();\n"
        "const { b } = (() => {\nfunction b(x) {\nreturn a + x;\n}\nreturn { b };\n})();\n"
        "{\nconsole.log('c');\n}\n"
        "{\nconst first = a;\nb(first);\n}\n"
    )


@pytest.mark.parametrize(
    "line",
    [
        "export default 1;",
        "export let a = 1;",
        "import * as b from './b.js';",
        "const b = import('./b.js');",
        "const text = `two",
        "const text = 'two \\",
        "/* words */ code();",
        "code(); /* words that go on",
        "export const a = 1, b = 2;",
        "export const a = ['x', 2], b = {",
        "import './entry.js';",
    ],
)
def test_what_would_have_to_be_guessed_is_refused(tmp_path: Path, line: str) -> None:
    """With the file it stands in."""
    with pytest.raises(UnknownForm, match=r"\w+\.js"):
        bundle("entry.js", written(tmp_path, entry=f"{line}\n", b=""))


def test_two_modules_export_no_same_name(tmp_path: Path) -> None:
    """They share one scope, where the second would be an error of the whole file."""
    root = written(
        tmp_path,
        entry="import { a } from './a.js';\nimport './b.js';\n",
        a="export const a = 1;\n",
        b="export const a = 2;\n",
    )
    with pytest.raises(UnknownForm, match=r"b\.js:1: a\.js exports a, too"):
        bundle("entry.js", root)


def test_what_is_imported_was_exported(tmp_path: Path) -> None:
    """Also where another module has it, which a browser would not look into."""
    written(tmp_path, entry="import './a.js';\nimport { a } from './b.js';\n", a="export const a = 1;\n", b="")
    with pytest.raises(UnknownForm, match=r"entry\.js:2: b\.js exports no a\."):
        bundle("entry.js", tmp_path)


def test_only_the_entry_may_ask_where_it_stands(tmp_path: Path) -> None:
    """The others would be told another folder than their own."""
    root = written(tmp_path, entry="import { a } from './a.js';\n", a="export const a = import.meta.url;\n")
    with pytest.raises(UnknownForm, match=r"a\.js:1"):
        bundle("entry.js", root)


def test_a_comment_behind_code_goes_and_a_text_stays(tmp_path: Path) -> None:
    """One that holds a quote may be the end of a text, and is left where it is."""
    written(tmp_path, one="const a = 1;   // three\nconst b = 'x   // y';\nconst c = 2;   // it's kept")
    found = bundle("one.js", tmp_path).splitlines()[1:4]
    assert found == ["const a = 1;", "const b = 'x   // y';", "const c = 2;   // it's kept"]
