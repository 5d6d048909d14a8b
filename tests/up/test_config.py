"""A branch's settings: a right file is read whole, a wrong one is refused with file, path and hint."""

import json
from pathlib import Path

import pytest

from gateway.config import ConfigError, load_branch_config

WHOLE = """
[site]
id = "b001"
name = "Riverside store"
name_zh = "河滨店"
[web]
port = 8081
[headquarters]
nats_url = "nats://127.0.0.1:4222"
[[devices]]
name = "scale-1"
driver = "toledo8217"
transport = "serial"
path = "dev/scale-1"
framing = "7E1"
[[devices]]
name = "printer-1"
driver = "escpos"
transport = "tcp"
host = "127.0.0.1"
port = 9100
[[stations]]
name = "till-1"
scale = "scale-1"
printer = "printer-1"
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_whole_file_is_read_and_its_paths_count_from_its_folder(tmp_path: Path) -> None:
    config = load_branch_config(written(tmp_path, WHOLE))
    assert config.site.name_zh == "河滨店"
    assert config.data == tmp_path
    assert config.devices[0].path == str(tmp_path / "dev/scale-1")
    assert config.devices[1].path is None
    assert config.headquarters is not None
    assert config.headquarters.reconnect_seconds_max == 60
    assert config.minor_unit_digits == 2


def test_a_branch_without_headquarters_and_devices_is_a_branch(tmp_path: Path) -> None:
    config = load_branch_config(written(tmp_path, '[site]\nid = "b1"\nname = "One"\ncurrency = "JPY"\n'))
    assert config.headquarters is None
    assert config.devices == ()
    assert config.minor_unit_digits == 0


@pytest.mark.parametrize(
    ("change", "path", "problem"),
    [
        (("port = 8081", "port = 80810"), "web.port", "Expected `int` <= 65535"),
        (("port = 8081", 'port = "8081"'), "web.port", "Expected `int`, got `str`"),
        (("port = 8081", "prot = 8081"), "web.prot", "there is no such setting"),
        (("[web]", "[wep]"), "wep", "there is no such setting"),
        (('id = "b001"', 'id = "B 1"'), "site.id", "Expected `str` matching regex"),
        (('id = "b001"', ""), "site.id", "is missing"),
        (('name_zh = "河滨店"', 'time_zone = "Mars/Base"'), "site.time_zone", "no time zone"),
        (('name_zh = "河滨店"', 'time_zone = "../etc"'), "site.time_zone", "no time zone"),
        (('name = "printer-1"', 'name = "scale-1"'), "devices[1].name", "is taken"),
        (('printer = "printer-1"', 'printer = "printer-9"'), "stations[0].printer", "there is no printer"),
        (
            ('printer = "printer-1"', 'printer = "scale-1"'),
            "stations[0].printer",
            "there is no printer called 'scale-1'",
        ),
        (('driver = "escpos"', 'driver = "escbos"'), "devices[1]", "no driver 'escbos'"),
        (('path = "dev/scale-1"', ""), "devices[0]", "needs `path`"),
        (('framing = "7E1"', 'framing = "9Z3"'), "devices[0].framing", "Invalid enum value"),
        (("[site]", "[site"), "", "is not valid TOML"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[1],
)
def test_a_wrong_file_is_refused_with_file_path_and_hint(
    tmp_path: Path, change: tuple[str, str], path: str, problem: str
) -> None:
    file = written(tmp_path, WHOLE.replace(*change))
    with pytest.raises(ConfigError) as refused:
        load_branch_config(file)
    assert refused.value.path == path
    assert problem in refused.value.problem
    assert str(file) in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (('framing = "7E1"', 'framing = "9Z3"'), 'called \'scale-1\', write one of: "7E1", "7N2", '),
        (
            ('driver = "escpos"', 'driver = "escpos"\npaper_dots = 600'),
            "called 'printer-1', write one of: 384, 512, 576",
        ),
        (('driver = "escpos"', 'driver = "escpos"\nautomatic_status = "yes"'), "write true or false, without quotes"),
        (('framing = "7E1"', 'baud_rate = "9600"'), "write a whole number from 300 to 921600, without quotes"),
        (('driver = "escpos"', "driver = 5"), "called 'printer-1', write text in quotes"),
        (('name = "printer-1"', 'name = "Printer 1"'), "write text in quotes that fits ^[a-z0-9-]{1,32}$"),
        (("port = 8081", 'port = "8081"'), "write a whole number from 1 to 65535, without quotes"),
        (('path = "dev/scale-1"', ""), "correct the table called 'scale-1'"),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_a_wrong_value_is_answered_with_what_may_stand_there(
    tmp_path: Path, change: tuple[str, str], hint: str
) -> None:
    """Whoever sets up a box has a terminal and the file before them, and counts tables from one."""
    with pytest.raises(ConfigError) as refused:
        load_branch_config(written(tmp_path, WHOLE.replace(*change)))
    assert hint in refused.value.hint


def test_two_devices_on_one_line_and_too_many_are_refused_before_the_branch_starts(tmp_path: Path) -> None:
    """Each would hear a part of what one device says; and what the devices' hub refuses must not be found at start."""
    one = '[[devices]]\nname = "s{0}"\ndriver = "toledo8217"\ntransport = "serial"\npath = "/dev/scale{1}"\n'
    site = '[site]\nid = "b1"\nname = "One"\n'
    for devices, problem in (
        (one.format(1, 1) + one.format(2, 1), "s2: /dev/scale1 is s1's line already"),
        ("".join(one.format(number, number) for number in range(65)), "<= 64"),
    ):
        with pytest.raises(ConfigError, match="devices") as refused:
            load_branch_config(written(tmp_path, site + devices))
        assert problem in refused.value.problem


