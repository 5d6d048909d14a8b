"""On whose word a document is planned: who posts, under which policy, and who stands by to approve."""

import msgspec

from gateway.domain.calendar import NO_CALENDAR, Calendar
from gateway.domain.policy import Policy, Role
from gateway.domain.till_money import PLAIN, TillMoney


class Approver(msgspec.Struct, frozen=True):
    """A person whose PIN was checked, with the role that counts and the reason they gave."""

    person: str
    role: Role
    reason: str


class Terms(msgspec.Struct, frozen=True):
    """Who posts, under which policy, and who stands by to approve. `may_settle`: a signed-in till sent this; `site` is
    the branch itself, which sends itself nothing. `calendar` knows what day it is there, `money` what it adds to a
    sum."""

    person: str
    role: Role
    policy: Policy
    approver: Approver | None = None
    may_settle: bool = False
    site: str = ""
    calendar: Calendar = NO_CALENDAR
    money: TillMoney = PLAIN
