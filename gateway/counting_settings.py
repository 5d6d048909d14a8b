"""How a branch's settings tell counting: `[counting]` over the rules that hold everywhere. Reads no file."""

from typing import Annotated

import msgspec

from gateway.domain.counting import ClassRule, CountRules
from replication.settings import Name, Settings

PEOPLE_MAX = 50
LIST_MAX = 200
"""What one person counts on a day beside other work, at the very most."""

Days = Annotated[int, msgspec.Meta(ge=1, le=3660)]
Permille = Annotated[int, msgspec.Meta(ge=0, le=1000)]


class CountSettings(Settings, frozen=True, kw_only=True):
    """`a_permille` and `b_permille`: how much of the value of issues A, and A with B, make up. The days between two counts of an
    item and the tolerance of a first count (‰ of the book) are told per class; `people` share a day's list."""

    trailing_days: Days = 90
    list_max: Annotated[int, msgspec.Meta(ge=1, le=LIST_MAX)] = 20
    people: Annotated[tuple[Name, ...], msgspec.Meta(max_length=PEOPLE_MAX)] = ()
    a_permille: Permille = 800
    b_permille: Permille = 950
    a_days: Days = 7
    b_days: Days = 30
    c_days: Days = 91
    a_tolerance: Permille = 0
    b_tolerance: Permille = 10
    c_tolerance: Permille = 20

    def rules(self) -> CountRules:
        """As counting asks for them; where B reaches less far than A, there is no B."""
        return CountRules(
            self.trailing_days, self.list_max, self.people,
            ClassRule(self.a_permille, self.a_days, self.a_tolerance),
            ClassRule(max(self.a_permille, self.b_permille), self.b_days, self.b_tolerance),
            ClassRule(1000, self.c_days, self.c_tolerance),
        )  # fmt: skip
