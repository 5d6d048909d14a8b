"""What a page is told of what happened: all it wants, in order, and nothing anew because of what others are told."""

from admin_ui.serving.events import EventHub


def test_what_a_page_does_not_want_pushes_nothing_of_its_own_out() -> None:
    """Far more than the ring holds passes by; then the one event it waits for is told, without a fetch anew."""
    hub = EventHub(clock=lambda: 1.0, ring_max=10)
    page = hub.subscribe(["branch"])
    assert page is not None
    for number in range(100):
        hub.publish("stock", b"%d" % number)
    assert not page.wake.is_set()
    hub.publish("branch", b"1")
    told = page.take(hub)
    assert told.count(b"event: ") == 1
    assert b"event: branch\ndata: 1" in told


def test_what_a_page_waits_for_is_not_passed_over() -> None:
    """Something it wants, then something it does not, then more than the ring holds: it is told, or told to fetch anew."""
    hub = EventHub(clock=lambda: 1.0, ring_max=10)
    page = hub.subscribe(["branch"])
    assert page is not None
    hub.publish("branch", b"1", at_once=False)
    hub.publish("stock", b"2")
    hub.publish("branch", b"3")
    told = page.take(hub)
    assert told.index(b"data: 1") < told.index(b"data: 3")
    hub.publish("branch", b"4", at_once=False)
    for number in range(100):
        hub.publish("stock", b"%d" % number)
    assert b"event: resync" in page.take(hub)
