"""A call that may hang, on a thread of its own: a driver that opens a wedged adapter, a name that nobody resolves.

Neither the loop nor the threads that others share wait for it. It may outlive whoever asked: then what it brings is undone.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def aside(call: Callable[[], T], undo: Callable[[T], None] | None = None) -> T:
    """What `call` returns or raises. If nobody waits for it any more, `undo` is given the result."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def work() -> None:
        failed: Exception | None = None
        try:
            result = call()
        except Exception as error:  # noqa: BLE001 - a thread's outermost edge: it belongs to whoever asked
            failed = error

        def tell() -> None:
            if failed is not None:
                if not answer.done():
                    answer.set_exception(failed)
            elif not answer.done():
                answer.set_result(result)
            elif undo is not None:
                undo(result)

        # A loop that was closed meanwhile goes with its process, and that with all it holds.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(tell)

    # A daemon, so that stopping the gateway does not wait for it either.
    threading.Thread(target=work, name="line", daemon=True).start()
    return await answer
