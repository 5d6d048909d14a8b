"""Language, safe return addresses, metrics, systemd notes, the real cost of a hash."""

import asyncio
import socket
from pathlib import Path

import pytest

from admin_ui.serving import limits
from admin_ui.serving.guard import safe_next, same_origin
from admin_ui.serving.hashing import Hashing
from admin_ui.serving.language import pick
from admin_ui.serving.limits import RateLimit
from admin_ui.serving.metrics import Metrics
from admin_ui.serving.notify import Notifier
from admin_ui.serving.roles import Role


@pytest.mark.parametrize(
    ("cookie", "accept", "language"),
    [
        (None, None, "en"),
        ("zh", "en", "zh"),
        ("en", "zh-CN", "en"),
        ("fr", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "en-GB,en;q=0.9,zh;q=0.8", "en"),
        (None, "fr, zh;q=0.3, en;q=0.2", "zh"),
        (None, "en;q=0, zh-Hant", "zh"),
        (None, "fr", "en"),
        (None, "zh;q=x,;;;,=", "en"),
    ],
)
def test_the_choice_comes_before_the_browser(cookie: str | None, accept: str | None, language: str) -> None:
    assert pick(cookie, accept) == language


@pytest.mark.parametrize(
    "text",
    [
        "//evil",
        "/\\evil",
        "https://evil",
        "evil",
        "",
        "/a\nb",
        "/a\\..",
        "/" + "a" * 600,
        "javascript:alert(1)",
        "\t//e",
    ],
)
def test_nobody_is_led_off_the_site(text: str) -> None:
    assert safe_next(text) == "/"


def test_a_path_of_ours_is_kept() -> None:
    assert safe_next("/stock?item=A&q=%E8%8B%B9") == "/stock?item=A&q=%E8%8B%B9"


def test_an_origin_is_compared_by_host_and_port() -> None:
    def scope(**headers: bytes) -> dict[str, object]:
        return {"headers": [(name.replace("_", "-").encode(), value) for name, value in headers.items()]}

    assert same_origin(scope(host=b"gateway.lan:8080", origin=b"http://gateway.lan:8080"))
    assert same_origin(scope(host=b"gateway.lan", origin=b"https://Gateway.lan"))
    assert same_origin(scope(host=b"gateway.lan"))
    assert not same_origin(scope(host=b"gateway.lan:8080", origin=b"http://gateway.lan:8090"))
    assert not same_origin(scope(origin=b"null"))
    assert not same_origin(scope(host=b"gateway.lan", origin=b"http://["))
    assert not same_origin(scope(host=b"gateway.lan", sec_fetch_site=b"same-site"))


def test_roles_reach_downwards() -> None:
    assert [[role.reaches(least) for least in Role] for role in Role] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


def test_a_bucket_refills_with_time_and_the_table_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BUCKETS_MAX", 2)
    now = [0.0]
    rate = RateLimit(per_second=2, monotonic=lambda: now[0])
    assert [rate.take("a") for _ in range(3)] == [True, True, False]
    now[0] = 0.5
    assert [rate.take("a") for _ in range(2)] == [True, False]
    now[0] = 60.0
    assert [rate.take("a") for _ in range(3)] == [True, True, False], "a long rest saves up one second, no more"
    for key in ("b", "c"):
        rate.take(key)
    assert len(rate._buckets) == 2


def test_metrics_are_written_as_prometheus_reads_them() -> None:
    metrics = Metrics()
    posted = metrics.counter("kontor_documents_total", "Documents posted", ("type",))
    posted.add(2, ("sale",))
    posted.add(1, ('a"b\\c\n',))
    metrics.gauge("kontor_waiting", "Waiting", read=lambda: 1.5)
    metrics.gauge("kontor_head_seq", "Head").set(7)
    seconds = metrics.histogram("kontor_post_seconds", "Posting", buckets=(0.1, 1))
    for value in (0.05, 0.1, 0.5, 9):
        seconds.observe(value)
    assert metrics.exposition().decode().splitlines() == [
        "# HELP kontor_documents_total Documents posted",
        "# TYPE kontor_documents_total counter",
        'kontor_documents_total{type="sale"} 2',
        'kontor_documents_total{type="a\\"b\\\\c\\n"} 1',
        "# HELP kontor_waiting Waiting",
        "# TYPE kontor_waiting gauge",
        "kontor_waiting 1.5",
        "# HELP kontor_head_seq Head",
        "# TYPE kontor_head_seq gauge",
        "kontor_head_seq 7",
        "# HELP kontor_post_seconds Posting",
        "# TYPE kontor_post_seconds histogram",
        'kontor_post_seconds_bucket{le="0.1"} 2',
        'kontor_post_seconds_bucket{le="1"} 3',
        'kontor_post_seconds_bucket{le="+Inf"} 4',
        "kontor_post_seconds_sum 9.65",
        "kontor_post_seconds_count 4",
    ]
    with pytest.raises(AssertionError):
        metrics.gauge("kontor_waiting", "Again")


@pytest.mark.parametrize("abstract", [True, False])
def test_systemd_hears_ready_and_stopping(tmp_path: Path, abstract: bool) -> None:
    address = f"@kontor-test-{tmp_path}"[:90] if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind("\0" + address[1:] if abstract else address)
        supervisor.settimeout(2)
        notifier = Notifier({"NOTIFY_SOCKET": address})
        assert notifier.ready()
        assert notifier.status("two\nlines")
        assert notifier.stopping()
        assert [supervisor.recv(100) for _ in range(3)] == [b"READY=1", b"STATUS=two lines", b"STOPPING=1"]


def test_without_systemd_nothing_is_said(tmp_path: Path) -> None:
    assert not Notifier({}).ready()
    assert not Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()
    assert Notifier({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}).watchdog_seconds is None


@pytest.mark.anyio
async def test_life_is_reported_only_while_healthy(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(tmp_path / "notify"))
        supervisor.setblocking(False)
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "30000"})
        healthy = iter([True, True, False, False, False])
        with pytest.raises(RuntimeError):  # the iterator's end, as a coroutine shows it
            await notifier.keep_alive(lambda: next(healthy))
        assert [supervisor.recv(100) for _ in range(2)] == [b"WATCHDOG=1"] * 2
        with pytest.raises(BlockingIOError):
            supervisor.recv(100)
    await Notifier({}).keep_alive(lambda: True)  # ends at once without a watchdog


@pytest.mark.anyio
async def test_hashing_at_full_cost_leaves_the_loop_free() -> None:
    hashing = Hashing()
    stored = await hashing.hash("1111")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.001)
            beats += 1

    beating = asyncio.create_task(beat())
    assert (await hashing.check(stored, "1111")).fits
    assert not (await hashing.check(stored, "1112")).fits
    beating.cancel()
    assert beats > 3
    hashing.close()
