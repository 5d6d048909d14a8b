"""What `kontor up` prints: addresses, demo sign-ins, what to try first. One line per address; English and Chinese."""

from collections.abc import Iterator, Mapping

from admin_ui.serving.roles import Role
from gateway.up.plan import Plan
from gateway.up.site_files import PEOPLE, FloorPorts

ROLES_ZH = {Role.CASHIER: "收银员", Role.MANAGER: "店长", Role.ADMIN: "管理员"}


def welcome(plan: Plan, floors: Mapping[str, FloorPorts]) -> Iterator[str]:
    """Everything a person needs to begin, before the line that says `ready`."""
    width = max(len(site.id) for site in plan.sites)
    yield ""
    yield "Pages · 网页"
    yield f"  {'hq':<{width}}  {plan.headquarters.url:<46} Headquarters · 总部"
    for branch in plan.branches:
        label = f"{branch.name} · {branch.name_zh}"
        yield f"  {branch.id:<{width}}  {branch.url:<46} {label}: today, stock, devices · 今日、库存、设备"
        yield f"  {branch.id:<{width}}  {f'{branch.url}till?station=till-1':<46} {label}: till · 收银台"
        yield f"  {branch.id:<{width}}  {floors[branch.id].page_url:<46} {label}: simulated devices · 模拟设备"
    yield ""
    yield "Demo sign-ins · 演示账号"
    for person in PEOPLE:
        secrets = f"PIN {person.pin}" + (f"   password · 密码 {person.password}" if person.password else "")
        yield f"  {person.person:<6} {person.name} {person.name_zh} ({person.role.value} · {ROLES_ZH[person.role]})   {secrets}"
    yield ""
    yield "Try first · 先试试"
    yield from _first_steps(plan)
    yield f"Data · 数据: {plan.options.home}    Stop with Ctrl-C · 按 Ctrl-C 停止"
    yield ""


def _first_steps(plan: Plan) -> Iterator[str]:
    if plan.options.empty:
        yield "  1. Sign in to the branch as admin and make an item, or PUT /api/v1/items/{sku} with a token from:"
        yield f"     kontor token --home {plan.options.home} --site b001 --role admin"
        yield "     以 admin 登录门店新建商品，或用上面的命令取得令牌后调用接口"
        return
    yield "  1. Open the till, sign in as lin, touch an item, take cash.   打开收银台，用 lin 登录，点选商品，收现金"
    yield "  2. Open the simulated devices beside it: put a weight on the scale, scan a code, watch the paper."
    yield "     同时打开模拟设备：在秤上放重量、扫条码、看小票"
    yield "  3. Sell a dish of Hot food and press “Got it” on the branch’s page Kitchen; then take the kitchen printer’s paper out."
    yield "     卖一份现做热菜，在门店的厨房页按“收到”；再把厨房打印机的纸取出试试"
    yield "  4. Open headquarters as admin: the new stock is there, with its “as of”.   用 admin 打开总部，看到新库存和截止时间"
