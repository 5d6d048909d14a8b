"""Faults that make two histories of one branch: restored backups, copied cards, boxes replaced, and headquarters restored."""

from typing import Final

from tests.simulation.device import Device
from tests.simulation.faults import LINE_AND_POWER, Divides, Fault
from tests.simulation.world import Backup, Shop, World

BACKUPS_KEPT: Final = 6
RESTORED_HEADQUARTERS: Final = "headquarters is restored from a backup"
BOXES_MAX: Final = 4
"""Boxes that ever called themselves by one branch's name, in one story."""


def back_up(world: World, shop: Shop) -> None:
    """Not a fault, but what a later one needs: images of a branch's card and of headquarters' disk."""
    device = world.random.choice(shop.devices)
    if device.name not in shop.destroyed:
        shop.backups.append(Backup(world.loop.time(), device.disk.image(), device))
        del shop.backups[:-BACKUPS_KEPT]
    world.office_backups.append(Backup(world.loop.time(), world.office.disk.image()))
    del world.office_backups[:-BACKUPS_KEPT]


def _restore_branch(world: World, shop: Shop, *, sells_first: bool) -> bool:
    backups = [backup for backup in shop.backups if backup.device in _usable(shop)]
    if not backups:
        return False
    backup = world.random.choice(backups)
    device = backup.device
    assert device is not None
    device.turn_off()
    device.disk.restore(backup.image)
    world.destroyed([shop.branch])
    world.say(f"{device.name} is as it was {world.loop.time() - backup.at:.0f} s ago")
    if sells_first:
        device.unplug(True)
        world.loop.call_later(5 + world.random.random() * 40, device.unplug, False)
    device.boot()
    if sells_first:
        world.till_of(shop, device).sell(world.random.randrange(1, 30))
    return True


def _restore_online(world: World, shop: Shop) -> bool:
    return _restore_branch(world, shop, sells_first=False)


def _restore_offline(world: World, shop: Shop) -> bool:
    return _restore_branch(world, shop, sells_first=True)


def _lose_newest(world: World, shop: Shop) -> bool:
    """A card that lied about its flushes comes back without its newest commits after a power cut."""
    devices = [device for device in _usable(shop) if device.is_on]
    if not devices:
        return False
    device, image = world.random.choice(devices), None
    image = device.disk.image()

    def cut() -> None:
        if device.is_on and device in _usable(shop):
            device.turn_off()
            device.disk.restore(image)
            world.destroyed([shop.branch])
            world.say(f"{device.name} lost its newest commits")
            device.boot()

    world.loop.call_later(world.random.random() * 3, cut)
    return True


def _copy_card(world: World, shop: Shop) -> bool:
    """A copy of the card runs beside the original, with tills of its own: of now, or of an old backup."""
    if len(shop.devices) >= BOXES_MAX:
        return False
    original, image = world.random.choice(_usable(shop) or [shop.devices[0]]), None
    if original.name in shop.destroyed:
        return False
    old = [backup for backup in shop.backups if backup.device is original]
    image = world.random.choice(old).image if old and world.random.random() < 0.4 else original.disk.image()
    copy = world.make_device(shop.branch, str(len(shop.devices) + 1), like=original, image=image)
    shop.devices.append(copy)
    world.add_till(shop, copy)
    copy.boot()
    return True


def _replace(world: World, shop: Shop) -> bool:
    """A new, empty box takes over with a code from headquarters. The old one is gone, or comes back some day."""
    if len(shop.devices) + shop.awaited >= BOXES_MAX:
        return False
    shop.awaited += 1
    world.do(_put_in_place(world, shop))
    return True


async def _put_in_place(world: World, shop: Shop) -> None:
    code = await world.give_code(shop.branch)
    shop.awaited -= 1
    device = world.make_device(shop.branch, str(len(shop.devices) + 1))
    device.replacement = code
    world.say(f"{device.name} is put in place")
    for old in _usable(shop):
        comes_back = world.random.random() < 0.6
        old.turn_off()
        if comes_back:
            world.loop.call_later(world.random.random() * 120, _come_back, world, old)
        else:
            shop.destroyed.add(old.name)
        for till in shop.tills:
            if till.device is old:
                till.device = device
    shop.devices.append(device)
    world.destroyed([shop.branch])
    device.boot()
    if not any(till.device is device for till in shop.tills):
        world.add_till(shop, device)


async def rejoin(world: World, shop: Shop) -> None:
    """Nobody is the branch: headquarters forgot the code, or whom it was for. A person gives the newest box another."""
    device = _usable(shop)[-1]
    device.replacement = await world.give_code(shop.branch)
    world.say(f"{device.name} rejoins")
    device.crash()


def _come_back(world: World, device: Device) -> None:
    if not device.is_on:
        world.say(f"{device.name} comes back")
        device.boot()


def _usable(shop: Shop) -> list[Device]:
    return [device for device in shop.devices if device.name not in shop.destroyed]


def _restore_headquarters(world: World, _: Shop) -> bool:
    if not world.office_backups:
        return False
    backup = world.random.choice(world.office_backups)
    world.office.restore(backup.image, on_another_machine=world.random.random() < 0.5)
    world.forgotten()
    world.was_restored = True
    world.destroyed(list(world.shops))
    world.say(f"headquarters is as it was {world.loop.time() - backup.at:.0f} s ago")
    return True


SECOND_HISTORIES: Final = (
    Fault("a branch's old backup is restored, online at once", _restore_online, 3, Divides.ITS_BRANCH),
    Fault("a branch's old backup is restored, sells first", _restore_offline, 3, Divides.ITS_BRANCH),
    Fault("a branch's card loses its newest commits", _lose_newest, 3, Divides.ITS_BRANCH),
    Fault("a branch's card is copied, both alive", _copy_card, 2, Divides.ITS_BRANCH),
    Fault("a new box replaces the old one", _replace, 2, Divides.ITS_BRANCH),
    Fault(RESTORED_HEADQUARTERS, _restore_headquarters, 3, Divides.EVERYBODY),
)
CATALOGUE: Final = (*LINE_AND_POWER, *SECOND_HISTORIES)
