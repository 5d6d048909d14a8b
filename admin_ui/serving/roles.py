"""What a person may do, in three steps: cashier, manager, admin."""

from enum import StrEnum


class Role(StrEnum):
    CASHIER = "cashier"
    MANAGER = "manager"
    ADMIN = "admin"

    def reaches(self, minimum: "Role") -> bool:
        """Whether this role may do what `minimum` may do. (Never compare roles with `<`: they are strings.)"""
        return _RANK[self] >= _RANK[minimum]


_RANK = {Role.CASHIER: 0, Role.MANAGER: 1, Role.ADMIN: 2}
