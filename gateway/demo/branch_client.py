"""A client of one branch's public API, as any script would be: JSON over one kept connection, patient with "busy".

Blocking; run it off the loop. Knows addresses and statuses, not what the bodies mean.
"""

import http.client
import json
import time
from typing import Any, Final

from gateway.up.plan import HOST

ANSWER_SECONDS_MAX: Final = 10.0
# A busy branch says when to come again; more often than this it is not busy but in trouble.
TRIES_MAX: Final = 20
WAIT_SECONDS_MAX: Final = 2.0
BUSY: Final = (429, 503)


class BranchSilent(Exception):
    """The branch did not answer; whether it did what was asked is for a retry with the same id to find out."""


class BranchClient:
    """One connection with one token. Not for two threads at once."""

    def __init__(self, port: int, token: str) -> None:
        """Connects on first use."""
        self._connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS_MAX)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and decoded body. Waits and asks again while the branch is busy; raises `BranchSilent`."""
        for _ in range(TRIES_MAX):
            status, retry_after, answer = self._once(method, path, body)
            if status not in BUSY:
                return status, answer
            time.sleep(min(retry_after, WAIT_SECONDS_MAX))
        raise BranchSilent(f"{method} {path}: busy after {TRIES_MAX} tries")

    def close(self) -> None:
        """Lets the connection go."""
        self._connection.close()

    def _once(self, method: str, path: str, body: object) -> tuple[int, float, Any]:
        data = None if body is None else json.dumps(body).encode()
        try:
            self._connection.request(method, path, body=data, headers=self._headers)
            response = self._connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as refused:
            self._connection.close()
            raise BranchSilent(f"{method} {path}: {str(refused) or type(refused).__name__}") from refused
        asked_for = response.getheader("Retry-After", "1")
        retry_after = float(asked_for) if asked_for.isdecimal() else 1.0
        try:
            answer = json.loads(text) if text else None
        except ValueError:
            answer = None
        return response.status, retry_after, answer
