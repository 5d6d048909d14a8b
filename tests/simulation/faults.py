"""Faults of lines, power, clocks and disk space: each does one thing to the world and says whether it could."""

import asyncio
import enum
from collections.abc import Callable
from typing import Final, assert_never

import msgspec

from tests.simulation.process import Process
from tests.simulation.world import Shop, World

CLOCK_JUMPS: Final = (-366 * 86_400_000, -3_600_000, 90_000, 30 * 86_400_000, 10 * 366 * 86_400_000)
HEADQUARTERS_JUMPS: Final = (-366 * 86_400_000, -3_600_000, 500)
"""A headquarters that is restored on another machine needs a right clock there, and none that ever ran far ahead: its
openings are numbered by it. That is stated, not simulated."""
DOOMS: Final = ("before a transaction", "before a commit", "after a commit")


class Divides(enum.Enum):
    """Whose history a fault may make two of."""

    NOBODY = enum.auto()
    ITS_BRANCH = enum.auto()
    EVERYBODY = enum.auto()


class Fault(msgspec.Struct, frozen=True):
    """A kind of fault. `strike` answers whether it happened."""

    name: str
    strike: Callable[[World, Shop], bool]
    weight: int = 4
    divides: Divides = Divides.NOBODY

    def second_history_of(self, world: World, shop: Shop) -> set[str]:
        """The branches that may be given a new epoch because of it."""
        match self.divides:
            case Divides.NOBODY:
                return set()
            case Divides.ITS_BRANCH:
                return {shop.branch}
            case Divides.EVERYBODY:
                return set(world.shops)
            case _:
                assert_never(self.divides)


def _crash_branch(world: World, shop: Shop) -> bool:
    device = world.random.choice(shop.devices)
    if not device.is_on:
        return False
    _kill_after_turns(world, device.process, world.random.randrange(30))
    return True


def _crash_headquarters(world: World, _: Shop) -> bool:
    if not world.office.is_on:
        return False
    _kill_after_turns(world, world.office.process, world.random.randrange(30))
    return True


def _kill_after_turns(world: World, process: Process | None, turns: int) -> None:
    """Between two steps of the loop the process stands at some await: any of them is hit."""
    if process is None or not process.alive:
        return
    if turns == 0:
        process.die()
    else:
        world.loop.call_soon(_kill_after_turns, world, process, turns - 1)


def _doom_branch(world: World, shop: Shop) -> bool:
    device = world.random.choice(shop.devices)
    if not device.is_on or device.process is None:
        return False
    device.process.doomed_at = world.random.choice(DOOMS)
    return True


def _doom_headquarters(world: World, _: Shop) -> bool:
    if not world.office.is_on or world.office.process is None:
        return False
    world.office.process.doomed_at = world.random.choice(DOOMS)
    return True


def _cut_branch(world: World, shop: Shop) -> bool:
    device = world.random.choice(shop.devices)
    if not device.is_on:
        return False
    device.link.line.cut()
    return True


def _cut_headquarters(world: World, _: Shop) -> bool:
    if not world.office.is_on:
        return False
    world.office.link.line.cut()
    return True


def _partition_branch(world: World, shop: Shop) -> bool:
    device = world.random.choice(shop.devices)
    if not device.is_on:
        return False
    up, down = world.random.choice(((True, False), (False, True), (True, True)))
    _block(world, device.link.line.block(up, down, world.random.random() * 60))
    return True


def _partition_headquarters(world: World, _: Shop) -> bool:
    if not world.office.is_on:
        return False
    up, down = world.random.choice(((True, False), (False, True), (True, True)))
    _block(world, world.office.link.line.block(up, down, world.random.random() * 60))
    return True


def _block(world: World, work: "asyncio._CoroutineLike[None]") -> None:
    world.tasks.append(asyncio.create_task(work))


def _unplug(world: World, shop: Shop) -> bool:
    device = world.random.choice(shop.devices)
    if device.unplugged:
        return False
    device.unplug(True)
    world.loop.call_later(world.random.random() * 90, device.unplug, False)
    return True


def _change_weather(world: World, shop: Shop) -> bool:
    world.random.choice(shop.devices).weather.turn(
        loss=world.random.choice((0.0, 0.05, 0.3)),
        duplicate=world.random.choice((0.0, 0.2)),
        delay_max=world.random.choice((0.01, 0.5, 3.0)),
    )
    world.office.weather.reorder = world.random.choice((0.0, 0.5))
    world.office.weather.duplicate = world.random.choice((0.0, 0.2))
    world.office.weather.loss = world.random.choice((0.0, 0.0, 0.1))
    return True


def _stop_server(world: World, _: Shop) -> bool:
    if not world.network.is_up:
        return False
    world.network.stop()
    world.loop.call_later(world.random.random() * 20, world.network.start)
    return True


def _wipe_stream(world: World, _: Shop) -> bool:
    if not world.network.stored:
        return False
    world.network.wipe()
    return True


def _forget_newest(world: World, _: Shop) -> bool:
    if not world.network.messages:
        return False
    world.network.forget_newest(world.random.randrange(1, 6))
    return True


def _damage(world: World, _: Shop) -> bool:
    branch = world.network.damage_newest()
    if branch is not None:
        world.damaged.add(branch)
    return branch is not None


def _jump_branch_clock(world: World, shop: Shop) -> bool:
    world.random.choice(shop.devices).clock.offset_milliseconds = world.random.choice(CLOCK_JUMPS)
    return True


def _jump_headquarters_clock(world: World, _: Shop) -> bool:
    if not world.office.is_on:
        return False
    world.office.clock.offset_milliseconds = world.random.choice(HEADQUARTERS_JUMPS)
    return True


def _fill_branch_disk(world: World, shop: Shop) -> bool:
    return _fill(world, world.random.choice(shop.devices).process)


def _fill_headquarters_disk(world: World, _: Shop) -> bool:
    return _fill(world, world.office.process)


def _fill(world: World, process: Process | None) -> bool:
    if process is None or process.disk_full:
        return False
    process.disk_full = True
    world.loop.call_later(world.random.random() * 15, setattr, process, "disk_full", False)
    return True


LINE_AND_POWER: Final = (
    Fault("kill a branch at an await", _crash_branch, 6),
    Fault("kill a branch at a write", _doom_branch, 6),
    Fault("kill headquarters at an await", _crash_headquarters, 6),
    Fault("kill headquarters at a write", _doom_headquarters, 6),
    Fault("cut a branch's line", _cut_branch),
    Fault("cut headquarters' line", _cut_headquarters),
    Fault("partition a branch, one way or both", _partition_branch),
    Fault("partition headquarters, one way or both", _partition_headquarters, 3),
    Fault("a branch goes offline", _unplug),
    Fault("the weather changes", _change_weather),
    Fault("the server stops", _stop_server, 3),
    Fault("the stream is wiped", _wipe_stream, 3),
    Fault("the stream forgets acknowledged batches", _forget_newest),
    Fault("the stream hands out damaged bytes", _damage, 2),
    Fault("a branch's clock jumps", _jump_branch_clock, 2),
    Fault("headquarters' clock jumps", _jump_headquarters_clock, 2),
    Fault("a branch's disk is full", _fill_branch_disk, 2),
    Fault("headquarters' disk is full", _fill_headquarters_disk, 2),
)
