"""`python -m gateway.deliver`: carries one message to one address and ends. The only door to Apprise.

A process of its own: what Apprise brings along never loads in the gateway, and a service that hangs holds up nobody; it ends itself
when its time is over, even if the gateway is gone. Reads one JSON object from stdin, writes one to stdout. Attaches no file: the
ways to name one are taken away before the address is read.
"""

import re
import signal
import sys
from typing import Any, Final

import msgspec

MESSAGE_BYTES_MAX: Final = 256 * 1024
"""Two hundred alerts in two languages are 60 kB."""
SECONDS_MAX: Final = 60
"""For a mail server that thinks; the gateway waits as long."""
_HTTP_STATUS: Final = re.compile(r"\berror=([0-9]{3})\b", re.ASCII)


class Errand(msgspec.Struct, frozen=True):
    """What to send where. `severity` is `info`, `warning` or `urgent`."""

    url: str
    title: str
    body: str
    severity: str = "warning"
    seconds: int = SECONDS_MAX


class Outcome(msgspec.Struct, frozen=True):
    """What became of it: `sent`, `failed` (try again), or `refused` (the address is none). `detail` holds no part of the address."""

    result: str
    detail: str = ""


def main() -> int:
    """0 whenever the errand could be read and answered."""
    errand = msgspec.json.decode(sys.stdin.buffer.read(MESSAGE_BYTES_MAX + 1), type=Errand)
    signal.alarm(min(max(errand.seconds, 1), SECONDS_MAX))
    outcome = carry(errand)
    sys.stdout.buffer.write(msgspec.json.encode(outcome))
    return 0


def carry(errand: Errand) -> Outcome:
    """Send it now."""
    import apprise
    from apprise import manager_attachment

    # Untyped, as all of Apprise: what is used of it is named here, and tested against the real one.
    managers: Any = manager_attachment
    capture: Any = apprise.LogCapture
    attachments = managers.AttachmentManager()
    while schemas := attachments.schemas():
        del attachments[schemas[0]]
    asset = apprise.AppriseAsset(
        app_id="Kontor", app_desc="Kontor", app_url="", storage_mode=apprise.PersistentStoreMode.MEMORY,
        async_mode=False, pgp_autogen=False, pem_autogen=False, http_redirects=False, secure_logging=True,
        allow_templates=False, service_timeout=errand.seconds,
    )  # fmt: skip
    service = apprise.Apprise.instantiate(errand.url, asset=asset)
    if service is None:
        return Outcome("refused")
    sender = apprise.Apprise(asset=asset)
    sender.add(service)
    kind = {"info": apprise.NotifyType.INFO, "urgent": apprise.NotifyType.FAILURE}.get(
        errand.severity, apprise.NotifyType.WARNING
    )
    with capture(level=apprise.logging.WARNING) as log:
        sent = sender.notify(
            title=errand.title, body=errand.body, notify_type=kind, body_format=apprise.NotifyFormat.TEXT
        )
        said = log.getvalue()
    if sent:
        return Outcome("sent")
    status = _HTTP_STATUS.search(said)
    return Outcome("failed", f"http {status[1]}" if status else "")


if __name__ == "__main__":
    sys.exit(main())
