"""The policy of a site: read from its settings, shown to those who work under it, and kept at the till."""

from pathlib import Path

import pytest

from admin_ui.serving.roles import Role
from gateway.config import ConfigError, load_branch_config
from gateway.domain.policy import Breach
from tests.web.conftest import TEA, RunningBranch, make_items, new_id, put, sale

RULES = """
[policy]
approver = "admin"
pending_days = 3
[[policy.rules]]
breach = "discount"
answer = "warn"
role = "cashier"
amount_from = 100
[[policy.rules]]
breach = "write_off"
answer = "block"
category = "Drinks"
quantity_from = "1.5"
"""


def test_a_sites_own_rules_are_shown_and_kept(tmp_path: Path) -> None:
    """`GET /policy` tells rules and table; a small discount waits as before, a larger one is warned of, drinks are not thrown
    away by the box, and only an admin approves."""
    with RunningBranch(tmp_path, RULES) as branch, branch.client() as api, branch.client(Role.CASHIER) as till:
        make_items(api)
        told = till.get("/api/v1/policy").json()
        assert (told["approver"], told["pending_days"]) == ("admin", 3)
        assert told["rules"] == [
            {"breach": "discount", "answer": "warn", "role": "cashier", "amount_from": 100},
            {"breach": "write_off", "answer": "block", "category": "Drinks", "quantity_from": "1.500"},
        ]
        assert {row["breach"] for row in told["defaults"]} == set(Breach)
        assert all(row["meaning"] and row["meaning_zh"] for row in told["defaults"])
        cheaper = {"type": "sale", "lines": [{"item": TEA, "quantity": "1", "discount": 100}]}
        assert [one["code"] for one in put(till, cheaper).json()["warnings"]] == ["discount"]
        cheaper["lines"] = [{"item": TEA, "quantity": "1", "discount": 99}]
        waiting = new_id()
        assert put(till, cheaper, waiting).status_code == 202
        view = api.get(f"/api/v1/documents/{waiting}").json()
        assert (view["requested_at"][:4], view["expires_at"] > view["requested_at"]) == (view["expires_at"][:4], True)
        with branch.signed_in("chen", password="kontor-manager") as manager:
            refused = manager.post(f"/api/v1/documents/{waiting}/approve", json={"reason": "ok"})
            assert refused.json()["errors"][0]["code"] == "may_not_approve"
        broken = {"type": "write_off", "reason": "broken", "lines": [{"item": TEA, "quantity": "2"}]}
        answer = put(api, broken)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "write_off")
        broken["lines"] = [{"item": TEA, "quantity": "1"}]
        assert put(api, broken).status_code == 201


def test_a_manager_does_not_approve_their_own_sale_at_the_till(tmp_path: Path) -> None:
    """Their own PIN under their own sale is refused, in both languages; another manager's posts it."""
    with RunningBranch(tmp_path) as branch, branch.client() as api:
        make_items(api)
        with branch.signed_in("chen", password="kontor-manager") as manager:
            own = put(manager, sale("9999", approval={"person": "chen", "pin": "2222", "reason": "mine"}))
            assert (own.status_code, own.json()["errors"][0]["code"]) == (422, "own_request")
            assert own.json()["detail_zh"] or own.json()["errors"][0]["detail_zh"]
            other = put(manager, sale("9999", approval={"person": "admin", "pin": "9999", "reason": "seen"}))
            assert other.status_code == 201


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ('breach = "dicount"\nanswer = "warn"', "policy.rules[0].breach"),
        ('breach = "discount"\nanswer = "perhaps"', "policy.rules[0].answer"),
        ('breach = "discount"\nanswer = "warn"\nrole = "boss"', "policy.rules[0].role"),
        ('breach = "discount"\nanswer = "warn"\nquantity_from = "many"', "policy.rules[0].quantity_from"),
        ('breach = "discount"\nanswer = "warn"\nquantity_from = "-1"', "policy.rules[0].quantity_from"),
        ('breach = "discount"\nanswer = "warn"\namount_from = -1', "policy.rules[0].amount_from"),
        ('breach = "discount"\nanswer = "warn"\namount = 1', "policy.rules[0].amount"),
        ('breach = "discount"', "policy.rules[0].answer"),
    ],
)
def test_a_wrong_rule_is_named_by_its_path_with_what_to_write(tmp_path: Path, rule: str, path: str) -> None:
    """The branch does not start with a rule it would not keep."""
    file = tmp_path / "config.toml"
    file.write_text(f'[site]\nid = "b001"\nname = "X"\n[[policy.rules]]\n{rule}\n', encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_branch_config(file)
    assert refused.value.path == path
    assert refused.value.hint
