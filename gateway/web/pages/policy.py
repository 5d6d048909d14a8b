"""The rules of a branch in words: who may do what alone, what needs a second person, and what nobody may."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar import Response, get

from admin_ui.contexts.policy import Answer, PolicyLine, PolicyPage, PolicyRuleLine
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.roles import Role
from gateway.domain.policy import Breach, Policy
from gateway.domain.policy import Role as PolicyRole
from gateway.web.pages.frame import AnyRequest, Frame, language_of
from gateway.web.policy import policy_view
from gateway.web.sentences import brief

_ROLES: Final = (PolicyRole.CASHIER, PolicyRole.MANAGER, PolicyRole.ADMIN)


def routes(frame: Frame) -> Sequence[Any]:
    """`/policy`."""
    branch = frame.branch

    @get("/policy", include_in_schema=False, guards=[at_least(Role.MANAGER, password=True)])
    async def policy(request: AnyRequest, caller: TheCaller) -> Response[str]:
        page = _page(branch.shop.policy, zh=language_of(request) == "zh")
        return await frame.page(request, "policy.html", page, caller)

    return [policy]


def _page(policy: Policy, *, zh: bool) -> PolicyPage:
    def meaning(breach: str) -> str:
        return brief(breach).zh if zh else brief(breach).en

    def said(breach: Breach) -> tuple[Answer, Answer, Answer]:
        cashier, manager, admin = (_answer(policy, breach, role) for role in _ROLES)
        return cashier, manager, admin

    return PolicyPage(
        approver=policy.approver.value,
        pending_days=policy.pending_days,
        rules=tuple(
            msgspec.convert({"meaning": meaning(rule.breach), **msgspec.to_builtins(rule)}, PolicyRuleLine)
            for rule in policy_view(policy).rules
        ),
        lines=tuple(PolicyLine(breach=one.value, meaning=meaning(one.value), answers=said(one)) for one in Breach),
    )


def _answer(policy: Policy, breach: Breach, role: PolicyRole) -> Answer:
    return policy.answer(breach, role).value
