"""The plan of the house: who may import whom. There is no exemption list, and a TYPE_CHECKING import is an import."""

from collections.abc import Callable, Iterable

import pytest

from tests.house.source_tree import ROOMS, Import, all_imports, modules, within

TOP_ROOM_ARROWS = {
    "gateway": {"peripherals", "replication", "admin_ui"},
    "peripherals": set(),
    "replication": set(),  # but see HEADQUARTERS_PAGES
    "admin_ui": set(),
}
HEADQUARTERS_PAGES = ("replication.headquarters.app", "replication.headquarters.web")

# Highest first. `config` is read by the composition root and below it by nobody but the web pages that show it.
GATEWAY_LAYERS = ("gateway.app", "gateway.web", "gateway.use_cases", "gateway.store", "gateway.domain")
# The programs round a branch: they start sites and ask them over HTTP, so nothing of the site may lean on them.
GATEWAY_PROGRAMS = ("gateway.cli", "gateway.up", "gateway.demo", "gateway.__main__")

PURE_ROOMS = (
    "gateway.domain",
    "peripherals.protocols",
    "peripherals.simulators",
    "replication.wire",
    "replication.branch.exchange",
    "replication.branch.greeting",
    "replication.branch.mode",
    "replication.branch.reports",
    "replication.branch.sending",
    "replication.branch.settings",
    "replication.branch.sync",
    "replication.branch.inbox",
    "replication.headquarters.ancestry",
    "replication.headquarters.binding",
    "replication.headquarters.decide",
    "replication.headquarters.hello",
    "replication.headquarters.recognition",
)
IMPURE = {"asyncio", "sqlite3", "time", "logging", "random", "secrets", "socket", "threading", "subprocess", "select"} | {
    "litestar", "sqlite_utils", "serial", "serial_asyncio", "nats", "uvloop", "uvicorn", "anyio", "httpx",
}  # fmt: skip

DOORS = {
    "litestar": ("gateway.web", "replication.headquarters.web", "admin_ui.serving"),
    "sqlite_utils": ("gateway.store", "replication.headquarters.stores", "replication.storage"),
    "serial_asyncio": ("peripherals.transports.serial",),
    "nats": ("replication.nats_link",),
    "apprise": ("gateway.deliver",),
    "openpyxl": ("gateway.read_table",),
    "defusedxml": ("gateway.read_table",),
}


def breaches(rule: Callable[[Import], bool], imports: Iterable[Import] | None = None) -> list[str]:
    """The imports that break a rule, each as a sentence."""
    return [str(found) for found in (all_imports() if imports is None else imports) if rule(found)]


def breaks_top_room_arrows(found: Import) -> bool:
    source, target = found.importer.split(".")[0], found.imported.split(".")[0]
    if target not in ROOMS or source == target or target in TOP_ROOM_ARROWS[source]:
        return False
    shows_pages = any(within(found.importer, room) for room in HEADQUARTERS_PAGES)
    return not (shows_pages and target == "admin_ui")


def layer(module: str) -> int | None:
    return next((height for height, room in enumerate(GATEWAY_LAYERS) if within(module, room)), None)


def breaks_gateway_layers(found: Import) -> bool:
    source, target = layer(found.importer), layer(found.imported)
    if source is None:
        return False
    if any(within(found.imported, program) for program in GATEWAY_PROGRAMS):
        return True
    return target is not None and target < source


def breaks_purity(found: Import) -> bool:
    pure = any(within(found.importer, room) for room in PURE_ROOMS)
    return pure and found.imported.split(".")[0] in IMPURE


def leans_on_an_impure_room(found: Import) -> bool:
    """A pure room may import only pure rooms of ours, and plain error or type modules beside it are pure as well."""
    pure = any(within(found.importer, room) for room in PURE_ROOMS)
    return pure and found.imported in impure_modules()


def impure_modules() -> frozenset[str]:
    """Modules of ours that reach the impure libraries, themselves or through others of ours."""
    reached = {found.importer for found in all_imports() if found.imported.split(".")[0] in IMPURE}
    while grown := {found.importer for found in all_imports() if found.imported in reached} - reached:
        reached |= grown
    return frozenset(reached)


