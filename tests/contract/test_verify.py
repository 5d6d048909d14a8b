"""`kontor verify` beside a running shop, and on copies of its home in which one row was changed."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli.__main__ import main
from tests.contract.conftest import CASHIER, Site, eventually, sale
from tests.whole_shop import WholeShop

DATABASES = {"b001": "ledger.db", "hq": "hq.db"}

TAMPERED = [
    ("b001", "UPDATE journal SET payload = x'80' WHERE seq = 2"),
    ("b001", "UPDATE journal SET hash = zeroblob(32) WHERE seq = 2"),
    ("b001", "UPDATE journal SET epoch = epoch + 1 WHERE seq = 2"),
    ("b001", "UPDATE journal SET event_id = zeroblob(16) WHERE seq = 2"),
    ("b001", "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)"),
    ("b001", "UPDATE balances SET quantity = quantity + 1 WHERE location_id > 0"),
    (
        "b001",
        "UPDATE movements SET quantity = quantity + 1 WHERE movement_id = (SELECT max(movement_id) FROM movements)",
    ),
    ("b001", "UPDATE balances SET quantity = quantity + 1 WHERE location_id = 0"),
    ("b001", "UPDATE documents SET total = total + 1 WHERE seq = (SELECT max(seq) FROM documents)"),
    ("b001", "UPDATE documents SET station_id = NULL"),
    ("b001", "UPDATE items SET name = 'other'"),
    ("b001", "UPDATE items SET body = x'80'"),
    ("b001", "DELETE FROM barcodes"),
    ("b001", "UPDATE locations SET virtual = 1 - virtual"),
    ("b001", "UPDATE replication SET applied_seq = applied_seq - 1"),
    ("hq", "UPDATE balances SET quantity = quantity + 1"),
    ("hq", "UPDATE branches SET seq = seq - 1 WHERE branch = 'b001'"),
    ("hq", "UPDATE batches SET raw = zeroblob(length(raw)) WHERE first_seq = 1"),
    ("hq", "DELETE FROM batches WHERE first_seq = 1"),
    ("hq", "UPDATE documents SET total = total + 1 WHERE document = 1"),
    ("hq", "UPDATE documents SET number = 'SA-999999' WHERE document = 1"),
    ("hq", "UPDATE items SET name = 'other'"),
    ("hq", "UPDATE items SET body = x'80'"),
    ("hq", "DELETE FROM events WHERE seq = 1"),
    ("hq", "UPDATE slots SET sales_total = sales_total + 1"),
]


def verify(home: Path) -> subprocess.CompletedProcess[str]:
    """The command, as a script runs it."""
    command = [sys.executable, "-m", "gateway", "verify", "--home", str(home)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def take_copy(shop: WholeShop, to: Path) -> None:
    """Both databases with SQLite's own backup, beside the running sites."""
    for site, name in DATABASES.items():
        (to / site).mkdir(parents=True)
        shutil.copy(shop.home / site / "config.toml", to / site)
        source, copy = sqlite3.connect(shop.home / site / name), sqlite3.connect(to / site / name)
        source.backup(copy)
        copy.close()
        source.close()


@pytest.fixture(scope="module")
def copied(shop: WholeShop, branch: Site, headquarters: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in which headquarters has everything."""
    sku = branch.item(stock="10", barcodes=["verify-1"])
    seq = branch.post(sale(sku) | {"station": "till-1"}).json["seq"]
    eventually(lambda: headquarters.rows("/branches")[0]["applied_seq"] >= seq, "the sale at headquarters")
    eventually(lambda: branch.ask("GET", "/replication", role=CASHIER).json["applied_seq"] >= seq, "the watermark")
    folder = tmp_path_factory.mktemp("copy")
    take_copy(shop, folder)
    return folder


def test_a_running_shop_and_its_copy_are_clean(shop: WholeShop, copied: Path) -> None:
    for home in (shop.home, copied):
        said = verify(home)
        assert (said.returncode, said.stderr) == (0, ""), said
        assert [line.split(";")[0] for line in said.stdout.splitlines()] == ["b001: clean", "hq: clean"]


@pytest.mark.parametrize(("site", "statement"), TAMPERED)
def test_one_changed_row_is_found(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], site: str, statement: str
) -> None:
    shutil.copytree(copied / site, tmp_path / site)
    database = sqlite3.connect(tmp_path / site / DATABASES[site])
    with database:
        assert database.execute(statement).rowcount > 0
    database.close()
    assert main(["verify", "--home", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert "difference" in said.out
    assert said.err == ""


@pytest.mark.parametrize("site", DATABASES)
def test_a_damaged_file_is_said_in_words(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], site: str
) -> None:
    shutil.copytree(copied / site, tmp_path / site)
    file = tmp_path / site / DATABASES[site]
    whole = file.read_bytes()
    for damaged in (whole[: len(whole) // 8192 * 4096], b"not a database" * 1000):
        file.write_bytes(damaged)
        assert main(["verify", "--home", str(tmp_path)]) == 1
        assert f"{site} cannot be read" in capsys.readouterr().err
