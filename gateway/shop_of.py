"""The shop that a branch's settings and its ledger make: what use cases are given, in the running branch and beside it."""

from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.code_settings import read_code_rules
from gateway.config import BranchConfig
from gateway.domain.calendar import Calendar
from gateway.money_settings import read_till_money
from gateway.policy_settings import read_policy
from gateway.store.ledger import Ledger
from gateway.use_cases.shop import Readings, Shop


def shop_of(config: BranchConfig, ledger: Ledger, readings: Readings) -> Shop:
    """Who watches is the caller's to add."""
    printers = {station.name: station.printer for station in config.stations}
    policy = read_policy(config.data, config.policy)
    calendar = Calendar(ledger.now, ZoneInfo(config.site.time_zone), config.stock.near_expiry_days)
    money = read_till_money(Path(config.data), config.taxes, config.money, config.site.currency)
    codes = read_code_rules(Path(config.data), config.codes, config.site.currency)
    return Shop(ledger, policy, [], readings, printers.get, ledger.now, config.site.id, calendar, money, codes)
