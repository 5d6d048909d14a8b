"""`kontor init`: what it writes is what a branch starts from, and nothing is written over."""

import re
from pathlib import Path

import pytest

from gateway.cli.__main__ import main
from gateway.config import load_branch_config
from gateway.profiles.profile import profiles
from gateway.store.verify import verify_site


@pytest.mark.parametrize("name", sorted(profiles()))
def test_every_profile_begins_a_shop_that_verifies(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Settings that load, a sample in both languages with its stock, and no difference in its books."""
    profile = profiles()[name]
    asked = [
        "init",
        "--profile",
        name,
        "--folder",
        str(tmp_path),
        "--name",
        "Riverside",
        "--name-zh",
        "河滨店",
        "--sample",
    ]
    assert main(asked) == 0
    config = load_branch_config(tmp_path / "config.toml")
    assert (config.site.name_zh, config.data) == ("河滨店", tmp_path)
    assert all(location.label_zh for location in config.locations)
    sample = profile.sample()
    assert f"{len(sample.items)} items" in capsys.readouterr().out
    assert all(one.item["name_zh"] and one.item["category_zh"] for one in sample.items)
    report = verify_site(tmp_path)
    assert (report.differences, report.items, report.documents) == ((), len(sample.items), 1)


def test_the_restaurant_s_kitchen_works_once_its_lines_are_uncommented(tmp_path: Path) -> None:
    """It is told in both languages, and makes the dishes of the sample."""
    asked = ["init", "--profile", "restaurant", "--folder", str(tmp_path), "--name", "Noodle house"]
    assert main(asked) == 0
    file = tmp_path / "config.toml"
    assert load_branch_config(file).kitchens == ()
    written = file.read_text(encoding="utf-8")
    assert all(words in written for words in ("# Kitchens: ", "# 厨房："))
    file.write_text(re.sub(r"(?m)^#(?! )", "", written), encoding="utf-8")
    (kitchen,) = load_branch_config(file).kitchens
    assert (kitchen.printer, kitchen.fallback) == ("kitchen-printer", "till-printer")
    sold = {one.item["category"] for one in profiles()["restaurant"].sample().items}
    assert set(kitchen.categories) <= sold


def test_what_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second shop in the same folder is refused, in both languages, and the first one's settings are untouched."""
    asked = ["init", "--profile", "general", "--folder", str(tmp_path), "--name", "Riverside"]
    assert main(asked) == 0
    before = (tmp_path / "config.toml").read_bytes()
    assert main([*asked[:2], "food", *asked[3:]]) == 2
    assert "已存在" in capsys.readouterr().err
    assert (tmp_path / "config.toml").read_bytes() == before


def test_wrong_settings_leave_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The setting is named by its path, and no half-made branch is left."""
    asked = ["init", "--profile", "food", "--folder", str(tmp_path), "--name", "X", "--time-zone", "Mars/Olympus"]
    assert main(asked) == 2
    assert "site.time_zone" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_it_says_next_can_be_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A shop of one's own is verified by its settings; what is said next names this program and where the pages will be."""
    settings = tmp_path / "config.toml"
    assert (
        main(["init", "--profile", "food", "--folder", str(tmp_path), "--name", "X", "--port", "8085", "--sample"]) == 0
    )
    said = capsys.readouterr().out
    assert f"kontor serve --config {settings}" in said
    assert "http://127.0.0.1:8085/" in said
    assert main(["verify", "--config", str(settings)]) == 0
    assert capsys.readouterr().out.startswith("b001: clean;")
    assert main(["verify", "--home", str(tmp_path)]) == 1
    assert "--config" in capsys.readouterr().err
