"""Rules and receivers of alerts in a branch's settings: a right table is read whole, nonsense is refused with its path."""

from pathlib import Path

import pytest

from gateway.alert_settings import masked, read_receivers, read_rules
from gateway.config import ConfigError, load_branch_config
from gateway.domain.alerts import AlertKind, Severity, rule_for
from gateway.domain.telling import Quiet

SITE = '[site]\nid = "b001"\nname = "Riverside store"\n'
RECEIVER = '[[alerts.receivers]]\nname = "chen"\n'
URL = 'url = "mailto://shop:s3cret@example.com"\n'


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    """A settings file that only its owner may read."""
    file = folder / "config.toml"
    file.write_text(SITE + text, encoding="utf-8")
    file.chmod(mode)
    return file


def refused(folder: Path, text: str, mode: int = 0o600) -> ConfigError:
    """Why a file is no settings."""
    with pytest.raises(ConfigError) as found:
        load_branch_config(written(folder, text, mode))
    assert "s3cret" not in str(found.value) + found.value.hint
    return found.value


def test_rules_of_the_site_come_before_the_usual_ones(tmp_path: Path) -> None:
    text = """
[[alerts.rules]]
kind = "low_stock"
category = "Dairy"
cover_days = 2
severity = "urgent"
[[alerts.rules]]
kind = "many_voids"
off = true
[[alerts.rules]]
kind = "expiring"
at = 3
"""
    file = written(tmp_path, text)
    rules = read_rules(file, load_branch_config(file).alerts)
    dairy, other = (rule_for(rules, AlertKind.LOW_STOCK, "x", category) for category in ("Dairy", "Drinks"))
    assert dairy is not None
    assert other is not None
    assert (dairy.cover_days, dairy.severity, other.cover_days) == (2, Severity.URGENT, 0)
    assert rule_for(rules, AlertKind.MANY_VOIDS) is None
    expiring = rule_for(rules, AlertKind.EXPIRING)
    assert expiring is not None
    assert (expiring.at, expiring.clear_at) == (3, 4)


def test_receivers_have_their_own_quiet_hours_or_the_site_s(tmp_path: Path) -> None:
    text = f"""
[alerts]
quiet_from = "22:00"
quiet_to = "07:00"
{RECEIVER}{URL}
[[alerts.receivers]]
name = "boss"
url_file = "secrets/boss"
quiet_from = "00:00"
quiet_to = "12:30"
severity = "urgent"
"""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/boss").write_text("dingtalk://token/13800000000\n", encoding="utf-8")
    (tmp_path / "secrets/boss").chmod(0o640)
    file = written(tmp_path, text)
    settings = load_branch_config(file).alerts
    found = read_receivers(file, settings)
    assert (found["chen"].quiet, found["boss"].quiet) == (Quiet(1320, 420), Quiet(0, 750))
    assert found["boss"].least is Severity.URGENT
    assert [one.url for one in settings.receivers] == [
        "mailto://shop:s3cret@example.com",
        "dingtalk://token/13800000000",
    ]
    assert "s3cret" not in repr(settings)
    assert masked("mailto://shop:s3cret@example.com") == "mailto://…"


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ('[[alerts.rules]]\nkind = "boredom"\n', "alerts.rules[0].kind", "boredom"),
        ('[[alerts.rules]]\nkind = "expired"\nat = 3\n', "alerts.rules[0].at", "has no at"),
        ('[[alerts.rules]]\nkind = "many_voids"\nitem = "tea"\n', "alerts.rules[0].item", "has no item"),
        ('[[alerts.rules]]\nkind = "low_stock"\nat = 100\nclear_at = 90\n', "alerts.rules[0].clear_at", "below 100"),
        ('[[alerts.rules]]\nkind = "many_voids"\nat = 5\nclear_at = 6\n', "alerts.rules[0].clear_at", "from 5"),
        ('[[alerts.rules]]\nkind = "expiring"\nseverity = "loud"\n', "alerts.rules[0].severity", "loud"),
        ('[[alerts.rules]]\nkind = "expiring"\nat = "3"\n', "alerts.rules[0].at", "Expected"),
        ('[alerts]\nquiet_from = "22:00"\n' + RECEIVER + URL, "alerts.quiet_to", "is missing"),
        ('[alerts]\nquiet_from = "25:00"\nquiet_to = "07:00"\n' + RECEIVER + URL, "alerts.quiet_from", "25:00"),
        (RECEIVER, "alerts.receivers[0]", "url and url_file"),
        (RECEIVER + 'url = "s3cret@example.com"\n', "alerts.receivers[0].url", "no address"),
        (RECEIVER + 'url = "file:///etc/s3cret"\n', "alerts.receivers[0].url", "no address"),
        (RECEIVER + 'url_file = "none"\n', "alerts.receivers[0].url_file", "cannot be read"),
        (RECEIVER + URL + RECEIVER + URL, "alerts.receivers[1].name", "twice"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_where_it_stands(tmp_path: Path, text: str, path: str, says: str) -> None:
    found = refused(tmp_path, text)
    assert found.path == path
    assert says in found.problem
    assert found.hint


def test_an_address_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    """Here or in a file of its own; settings without an address are nobody's secret."""
    assert "0644" in refused(tmp_path, RECEIVER + URL, 0o644).problem
    (tmp_path / "chen.url").write_text("mailto://shop:s3cret@example.com", encoding="utf-8")
    (tmp_path / "chen.url").chmod(0o604)
    found = refused(tmp_path, RECEIVER + 'url_file = "chen.url"\n', 0o644)
    assert (found.path, found.hint) == ("alerts.receivers[0].url_file", f"chmod o= {tmp_path / 'chen.url'}")
    load_branch_config(written(tmp_path, "", 0o644))
