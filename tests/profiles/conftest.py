"""A shop of each kind, made as `kontor init --sample` makes it and then run, asked over HTTP."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.cli.__main__ import main
from gateway.profiles.profile import profiles
from gateway.store.verify import verify_site
from tests.web.conftest import RunningBranch, put

TILL = '[[stations]]\nname = "till-1"\n'
Begun = Callable[[str], RunningBranch]


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Begun]:
    """Begin a shop of a profile; it is verified when the day is over."""
    running: list[RunningBranch] = []

    def begin(name: str) -> RunningBranch:
        asked = ["init", "--profile", name, "--folder", str(tmp_path), "--name", "Riverside", "--sample"]
        assert main(asked) == 0
        branch = RunningBranch(tmp_path, profiles()[name].settings() + TILL)
        branch.__enter__()
        running.append(branch)
        return branch

    yield begin
    for branch in running:
        branch.stop()
    assert verify_site(tmp_path).differences == ()


def codes(answer: httpx.Response) -> list[str]:
    """What a document was refused for, waits for, or was warned of."""
    body = answer.json()
    found = body.get("errors") or body.get("reasons") or body.get("warnings") or []
    return sorted({one["code"] for one in found})


def done(client: httpx.Client, type_: str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Post a document that nobody objects to."""
    answer = put(client, {"type": type_, "lines": list(lines)} | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def tried(client: httpx.Client, type_: str, *lines: dict[str, Any], **more: Any) -> httpx.Response:
    """Post a document that somebody may object to."""
    return put(client, {"type": type_, "lines": list(lines)} | more)


def on_hand(client: httpx.Client, sku: str, location: str = "shop") -> str:
    """What lies at a place, over all lots."""
    rows = client.get("/api/v1/stock", params={"item": sku, "location": location}).json()["rows"]
    total = sum(int(row["on_hand"].replace(".", "")) for row in rows)
    return f"{total // 1000}.{total % 1000:03}"
