"""A real branch on a free port with a home of its own, in a thread of the test's process; asked over HTTP."""

import asyncio
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
import uvloop

from admin_ui.serving.people import People
from admin_ui.serving.roles import Role
from admin_ui.serving.tokens import Tokens, read_or_create_key
from gateway.app import run
from gateway.config import load_branch_config

START_SECONDS = 20

TEA, APPLE = "tea-500", "apple"
TEA_CODE, BOX_CODE, APPLE_CODE = "9521101530001", "9521101530018", "2112345"


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def new_id() -> str:
    return str(uuid.uuid4())


async def add_people(folder: Path) -> None:
    people = await People.open(folder / "people.db", clock=time.time)
    for person, name, role, pin, password in (
        ("lin", "Lin Yue", Role.CASHIER, "1111", None),
        ("chen", "Chen Wei", Role.MANAGER, "2222", "kontor-manager"),
        ("admin", "Admin", Role.ADMIN, "9999", "kontor-admin"),
    ):
        await people.put(person, display_name=name, role=role, pin=pin, password=password)
    await people.close()


class RunningBranch:
    """Use it in a `with`; `tables` is what stands in its config.toml below the site."""

    def __init__(self, folder: Path, tables: str = '[[stations]]\nname = "till-1"\n') -> None:
        self.folder = folder
        self.port = free_port()
        config = folder / "config.toml"
        config.write_text(
            f'[site]\nid = "b001"\nname = "Riverside store"\nname_zh = "河滨店"\n[web]\nport = {self.port}\n{tables}',
            encoding="utf-8",
        )
        self._config = load_branch_config(config)
        self._up = threading.Event()
        self._stop: Callable[[], None] = lambda: None
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(START_SECONDS), "the branch did not start"
        if self._fault is not None:
            raise self._fault
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> float:
        """Seconds it took."""
        began = time.monotonic()
        self._stop()
        self._thread.join(20)
        assert not self._thread.is_alive()
        if self._fault is not None:
            raise self._fault
        return time.monotonic() - began

    def _run(self) -> None:
        async def main() -> None:
            stop, loop = asyncio.Event(), asyncio.get_running_loop()
            self._stop = lambda: loop.call_soon_threadsafe(stop.set)
            await add_people(self.folder)
            await run(self._config, stop, started=lambda _: self._up.set())
            self._stop = lambda: None

        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(main())
        except BaseException as fault:  # noqa: BLE001 - raised again in the test's own thread
            self._fault = fault
        finally:
            self._up.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def token(self, role: Role = Role.ADMIN, person: str | None = None) -> str:
        tokens = Tokens(read_or_create_key(self.folder), "b001")
        return tokens.issue(role=role, person=person or role.value, issued=int(time.time()))

    def client(self, role: Role = Role.ADMIN) -> httpx.Client:
        """Somebody with an API token."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.token(role)}"}, timeout=20)

    def signed_in(self, person: str, **secret: str) -> httpx.Client:
        """A browser with a session; sends the form token along."""
        answer = httpx.post(f"{self.url}/api/v1/session", json={"person": person, **secret})
        assert answer.status_code == 200, answer.text
        headers = {"X-CSRF-Token": answer.json()["csrf_token"]}
        return httpx.Client(base_url=self.url, cookies=answer.cookies, headers=headers, timeout=20)


def make_items(api: httpx.Client) -> None:
    tea = {"name": "Oolong tea 500 ml", "name_zh": "乌龙茶 500 毫升", "unit": "bottle", "price": 650, "barcodes": [TEA_CODE],
           "packs": [{"unit": "box", "factor": "24", "barcode": BOX_CODE}], "category": "Drinks"}  # fmt: skip
    apple = {
        "name": "Red apples",
        "name_zh": "红苹果",
        "unit": "kg",
        "price": 1280,
        "weighed": True,
        "barcodes": [APPLE_CODE],
    }
    for sku, body in ((TEA, tea), (APPLE, apple)):
        answer = api.put(f"/api/v1/items/{sku}", json=body)
        assert answer.status_code in (200, 201), answer.text
    post(
        api,
        {"type": "opening_balance", "lines": [{"item": TEA, "quantity": "1000"}, {"item": APPLE, "quantity": "500"}]},
    )


def sale(quantity: str = "2", item: str = TEA, **more: Any) -> dict[str, Any]:
    return {"type": "sale", "station": "till-1", "lines": [{"item": item, "quantity": quantity}], **more}


def put(api: httpx.Client, body: Any, document_id: str | None = None) -> httpx.Response:
    return api.put(f"/api/v1/documents/{document_id or new_id()}", json=body)


def post(api: httpx.Client, body: Any) -> dict[str, Any]:
    answer = put(api, body)
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBranch]:
    """One branch for the tests of a file, with two items and stock of both."""
    with RunningBranch(tmp_path_factory.mktemp("b001")) as running:
        with running.client() as api:
            make_items(api)
        yield running


@pytest.fixture
def api(branch: RunningBranch) -> Iterator[httpx.Client]:
    """An admin's script."""
    with branch.client() as client:
        yield client
