"""On whose word a document is planned: who posts, under which policy, and who stands by to approve."""

from collections.abc import Mapping

import msgspec

from gateway.domain.calendar import NO_CALENDAR, Calendar
from gateway.domain.policy import Policy, Role
from gateway.domain.scale_reading import ScaleReading
from gateway.domain.till_money import PLAIN, TillMoney


class Approver(msgspec.Struct, frozen=True):
    """A person whose PIN was checked, with the role that counts and the reason they gave."""

    person: str
    role: Role
    reason: str


class Terms(msgspec.Struct, frozen=True):
    """Who posts, under which policy, and who stands by to approve. `may_settle`: a signed-in till sent this; `site` is
    the branch itself, which sends itself nothing. `calendar` knows what day it is there, `money` what it adds to a
    sum. `readings` are those that its lines name and that are remembered, by id."""

    person: str
    role: Role
    policy: Policy
    approver: Approver | None = None
    may_settle: bool = False
    site: str = ""
    calendar: Calendar = NO_CALENDAR
    money: TillMoney = PLAIN
    readings: Mapping[str, ScaleReading] = {}
