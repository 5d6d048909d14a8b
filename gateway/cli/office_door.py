"""How a command beside a running headquarters asks it for something: its own HTTP door, with a token from its own key file.

A database has one writing process, so a command never writes beside it. Where headquarters is not running, the command may
take its place for a moment: the lock on the file tells which of the two it is.
"""

import http.client
import json
import time
from pathlib import Path
from typing import Any, Final

from gateway.cli.command import ASKED_WRONGLY, Refused
from replication.headquarters.config import ConfigError, HeadquartersConfig, load_headquarters_config

PATIENCE_SECONDS: Final = 30.0
"""A busy headquarters answers within seconds; after this something is wrong with it."""
TOKEN_SECONDS: Final = 120
"""A command asks once: its token is good for the patience, and for nobody who finds it later."""


class NobodyThere(Exception):
    """Headquarters is not running."""


def settings(file: Path) -> HeadquartersConfig:
    """Headquarters' settings."""
    try:
        return load_headquarters_config(file)
    except ConfigError as refused:
        raise Refused(str(refused), hint=refused.hint, exit_code=ASKED_WRONGLY) from None


def ask(config: HeadquartersConfig, person: str, path: str, body: Any) -> Any:
    """POST to the running headquarters and read its answer. Raises NobodyThere, or Refused with what it said."""
    from admin_ui.serving.roles import Role
    from admin_ui.serving.tokens import KeyFileError, Tokens, read_or_create_key

    try:
        key = read_or_create_key(config.data)
    except KeyFileError as refused:
        raise Refused(str(refused)) from None
    token = Tokens(key, config.site.id).issue(
        role=Role.ADMIN, person=person, issued=int(time.time()), seconds=TOKEN_SECONDS
    )
    where = f"http://{config.web.host}:{config.web.port}"
    connection = http.client.HTTPConnection(_reachable(config.web.host), config.web.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request(
            "POST", path, json.dumps(body), {"authorization": f"Bearer {token}", "content-type": "application/json"}
        )
        answer = connection.getresponse()
        told = json.loads(answer.read() or b"null")
    except ConnectionRefusedError:
        raise NobodyThere from None
    except (OSError, http.client.HTTPException, ValueError) as broken:
        raise Refused(
            f"headquarters does not answer as it should: {broken}", where=where, hint="look at its log, then try again"
        ) from None
    finally:
        connection.close()
    if answer.status >= 400:
        said = [told[name] for name in ("detail", "detail_zh") if told.get(name)] if isinstance(told, dict) else []
        raise Refused(f"headquarters said no: {' '.join(dict.fromkeys(said)) or answer.status}", where=where)
    return told


def _reachable(host: str) -> str:
    """Where a site that listens everywhere is reached from its own machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (read, not listened on)
