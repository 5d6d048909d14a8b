"""A site's own rules: the first that covers a case answers, and nobody approves what they asked for themselves."""

import uuid
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.document import Body
from gateway.domain.draft import Draft, read_draft
from gateway.domain.policy import GENERAL, Answer, Breach, Policy, PolicyRule, Role
from gateway.domain.posting import Approver, NeedsApproval, Posting, Rejected, Terms, plan
from replication.wire.item import Item
from tests.domain.bare_ledger import BareLedger

GOODS = {
    "tea": Item("tea", "Tea", "pc", 1_000, category="Drinks"),
    "rice": Item("rice", "Rice", "pc", 500, category="Food"),
}


class Shop(BareLedger):
    """A ledger with two goods and plenty of both."""

    def item(self, sku: str) -> Item | None:
        return GOODS.get(sku)

    def on_hand(self, sku: str, location: str, lot: str) -> int:
        del sku, location, lot
        return 100_000

    def on_shelf(self, sku: str) -> tuple[Item, int] | None:
        item = GOODS.get(sku)
        return None if item is None else (item, 100_000)


def draft_of(body: dict[str, Any]) -> Draft:
    draft = read_draft(uuid.uuid4().bytes, msgspec.json.decode(msgspec.json.encode(body), type=Body))
    assert isinstance(draft, Draft), draft
    return draft


def with_rules(*rules: PolicyRule) -> Policy:
    return msgspec.structs.replace(GENERAL, rules=rules)


def decide(
    body: dict[str, Any],
    policy: Policy,
    role: Role = Role.CASHIER,
    approver: Approver | None = None,
    person: str = "lin",
) -> Posting | NeedsApproval | Rejected:
    return plan(draft_of(body), Shop(), Terms(person, role, policy, approver))


def discounted(*discounts: int, item: str = "tea") -> dict[str, Any]:
    return {"type": "sale", "lines": [{"item": item, "quantity": "1", "discount": one} for one in discounts]}


def test_the_first_rule_that_covers_a_case_answers() -> None:
    """Small discounts are free, up to 5.00 a warning, above nobody gives one; other breaches stay with the table."""
    policy = with_rules(
        PolicyRule(Breach.DISCOUNT, Answer.BLOCK, amount_from=501),
        PolicyRule(Breach.DISCOUNT, Answer.WARN, amount_from=100),
        PolicyRule(Breach.DISCOUNT, Answer.ALLOW),
    )
    small, middle, large = (decide(discounted(amount), policy) for amount in (99, 500, 501))
    assert isinstance(small, Posting)
    assert not small.warnings
    assert isinstance(middle, Posting)
    assert [fault.code for fault in middle.warnings] == ["discount"]
    assert isinstance(large, Rejected)
    priced = {"type": "sale", "lines": [{"item": "tea", "quantity": "1", "price": 1}]}
    assert isinstance(decide(priced, policy), NeedsApproval)


def test_ten_small_discounts_are_one_large_one() -> None:
    """An amount is that of the whole document: a limit is not passed by splitting a line."""
    policy = with_rules(
        PolicyRule(Breach.DISCOUNT, Answer.BLOCK, amount_from=500), PolicyRule(Breach.DISCOUNT, Answer.ALLOW)
    )
    assert isinstance(decide(discounted(*[50] * 9), policy), Posting)
    assert isinstance(decide(discounted(*[50] * 10), policy), Rejected)


def test_a_rule_of_an_item_or_a_category_leaves_other_goods_alone() -> None:
    """Drinks are never discounted; of rice ten pieces may be given away, not eleven."""
    policy = with_rules(
        PolicyRule(Breach.DISCOUNT, Answer.BLOCK, category="Drinks"),
        PolicyRule(Breach.INTERNAL_ISSUE, Answer.APPROVE, item="rice", quantity_from=11_000),
        PolicyRule(Breach.INTERNAL_ISSUE, Answer.ALLOW),
    )
    assert isinstance(decide(discounted(1), policy), Rejected)
    assert isinstance(decide(discounted(1, item="rice"), policy), NeedsApproval)
    issue = {"type": "internal_issue", "reason": "tasting", "lines": [{"item": "rice", "quantity": "10"}]}
    assert isinstance(decide(issue, policy), Posting)
    issue["lines"] = [{"item": "rice", "quantity": "6"}, {"item": "rice", "quantity": "5"}]
    assert isinstance(decide(issue, policy), NeedsApproval)
    issue["lines"] = [{"item": "tea", "quantity": "90"}]
    assert isinstance(decide(issue, policy), Posting)


def test_what_frees_some_goods_frees_no_others_beside_them() -> None:
    """Cashiers may write fruit off; a box of tea in the same document still waits for somebody."""
    rule = PolicyRule(Breach.WRITE_OFF, Answer.ALLOW, role=Role.CASHIER, item="rice")
    rice, tea = {"item": "rice", "quantity": "1"}, {"item": "tea", "quantity": "9"}

    def write_off(*lines: dict[str, str]) -> Any:
        body = {"type": "write_off", "reason": "spoilt", "lines": list(lines)}
        return plan(draft_of(body), Shop(), Terms("lin", Role.CASHIER, with_rules(rule)))

    assert isinstance(write_off(rice), Posting)
    assert isinstance(write_off(rice, tea), NeedsApproval)


