"""Live events: what happened, in order, to every open page that wants it. Knows topics, not their meaning.

Publishing only writes an event down and wakes those who wait for it; each page reads on from where it was when its turn
comes. So what nobody listens to costs next to nothing, and what many listen to is encoded once.

Everything here runs on the event loop; another thread hands an event over with `loop.call_soon_threadsafe`.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from typing import Any

import msgspec

# Enough for a page that slept through a busy minute (design of the live pages).
RING_EVENTS = 2_000
# A page this far behind draws faster by fetching anew.
WAITING_EVENTS = 512
# Five windows on each of a dozen devices; each costs a socket.
CLIENTS_MAX = 64

_encode = msgspec.json.Encoder().encode


class Event:
    """`audience` names the one part of the site it concerns (a station), None means everyone.

    `data` is a struct, its JSON as bytes, several rows (a list of these), or a function that makes one of them when the
    first page wants it. `size` is of how many things it tells: the bounds of the ring and of what may wait count these.
    """

    __slots__ = ("_data", "_frame", "audience", "number", "size", "topic")

    def __init__(self, number: int, topic: str, audience: str | None, data: Any, size: int = 1) -> None:
        self.number = number
        self.topic = topic
        self.audience = audience
        self.size = size
        self._data = data
        self._frame: bytes | None = None

    @property
    def frame(self) -> bytes:
        """The event as it is sent. Of several rows only the last carries the number: a page that was cut off in between
        resumes before the first.
        """
        if self._frame is None:
            data = self._data() if callable(self._data) else self._data
            rows = data if isinstance(data, list) else [data]
            head = b"event: %s\ndata: " % self.topic.encode()
            encoded = [row if isinstance(row, bytes) else _encode(row) for row in rows]
            assert not any(b"\n" in row for row in encoded), "an event's data is one line"
            several = b"".join([b"%s%s\n\n" % (head, row) for row in encoded[:-1]])
            self._frame = b"%sid: %d\n%s%s\n\n" % (several, self.number, head, encoded[-1]) if encoded else b""
            self._data = None
        return self._frame


Wanted = Callable[[Event], bool]


class Subscription:
    """One open page's place in what happened. Made by `EventHub.subscribe` only.

    `wake` is set when something waits for it, `hurry` when that should not wait for its neighbours.
    """

    def __init__(self, topics: frozenset[str], audience: str | None, wanted: Wanted | None, told: int) -> None:
        self._topics = topics
        self._audience = audience
        self._wanted = wanted
        self._told = told
        self._first: list[bytes] = []
        self.ended = False
        self.wake = asyncio.Event()
        self.hurry = asyncio.Event()

    def wants(self, event: Event) -> bool:
        return (
            (not self._topics or event.topic in self._topics)
            and (event.audience is None or self._audience is None or event.audience == self._audience)
            and (self._wanted is None or self._wanted(event))
        )

    def offer(self, event: Event) -> None:
        """An event of this page alone, told before all others."""
        if self.wants(event):
            self._first.append(event.frame)
            self.notice(at_once=True)

    def notice(self, *, at_once: bool) -> None:
        """Something happened that it wants."""
        self.wake.set()
        if at_once:
            self.hurry.set()

    def pass_over(self, number: int) -> None:
        """Nothing waits for it, and the event of that number is of no concern to it: what others are told in plenty must
        not push its place out of the ring."""
        self._told = number

    def end(self) -> None:
        self.ended = True
        self.notice(at_once=True)

    def take(self, hub: "EventHub") -> bytes:
        """All that it was not told yet, as one piece. Where that is no longer whole in the ring, or too much: `resync`."""
        self.wake.clear()
        self.hurry.clear()
        events = hub.since(self._told)
        self._told = hub.head
        frames, self._first = self._first, []
        waiting = None if events is None else [event for event in events if self.wants(event)]
        if waiting is None or sum([event.size for event in waiting]) > hub.waiting_max:
            return b'%sid: %d\nevent: resync\ndata: {"head":%d}\n\n' % (b"".join(frames), hub.head, hub.head)
        frames += [event.frame for event in waiting]
        return b"".join(frames)


class EventHub:
    """Numbers, keeps and hands out events. Numbers start from the clock, so a page that still holds a number of an
    earlier run of this process is told to fetch anew instead of being resumed at the wrong place.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        ring_max: int = RING_EVENTS,
        waiting_max: int = WAITING_EVENTS,
        clients_max: int = CLIENTS_MAX,
    ) -> None:
        # Microseconds since 1970: below 2**53 until the year 2255, so JavaScript reads it exactly.
        self.head = int(clock() * 1_000_000)
        self.waiting_max = waiting_max
        self._ring: deque[Event] = deque()
        self._ring_max = ring_max
        self._held = 0
        self._clients_max = clients_max
        self._clients: set[Subscription] = set()
        self._closed = False

    @property
    def clients(self) -> int:
        return len(self._clients)

    def publish(
        self, topic: str, data: Any, *, audience: str | None = None, at_once: bool = True, size: int = 1
    ) -> int:
        """Tell every page that wants it; returns the event's number. `data` and `size` are described at `Event`.

        Not `at_once`: it comes often and may wait a moment for its neighbours.
        """
        self.head += 1
        event = Event(self.head, topic, audience, data, size)
        self._ring.append(event)
        self._held += size
        while self._held > self._ring_max and len(self._ring) > 1:
            self._held -= self._ring.popleft().size
        for client in self._clients:
            if (client.hurry if at_once else client.wake).is_set():
                continue
            if client.wants(event):
                client.notice(at_once=at_once)
            elif not client.wake.is_set():
                client.pass_over(self.head)
        return self.head

    def subscribe(
        self,
        topics: Collection[str] = (),
        *,
        audience: str | None = None,
        wanted: Wanted | None = None,
        after: int | None = None,
    ) -> Subscription | None:
        """A page begins to listen; None when there are too many. No topics means all. `after` is the last number the
        page has; when what followed is no longer whole in the ring, its first event is `resync`.
        """
        if self._closed or len(self._clients) >= self._clients_max:
            return None
        told = self.head if after is None else after
        subscription = Subscription(frozenset(topics), audience, wanted, told)
        if told != self.head:
            subscription.notice(at_once=True)
        self._clients.add(subscription)
        return subscription

    def since(self, number: int) -> list[Event] | None:
        """The events after that number; None where they are no longer all held."""
        count = self.head - number
        if not 0 <= count <= len(self._ring):
            return None
        return [self._ring[place] for place in range(-count, 0)]

    def leave(self, subscription: Subscription) -> None:
        self._clients.discard(subscription)

    def close(self) -> None:
        """End every stream; called before the server stops, which would otherwise wait for them."""
        self._closed = True
        for client in self._clients:
            client.end()
