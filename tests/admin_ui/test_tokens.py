"""The colours: enough contrast for every pair that pages put together, in every theme."""

import re

import pytest

from admin_ui.assets import STATIC

CSS = (STATIC / "css/tokens.css").read_text(encoding="utf-8")


def _theme(selector: str) -> dict[str, str]:
    block = CSS.split(selector, 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", block))


THEMES = {"light": _theme(":root {"), "dark": _theme(':root[data-theme="dark"] {')}

TEXT = [
    (ink, ground) for ink in ("ink", "ink2", "ink3") for ground in ("bg", "surface", "raised", "sunken", "hover")
] + [
    ("ok", "surface"), ("ok", "bg"), ("ok", "ok-soft"), ("warn", "surface"), ("warn", "bg"), ("warn", "warn-soft"),
    ("bad", "surface"), ("bad", "bg"), ("bad", "bad-soft"), ("accent", "surface"), ("accent", "bg"), ("accent", "accent-soft"),
    ("accent-ink", "btn"), ("accent-ink", "accent-press"), ("ink", "warn-soft"), ("ink", "bad-soft"), ("ink", "ok-soft"),
    ("ink", "accent-soft"), ("ink2", "warn-soft"), ("ink2", "bad-soft"), ("ink2", "ok-soft"), ("ink2", "accent-soft"),
    ("ink", "flash"), ("bg", "ink"), ("bg", "warn"), ("ok", "hover"), ("warn", "hover"), ("bad", "hover"),
]  # fmt: skip
CONTROLS = [
    ("ctl", "surface"),
    ("ctl", "bg"),
    ("accent", "surface"),
    ("accent", "bg"),
    ("btn", "surface"),
    ("btn", "bg"),
]


def _luminance(colour: str) -> float:
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read(theme: str) -> None:
    """WCAG 1.4.3: 4.5 to 1."""
    colours = THEMES[theme]
    weak = {f"{ink} on {ground}": round(contrast(colours[ink], colours[ground]), 2) for ink, ground in TEXT}
    assert {pair: value for pair, value in weak.items() if value < 4.5} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_borders_of_controls_and_focus_can_be_seen(theme: str) -> None:
    """WCAG 1.4.11: 3 to 1."""
    colours = THEMES[theme]
    weak = {f"{ink} on {ground}": round(contrast(colours[ink], colours[ground]), 2) for ink, ground in CONTROLS}
    assert {pair: value for pair, value in weak.items() if value < 3} == {}


def test_the_automatic_dark_is_the_dark() -> None:
    assert _theme(':root[data-theme="auto"] {') == THEMES["dark"]


def test_no_style_sheet_knows_a_colour_of_its_own() -> None:
    """Colours come from tokens; the paper, and the slot and the display of the simulated devices, are objects, not pages."""
    own = re.compile(r"#[0-9A-Fa-f]{3,8}\b")
    found = {
        path.name: own.findall(path.read_text(encoding="utf-8"))
        for path in STATIC.glob("css/*.css")
        if path.name not in {"tokens.css", "paper.css", "simulated_devices.css"}
    }
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_nothing_that_is_pressed_has_a_transition() -> None:
    """Old tablets lose the tap while a transition runs."""
    assert [
        path.name
        for path in STATIC.glob("css/*.css")
        if re.search(r"[^-]transition:(?! none)", path.read_text(encoding="utf-8"))
    ] == []