def test_a_rule_applies_up_to_its_role() -> None:
    """What is blocked for cashiers and managers is the admin's to do."""
    policy = with_rules(PolicyRule(Breach.WRITE_OFF, Answer.BLOCK, role=Role.MANAGER))
    body = {"type": "write_off", "reason": "broken", "lines": [{"item": "tea", "quantity": "1"}]}
    kinds = [type(decide(body, policy, role)) for role in Role]
    assert kinds == [Rejected, Rejected, Posting]


def test_goods_written_off_count_at_their_usual_price() -> None:
    """A write-off of 9.00 is free, one of 10.00 needs a second person even where an admin enters it."""
    policy = with_rules(
        PolicyRule(Breach.WRITE_OFF, Answer.APPROVE, amount_from=1_000), PolicyRule(Breach.WRITE_OFF, Answer.ALLOW)
    )
    body = {"type": "write_off", "reason": "broken", "lines": [{"item": "tea", "quantity": "0.900"}]}
    assert isinstance(decide(body, policy), Posting)
    body["lines"] = [{"item": "tea", "quantity": "1"}]
    assert isinstance(decide(body, policy, Role.ADMIN), NeedsApproval)


def test_nobody_approves_their_own_document_with_their_own_pin() -> None:
    """A manager who sells below zero types their own PIN: refused, whatever their role."""
    policy = with_rules(PolicyRule(Breach.DISCOUNT, Answer.APPROVE))
    for role in (Role.MANAGER, Role.ADMIN):
        own = decide(discounted(1), policy, role, Approver("chen", role, "mine"), person="chen")
        assert isinstance(own, Rejected)
        assert [(fault.path, fault.code) for fault in own.faults] == [("approval.person", "own_request")]
    other = decide(discounted(1), policy, Role.MANAGER, Approver("wu", Role.MANAGER, "ok"), person="chen")
    assert isinstance(other, Posting)


RULES = st.lists(
    st.builds(
        PolicyRule,
        st.sampled_from([Breach.DISCOUNT, Breach.PRICE_OVERRIDE, Breach.RETURN_WITHOUT_ORIGINAL]),
        st.sampled_from(Answer),
        st.none() | st.sampled_from(Role),
        st.none() | st.sampled_from(["tea", "rice"]),
        st.none() | st.sampled_from(["Drinks", "Food"]),
        st.none() | st.integers(0, 2_000),
        st.none() | st.integers(0, 5_000),
    ),
    max_size=6,
)
LINES = st.lists(
    st.fixed_dictionaries(
        {"item": st.sampled_from(["tea", "rice"]), "quantity": st.sampled_from(["1", "2", "3"])},
        optional={"discount": st.integers(1, 400), "price": st.integers(500, 2_000)},
    ),
    min_size=1,
    max_size=4,
)
PEOPLE = st.sampled_from(["lin", "chen", "wu"])


@given(
    rules=RULES, lines=LINES, type_=st.sampled_from(["sale", "sale_return"]), person=PEOPLE, role=st.sampled_from(Role),
    approver=st.none() | st.builds(Approver, PEOPLE, st.sampled_from(Role), st.just("ok")),
)  # fmt: skip
def test_approvals_are_never_bypassed(
    rules: list[PolicyRule], lines: list[dict[str, Any]], type_: str, person: str, role: Role, approver: Approver | None
) -> None:
    """Whatever the rules are: what is posted without a second person is allowed to everyone who posts it alone, and what
    one approved was approved by somebody else who may."""
    policy = with_rules(*rules)
    body = {"type": type_, "lines": lines}
    alone = decide(body, policy, role, person=person)
    decided = decide(body, policy, role, approver, person)
    if isinstance(alone, Posting):
        assert decided == alone
        assert alone.detail is None or alone.detail.approval is None
    elif isinstance(alone, Rejected):
        assert isinstance(decided, Rejected)
    elif approver is None:
        assert isinstance(decided, NeedsApproval)
    elif isinstance(decided, Posting):
        assert approver.person != person
        assert policy.may_approve(approver.role)
        assert decided.detail is not None
        assert decided.detail.approval is not None
        assert decided.detail.approval.person == approver.person
        assert {fault.code for fault in alone.reasons} <= {fault.code for fault in decided.warnings}
    else:
        assert isinstance(decided, Rejected)
        assert {fault.code for fault in decided.faults} <= {"own_request", "may_not_approve"}


@pytest.mark.parametrize("breach", list(Breach))
def test_every_breach_has_its_line_in_the_table(breach: Breach) -> None:
    """A breach nobody decided about would end a posting."""
    assert GENERAL.answer(breach, Role.ADMIN) in Answer
