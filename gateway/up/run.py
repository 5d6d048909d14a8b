"""One `kontor up` from its first check to its last word."""

import asyncio
import contextlib
import signal
import time

from gateway.demo.shop import prepare_shops
from gateway.demo.traffic import keep_shops_busy
from gateway.up.home import Home
from gateway.up.orphans import end_orphans
from gateway.up.plan import Options, make_plan
from gateway.up.process_group import take_own_group
from gateway.up.supervisor import Supervisor
from gateway.up.words import welcome


def run_up(options: Options) -> int:
    """Runs everything until Ctrl-C or SIGTERM. Raises `PlanError` or `HomeError` when it cannot."""
    plan = make_plan(options)
    home = Home(options.home)
    home.take()
    try:
        take_own_group()
        if ended := end_orphans(home):
            say(f"ended {len(ended)} programs that an earlier start left in {options.home}")
        return asyncio.run(_run(Supervisor(plan, home, say=say)))
    finally:
        home.release()


def say(line: str) -> None:
    """One line to the terminal, at once, also into a pipe; a reader that went away stops no shop."""
    with contextlib.suppress(BrokenPipeError):
        print(line, flush=True)


async def _run(supervisor: Supervisor) -> int:
    began = time.monotonic()
    plan = supervisor.plan
    asked_to_stop = asyncio.Event()
    asked_again = asyncio.Event()

    def on_signal() -> None:
        (asked_again if asked_to_stop.is_set() else asked_to_stop).set()
        supervisor.let_go()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # `nohup` asks to go on when the terminal closes.
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, on_signal)

    say(f"Kontor starts in {plan.options.home} · 正在启动")
    await supervisor.prepare()
    supervisor.start()
    try:
        if await _first(_prepared(supervisor), asked_to_stop.wait()):
            for line in welcome(plan, supervisor.floors):
                say(line)
            say(f"ready: {len(plan.sites)} sites answer, {time.monotonic() - began:.1f} s after the start · 就绪")
            busy = [keep_shops_busy(plan, supervisor.floors, say)] if plan.options.traffic else []
            await _first(supervisor.broken(), asked_to_stop.wait(), *busy)
        return 0
    finally:
        say("stopping · 正在停止")
        if not await _first(supervisor.stop(), asked_again.wait()):
            await supervisor.kill()
        say("stopped; the data is kept · 已停止，数据已保留")


async def _prepared(supervisor: Supervisor) -> None:
    await asyncio.gather(supervisor.add_people(), supervisor.until_ready())
    if not supervisor.plan.options.empty:
        await prepare_shops(supervisor.plan, say)


async def _first(*waits: object) -> bool:
    """Waits for the first to end and cancels the others. True when it was the first one named."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]  # type: ignore[call-overload]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            if not task.done():
                task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for result in ended:
        if isinstance(result, Exception):
            raise result
    return tasks[0].done() and not tasks[0].cancelled()
