"""Numbers, money and times as a person reads them."""

from datetime import datetime

import msgspec
import pytest

from admin_ui.contexts.shell import Site
from admin_ui.figures import Figures, bar
from admin_ui.i18n import words

SITE = Site(
    kind="branch", id="b001", name="x", version="0", currency="CNY", minor_unit_digits=2, time_zone="Asia/Shanghai"
)
NOW = datetime.fromisoformat("2026-11-22T16:21:09+08:00").timestamp()


def _figures(language: str = "en", site: Site = SITE) -> Figures:
    return Figures(words("zh" if language == "zh" else "en"), site, lambda: NOW)


@pytest.mark.parametrize(
    ("minor", "text"), [(0, "¥0.00"), (5, "¥0.05"), (123_456_789, "¥1,234,567.89"), (-149, "\u2212¥1.49")]
)
def test_money(minor: int, text: str) -> None:
    assert _figures().money(minor) == text


def test_money_of_other_currencies() -> None:
    yen = msgspec.structs.replace(SITE, currency="JPY", minor_unit_digits=0)
    dinar = msgspec.structs.replace(SITE, currency="KWD", minor_unit_digits=3)
    assert _figures(site=yen).money(1250) == "¥1,250"
    assert _figures(site=dinar).money(1250) == "KWD\u00a01.250"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("3.000", "3"),
        ("1.250", "1.25"),
        ("-2", "\u22122"),
        ("0.482", "0.482"),
        ("12480", "12,480"),
        ("-0", "0"),
        ("100", "100"),
    ],
)
def test_quantity(value: str, text: str) -> None:
    assert _figures().quantity(value) == text


def test_a_signed_quantity_shows_its_sign() -> None:
    assert [_figures().signed(value) for value in ("48", "-12", "0")] == ["+48", "\u221212", "0"]


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (3.9, "3 s", "3 秒"),
        (540, "9 min", "9 分钟"),
        (15_120, "4 h 12 min", "4 小时 12 分"),
        (90_000, "1 d 1 h", "1 天 1 小时"),
    ],
)
def test_duration(seconds: float, english: str, chinese: str) -> None:
    assert (_figures().duration(seconds), _figures("zh").duration(seconds)) == (english, chinese)


def test_moments_are_told_in_the_shops_own_time() -> None:
    form = _figures()
    assert form.time(NOW) == "16:21"
    assert form.date_time("2026-11-22T08:21:09Z") == "16:21:09"
    assert form.date_time("2026-11-21T08:21:09Z") == "2026-11-21 16:21"
    assert form.ago(NOW - 9 * 60) == "9 min ago"
    assert _figures("zh").ago(NOW - 2) == "刚刚"


def test_a_bar_stays_within_its_picture() -> None:
    assert [
        bar("5", "10", 22, most=88),
        bar("-2", "10", 22, most=88),
        bar("900", "10", 22, most=88),
        bar("1", "0", 5),
    ] == [11, 0, 88, 0]
