"""API tokens: what is accepted, and what exactly is refused."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from admin_ui.serving import tokens
from admin_ui.serving.roles import Role
from admin_ui.serving.tokens import Claims, KeyFileError, TokenRefused, Tokens, read_or_create_key

KEY = bytes(range(32))


def test_a_token_says_who_and_where_and_survives_a_restart() -> None:
    text = Tokens(KEY, "b001").issue(role=Role.MANAGER, person="chen", issued=17)
    claims = Tokens(KEY, "b001").verify(text, 20)
    assert isinstance(claims, Claims)
    assert (claims.site, claims.role, claims.person, claims.issued) == ("b001", Role.MANAGER, "chen", 17)


def test_a_token_that_ends_is_refused_from_that_second_on() -> None:
    """Also one that is remembered, and also by a clock that stands well before the token was made."""
    ours = Tokens(KEY, "b001")
    text = ours.issue(role=Role.CASHIER, person="lin", issued=1_000_000, seconds=60)
    for now, good in ((1_000_000, True), (1_000_059.9, True), (1_000_060, False), (999_999, True), (3_600, False)):
        outcome = ours.verify(text, now)
        assert isinstance(outcome, Claims) if good else outcome == TokenRefused("token_expired"), now
    assert isinstance(ours.verify(ours.issue(role=Role.CASHIER, person="lin", issued=1_000_000), 3_600), Claims)


def test_every_changed_character_is_refused() -> None:
    ours = Tokens(KEY, "b001")
    text = ours.issue(role=Role.CASHIER, person="lin", issued=1)
    for place in range(len(text)):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        outcome = ours.verify(changed, 20)
        # The last character carries spare bits of base64; where they decode alike it is the same signature.
        assert isinstance(outcome, TokenRefused) or place == len(text) - 1, changed


def test_a_token_of_another_site_is_told_so() -> None:
    theirs = Tokens(bytes(32), "hq").issue(role=Role.ADMIN, person="admin", issued=1)
    assert Tokens(KEY, "b001").verify(theirs, 20) == TokenRefused("token_wrong_site")


def test_the_same_key_on_another_site_does_not_open_it() -> None:
    theirs = Tokens(KEY, "b002").issue(role=Role.ADMIN, person="admin", issued=1)
    assert Tokens(KEY, "b001").verify(theirs, 20) == TokenRefused("token_wrong_site")


@pytest.mark.parametrize("text", ["", "kt_", "kt_.", "x.y", "kt_" + "A" * 600, "kt_é.é", "kt_gA.AAAA"])
def test_rubbish_is_refused(text: str) -> None:
    assert Tokens(KEY, "b001").verify(text, 20) == TokenRefused("token_invalid")


def test_the_memory_of_verified_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "CACHE_ENTRIES_MAX", 3)
    ours = Tokens(KEY, "b001")
    for _ in range(5):
        assert isinstance(ours.verify(ours.issue(role=Role.CASHIER, person="lin", issued=1), 2), Claims)
    assert len(ours._verified) == 3


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: read_or_create_key(tmp_path), range(8)))
    assert len(keys) == 1
    assert stat.S_IMODE((tmp_path / "token.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["token.key"]


def test_a_damaged_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "token.key").write_text("ab")
    with pytest.raises(KeyFileError, match=r"token\.key: has 1 bytes instead of 32"):
        read_or_create_key(tmp_path)