def breaks_doors(found: Import) -> bool:
    library = found.imported.split(".")[0]
    return library in DOORS and not any(within(found.importer, door) for door in DOORS[library])


def joins_both_ends(found: Import) -> bool:
    ends = ("replication.branch", "replication.headquarters")
    return any(within(found.importer, a) and within(found.imported, b) for a, b in (ends, ends[::-1]))


def test_top_rooms_import_only_along_the_four_arrows() -> None:
    assert breaches(breaks_top_room_arrows) == []


def test_inside_the_gateway_arrows_point_down_only() -> None:
    assert breaches(breaks_gateway_layers) == []


def test_pure_rooms_import_no_clock_no_loop_no_disk_no_driver() -> None:
    assert breaches(breaks_purity) == []


def test_pure_rooms_reach_nothing_impure_through_others() -> None:
    assert breaches(leans_on_an_impure_room) == []


def test_each_outside_library_has_one_door() -> None:
    assert breaches(breaks_doors) == []


def test_the_carrier_of_messages_is_started_and_never_imported() -> None:
    """What it needs stays out of the gateway's process."""
    assert breaches(lambda found: within(found.imported, "gateway.deliver")) == []


def test_the_reader_of_tables_is_started_and_never_imported() -> None:
    """Workbooks are read in a process of their own."""
    assert breaches(lambda found: within(found.imported, "gateway.read_table")) == []


def test_branch_and_headquarters_never_import_each_other() -> None:
    assert breaches(joins_both_ends) == []


def test_nothing_is_imported_by_a_computed_name() -> None:
    """A name put together at run time would pass every rule above unseen."""
    assert breaches(lambda found: found.imported == "<computed>") == []


def test_there_are_no_circles_between_modules() -> None:
    waiting = {module: set() for module in modules()}
    for found in all_imports():
        if found.imported in waiting and not within(found.importer, found.imported):
            waiting[found.importer].add(found.imported)
    while free := {module for module, needs in waiting.items() if not needs & waiting.keys()}:
        waiting = {module: needs for module, needs in waiting.items() if module not in free}
    # What is left either stands in a circle or leans on one; only the circle itself is worth reading.
    while idle := {module for module in waiting if not any(module in needs for needs in waiting.values())}:
        waiting = {module: needs for module, needs in waiting.items() if module not in idle}
    assert sorted(waiting) == []


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (breaks_top_room_arrows, Import("peripherals.hub", "gateway.config", 1)),
        (breaks_top_room_arrows, Import("replication.branch.app", "admin_ui.serving", 1)),
        (breaks_top_room_arrows, Import("replication.headquarters.decide", "admin_ui.serving", 1)),
        (breaks_gateway_layers, Import("gateway.domain.plan", "gateway.store.ledger", 1)),
        (breaks_gateway_layers, Import("gateway.use_cases.post_document", "gateway.web.problems", 1)),
        (breaks_gateway_layers, Import("gateway.app", "gateway.cli.serve", 1)),
        (breaks_purity, Import("replication.wire.envelope", "time", 1)),
        (breaks_purity, Import("peripherals.protocols.escpos", "asyncio.streams", 1)),
        (breaks_doors, Import("gateway.use_cases.post_document", "sqlite_utils", 1)),
        (breaks_doors, Import("gateway.up.processes", "litestar", 1)),
        (joins_both_ends, Import("replication.branch.ship", "replication.headquarters.decide", 1)),
    ],
    ids=str,
)
def test_the_rules_can_fail(rule: Callable[[Import], bool], found: Import) -> None:
    assert breaches(rule, [found]) == [str(found)]


def test_the_arrows_that_are_allowed_pass() -> None:
    assert not breaks_top_room_arrows(Import("gateway.app", "replication.branch.app", 1))
    assert not breaks_top_room_arrows(Import("replication.headquarters.web.pages", "admin_ui.contexts", 1))
    assert not breaks_gateway_layers(Import("gateway.web.scan", "gateway.use_cases.resolve_scan", 1))
    assert not breaks_doors(Import("gateway.web.scan", "litestar", 1))