def test_a_missing_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_branch_config(tmp_path / "config.toml")


def test_a_binary_file_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_branch_config(file)


def test_labels_of_the_shop_are_told_in_layouts(tmp_path: Path) -> None:
    """Presets and layouts in one list; what is neither is refused by its name, with what there is."""
    site = '[site]\nid = "b1"\nname = "One"\n[codes]\nin_store = ["DE", "21IIIIIWW.WWWC"]\n'
    assert load_branch_config(written(tmp_path, site)).codes.in_store == ("DE", "21IIIIIWW.WWWC")
    with pytest.raises(ConfigError) as refused:
        load_branch_config(written(tmp_path, site.replace("DE", "XX")))
    told = str(refused.value)
    assert "codes.in_store" in told
    assert "'XX' is neither a preset nor a layout" in told
    assert "general, CN, DE" in (refused.value.hint or "")


@pytest.mark.parametrize(
    ("kitchens", "where", "hint"),
    [
        ([{"name": "wok", "printer": "printer-1"}], "kitchens[0]", "categories"),
        ([{"name": "wok", "printer": "printer-2", "items": ["a"]}], "kitchens[0].printer", "printer-1"),
        (
            [{"name": "wok", "printer": "printer-1", "items": ["a"], "fallback": "printer-1"}],
            "kitchens[0].fallback", "another printer",
        ),
        (
            [{"name": "wok", "printer": "printer-1", "items": ["a"], "acknowledge_seconds": 4}],
            "kitchens[0].acknowledge_seconds", "0 where nobody has to take it",
        ),
        ([{"name": "wok", "printer": "printer-1", "items": [sku]} for sku in "ab"], "kitchens[1].name", "its own name"),
    ],
)  # fmt: skip
def test_a_kitchen_that_could_not_work_is_refused(
    tmp_path: Path, kitchens: list[dict[str, object]], where: str, hint: str
) -> None:
    tables = "".join(
        "[[kitchens]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in one.items()) for one in kitchens
    )
    with pytest.raises(ConfigError) as refused:
        load_branch_config(written(tmp_path, WHOLE + tables))
    assert (refused.value.path, hint in (refused.value.hint or "")) == (where, True)
