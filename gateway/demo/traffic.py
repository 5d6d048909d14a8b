"""`--traffic`: every branch a busy shop, at a pace a person can follow."""

import asyncio
import random
from collections.abc import Callable, Mapping

from admin_ui.serving.roles import Role
from gateway.demo.branch_client import BranchSilent
from gateway.demo.customer import Customer
from gateway.demo.shop import make_token
from gateway.up.plan import Plan, Site
from gateway.up.site_files import FloorPorts

# A checkout with a short queue: somebody is served every half second to second and a half.
PAUSE_SECONDS = (0.3, 1.2)
# A branch that was killed is back within two seconds.
SILENT_PAUSE_SECONDS = 1.0


async def keep_shops_busy(plan: Plan, floors: Mapping[str, FloorPorts], say: Callable[[str], None]) -> None:
    """Runs until cancelled."""
    say(f"traffic: people shop in {len(plan.branches)} branches · 演示客流已开始")
    async with asyncio.TaskGroup() as shops:
        for branch in plan.branches:
            shops.create_task(_keep_busy(branch, floors[branch.id]))


async def _keep_busy(branch: Site, floor: FloorPorts) -> None:
    chance = random.Random()
    customer = Customer(
        port=branch.port,
        token=make_token(branch, Role.ADMIN, "lin"),
        floor_port=floor.page,
        chance=chance,
    )
    try:
        while True:
            try:
                await asyncio.to_thread(customer.act)
            except BranchSilent:
                await asyncio.sleep(SILENT_PAUSE_SECONDS)
            await asyncio.sleep(chance.uniform(*PAUSE_SECONDS))
    finally:
        customer.close()
