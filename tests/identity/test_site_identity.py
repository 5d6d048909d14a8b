"""Keys and tokens on disk: made once, kept private, and refused when they belong to somebody else."""

import os
import stat
from pathlib import Path

import pytest

from replication.identity.claims import read_facts
from replication.identity.keys import IdentityError, KeyKind, is_public_key, make_key
from replication.identity.permissions import branch_permissions, partition_tag
from replication.identity.site import branch_identity
from replication.identity.trust import Trust
from replication.wire.identity import partition


def a_trust(folder: Path, now: int = 1_700_000_000) -> Trust:
    return Trust(folder / "trust", os.urandom, lambda: now)


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    """Asked again, the same public half is answered; both files are 0600."""
    identity = branch_identity(tmp_path)
    first = identity.make_key(os.urandom).public
    assert identity.make_key(os.urandom).public == first
    assert is_public_key(KeyKind.USER, first)
    identity.accept("b001", a_trust(tmp_path).enrol("b001", first))
    for file in (identity.seed_file, identity.token_file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_opening_a_trust_folder_again_changes_no_key(tmp_path: Path) -> None:
    """The server's settings name the same accounts after a restart."""
    assert a_trust(tmp_path).server_settings() == a_trust(tmp_path).server_settings()


@pytest.mark.parametrize("secret", ["SOA", "SAA", "SUA"])
def test_the_servers_settings_hold_no_seed(tmp_path: Path, secret: str) -> None:
    """They are read by another user than headquarters."""
    assert secret not in a_trust(tmp_path).server_settings()


def test_a_token_of_another_branch_is_not_kept(tmp_path: Path) -> None:
    """The technician mixed up two files."""
    identity = branch_identity(tmp_path)
    key = identity.make_key(os.urandom)
    with pytest.raises(IdentityError, match="the token is for 'b002'"):
        identity.accept("b001", a_trust(tmp_path).enrol("b002", key.public))
    assert identity.token() is None


def test_a_token_of_another_device_is_not_kept(tmp_path: Path) -> None:
    """A token alone is worth nothing: the seed it belongs to lies on another device."""
    identity = branch_identity(tmp_path)
    identity.make_key(os.urandom)
    other = make_key(KeyKind.USER, os.urandom)
    with pytest.raises(IdentityError, match="for another device"):
        identity.accept("b001", a_trust(tmp_path).enrol("b001", other.public))


@pytest.mark.parametrize("text", ["", "a.b.c", "....", "x" * 20_000, "e30.e30.e30"])
def test_what_is_no_token_is_refused(tmp_path: Path, text: str) -> None:
    """Whatever file was named."""
    identity = branch_identity(tmp_path)
    identity.make_key(os.urandom)
    with pytest.raises(IdentityError):
        identity.accept("b001", text)


def test_a_broken_seed_file_is_named(tmp_path: Path) -> None:
    """Nothing is made anew over a file that holds something else."""
    identity = branch_identity(tmp_path)
    identity.seed_file.write_text("not a seed")
    with pytest.raises(IdentityError, match=r"device\.seed"):
        identity.make_key(os.urandom)
    assert identity.seed_file.read_text() == "not a seed"


@pytest.mark.parametrize(("branch", "key"), [("B 1", None), ("b001", "UABC"), ("b001", "A" * 56)])
def test_only_a_branch_name_and_a_device_key_are_enrolled(tmp_path: Path, branch: str, key: str | None) -> None:
    """Anything else would make a token nobody can use."""
    public = key or make_key(KeyKind.USER, os.urandom).public
    with pytest.raises(IdentityError):
        a_trust(tmp_path).enrol(branch, public)


def test_a_token_says_for_whom_and_until_when(tmp_path: Path) -> None:
    """Times are Unix seconds; 0 never ends."""
    device = make_key(KeyKind.USER, os.urandom).public
    trust = a_trust(tmp_path, 1_000)
    lasting, short = read_facts(trust.enrol("b001", device)), read_facts(trust.enrol("b001", device, valid_seconds=60))
    assert lasting is not None
    assert short is not None
    assert (lasting.name, lasting.sub, lasting.exp) == ("b001", device, 0)
    assert short.exp == 1_060


def test_the_template_names_only_the_branch_itself() -> None:
    """No subject of a branch's permissions stands for another branch."""
    permissions = branch_permissions()
    for subject in (*permissions.pub.allow, *permissions.sub.allow):
        assert "{{name()}}" in subject
        assert "*" not in subject
    assert partition_tag("b001") == f"part:p{partition('b001'):02d}"
