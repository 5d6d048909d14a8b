"""`kontor alerts test`: a test message to everybody whom the settings name, so that nobody learns at night that it never arrives."""

import argparse
import asyncio
from pathlib import Path

from gateway.cli.command import ASKED_WRONGLY, FAILED, Command, Refused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose settings, and which receiver."""
    deeds = parser.add_subparsers(dest="deed", metavar="test", required=True)
    test = deeds.add_parser("test", help="send a test message to the receivers of alerts")
    test.add_argument("--config", required=True, type=Path, metavar="FILE", help="the branch's config.toml")
    test.add_argument("--receiver", metavar="NAME", help="only this one (default: all)")


def run(arguments: argparse.Namespace) -> int:
    """One line for each receiver; 1 where one was not reached."""
    from gateway.alert_settings import masked, read_receivers
    from gateway.config import ConfigError, load_branch_config
    from gateway.domain.alert_words import AlertWords
    from gateway.use_cases.messenger import ChildMessenger
    from replication.wire.sentence import Sentence

    try:
        config = load_branch_config(arguments.config)
    except ConfigError as refused:
        raise Refused(str(refused), hint=refused.hint, exit_code=ASKED_WRONGLY) from None
    receivers = read_receivers(arguments.config, config.alerts)
    if arguments.receiver is not None and arguments.receiver not in receivers:
        raise Refused(
            f"there is no receiver {arguments.receiver!r} · 没有名为 {arguments.receiver} 的接收人",
            where=str(arguments.config),
            hint=f"receivers there: {', '.join(receivers) or 'none; add [[alerts.receivers]]'}",
            exit_code=ASKED_WRONGLY,
        )
    if not receivers:
        raise Refused(
            "nobody is told of alerts · 尚未设置提醒接收人", where=str(arguments.config),
            hint="add [[alerts.receivers]] with a name and an address; see docs/alerts.md",
        )  # fmt: skip
    site = config.site
    words = AlertWords(Sentence(site.name, site.name_zh or site.name), site.currency, config.minor_unit_digits)
    failed = False
    for one in config.alerts.receivers:
        if arguments.receiver in (None, one.name):
            message = words.test_message(one.language)
            carried = asyncio.run(ChildMessenger().carry(one.url or "", message))
            reached = carried.result == "sent"
            failed = failed or not reached
            said = "sent · 已发送" if reached else f"{carried.result} {carried.detail}".strip() + " · 未送达"
            print(f"{one.name} ({masked(one.url or '')}): {said}", flush=True)
    return FAILED if failed else 0


COMMAND = Command("send a test message to the receivers of alerts", add_arguments, run)
