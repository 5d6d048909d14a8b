"""`kontor verify`: computes a ledger again from its rows and compares, beside a running site."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from gateway.cli.command import Command, Refused
from gateway.cli.which_site import WhichSite, site_of

HEADQUARTERS = "hq"


class Report(Protocol):
    """What both kinds of site answer."""

    @property
    def site(self) -> str:
        """Whose ledger it was."""

    @property
    def differences(self) -> Sequence[str]:
        """Sentences, each a difference; the first hundred."""

    @property
    def difference_count(self) -> int:
        """All of them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which ledgers."""
    parser.add_argument(
        "--home",
        type=Path,
        default=Path("kontor-data"),
        metavar="DIR",
        help="the home of `kontor up` (default: ./kontor-data)",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--site", metavar="b001", help="only this site of the home (default: all, headquarters too)")
    which.add_argument(
        "--config", type=Path, metavar="FILE", help="the config.toml of one site that is in no such home"
    )
    parser.add_argument(
        "--archive", type=Path, metavar="DIR", help="check what `kontor archive` wrote, up into the branch's journal"
    )


def run(arguments: argparse.Namespace) -> int:
    """0 when nothing differs, 1 otherwise."""
    named = None if arguments.config is None else site_of(arguments.config)
    if arguments.archive is not None:
        return _verify_archive(arguments.archive, arguments.home, named)
    sites = _sites(arguments.home, arguments.site) if named is None else [named]
    clean = True
    for site in sites:
        report = _verify(site)
        figures = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in _figures(report))
        verdict = "clean" if report.difference_count == 0 else f"{report.difference_count} differences"
        print(f"{site.id}: {verdict}; {figures}")
        for sentence in report.differences:
            print(f"  {sentence}")
        if report.difference_count > len(report.differences):
            print(f"  … and {report.difference_count - len(report.differences)} more")
        clean = clean and report.difference_count == 0
    return 0 if clean else 1


def _verify_archive(archive: Path, home: Path, named: WhichSite | None) -> int:
    from gateway.store.archive import read_archive, verify_archive
    from gateway.store.backup import BackupError
    from replication.storage.errors import StorageError

    try:
        branch = read_archive(archive).branch
        if named is not None and named.id != branch:
            raise Refused(f"this archive is of branch {branch}, these settings are of {named.id}", where=str(archive))
        (site,) = _sites(home, branch) if named is None else [named]
        manifest = verify_archive(archive, site.folder)
    except BackupError as refused:
        raise Refused(refused.what, where=str(refused.where), hint=refused.hint) from None
    except StorageError as refused:
        raise Refused(f"the ledger cannot be read: {refused.cause}", where=refused.path, hint=refused.hint) from None
    last = manifest.months[-1].last_seq if manifest.months else 0
    print(f"{manifest.branch}: clean; {len(manifest.months)} months chain up to entry {last} of the journal")
    return 0


def _sites(home: Path, site: str | None) -> list[WhichSite]:
    found = sorted(config.parent for config in home.glob("*/config.toml"))
    chosen = [folder for folder in found if site in {None, folder.name}]
    if not chosen:
        known = ", ".join(folder.name for folder in found)
        raise Refused(
            f"there is no site {site!r} in this home" if site and found else "there is no site in this home",
            where=str(home),
            hint=f"sites here: {known}"
            if known
            else "start `kontor up` once, or name its folder with --home; --config names the settings of a site of its own",
        )
    return [WhichSite(folder.name, folder) for folder in chosen]


def _verify(site: WhichSite) -> Report:
    from replication.storage.errors import StorageError

    try:
        return _verifier(site)(site.folder)
    except StorageError as refused:
        raise Refused(f"{site.id} cannot be read: {refused.cause}", where=refused.path, hint=refused.hint) from None


def _verifier(site: WhichSite) -> Callable[[Path], Report]:
    if site.id == HEADQUARTERS:
        from replication.headquarters.stores.verify import verify_site as verify_headquarters

        return verify_headquarters
    from gateway.store.verify import verify_site as verify_branch

    return verify_branch


def _figures(report: Report) -> list[tuple[str, object]]:
    import msgspec

    told = {"site", "differences", "difference_count"}
    assert isinstance(report, msgspec.Struct), "a report is a struct"
    values = msgspec.structs.asdict(report)
    return [(name, value) for name, value in values.items() if name not in told and isinstance(value, (int, str))]


COMMAND = Command("compute the ledgers again from their rows and compare", add_arguments, run)
