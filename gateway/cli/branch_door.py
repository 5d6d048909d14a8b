"""How a command beside a running branch asks it for something: its own HTTP door, with a short-lived token from its own key file.

A ledger has one writing process, so a command never writes beside it.
"""

import argparse
import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from gateway.cli.command import ASKED_WRONGLY, Refused

PATIENCE_SECONDS: Final = 300.0
"""A workbook of a hundred thousand rows is read within two minutes on a small box."""
TOKEN_SECONDS: Final = 3600
"""Long enough to see a large import through."""
CHUNK_BYTES: Final = 64 * 1024


def which_branch(parser: argparse.ArgumentParser) -> None:
    """Which branch is asked, and in whose name."""
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="the branch's config.toml")
    parser.add_argument("--person", default="admin", metavar="NAME", help="whose act it is (default: admin)")


class BranchDoor:
    """A running branch on this machine."""

    def __init__(self, file: Path, person: str) -> None:
        from admin_ui.serving.roles import Role
        from admin_ui.serving.tokens import KeyFileError, Tokens, read_or_create_key
        from gateway.config import ConfigError, load_branch_config

        try:
            config = load_branch_config(file)
            key = read_or_create_key(config.data)
        except ConfigError as refused:
            raise Refused(str(refused), hint=refused.hint, exit_code=ASKED_WRONGLY) from None
        except KeyFileError as refused:
            raise Refused(str(refused)) from None
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.web.host, config.web.host)  # noqa: S104  (read, not listened on)
        self._where = f"http://{host}:{config.web.port}"
        self._connection = http.client.HTTPConnection(host, config.web.port, timeout=PATIENCE_SECONDS)
        token = Tokens(key, config.site.id).issue(
            role=Role.ADMIN, person=person, issued=int(time.time()), seconds=TOKEN_SECONDS
        )
        self._headers = {"authorization": f"Bearer {token}"}

    def ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        """The decoded answer. Raises Refused with what the branch said."""
        answer = self._request(method, path, body)
        try:
            told = json.loads(answer.read() or b"null")
        except (OSError, http.client.HTTPException, ValueError) as broken:
            raise self._odd(broken) from None
        if answer.status >= 400:
            raise self._said_no(answer.status, told)
        return told

    def fetch(self, path: str) -> Iterator[bytes]:
        """An answer's bytes as they come."""
        answer = self._request("GET", path, None)
        if answer.status >= 400:
            raise self._said_no(answer.status, json.loads(answer.read() or b"null"))
        try:
            while chunk := answer.read(CHUNK_BYTES):
                yield chunk
        except (OSError, http.client.HTTPException) as broken:
            raise self._odd(broken) from None

    def close(self) -> None:
        """Lets the connection go."""
        self._connection.close()

    def _request(self, method: str, path: str, body: bytes | None) -> http.client.HTTPResponse:
        try:
            self._connection.request(method, path, body, self._headers)
            return self._connection.getresponse()
        except ConnectionRefusedError:
            raise Refused(
                "the branch is not running · 门店未运行",
                where=self._where,
                hint="start it, then try again · 请先启动再试",
            ) from None
        except (OSError, http.client.HTTPException) as broken:
            raise self._odd(broken) from None

    def _odd(self, broken: Exception) -> Refused:
        return Refused(
            f"the branch does not answer as it should: {broken}",
            where=self._where,
            hint="look at its log, then try again",
        )

    def _said_no(self, status: int, told: Any) -> Refused:
        said = [told[name] for name in ("detail", "detail_zh") if told.get(name)] if isinstance(told, dict) else []
        return Refused(f"the branch said no: {' '.join(dict.fromkeys(said)) or status}", where=self._where)
