"""What a person may do, in three steps: cashier, manager, admin."""

from enum import StrEnum


class Role(StrEnum):
    CASHIER = "cashier"
    MANAGER = "manager"
    ADMIN = "admin"

    def __init__(self, _: str) -> None:
        # In order of definition. An attribute, because hashing an enum member costs more than the whole check.
        self.rank = len(type(self).__members__)

    def reaches(self, minimum: "Role") -> bool:
        """Whether this role may do what `minimum` may do. (Never compare roles with `<`: they are strings.)"""
        return self.rank >= minimum.rank
