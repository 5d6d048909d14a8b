"""Asks whether a site or a server answers, and whether a port is free. Blocking and bounded; run it off the loop."""

import errno
import http.client
import socket
from http import HTTPStatus

from gateway.up.plan import HOST

# A site that is busy starting may take this long for its first answer on a slow machine.
ANSWER_SECONDS_MAX = 3.0


def site_answers(port: int) -> bool:
    """Does a site answer there that it is well."""
    return _found(port, "/api/v1/health")


def page_answers(port: int) -> bool:
    """Does the page of the simulated devices answer there."""
    return _found(port, "/state")


def _found(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS_MAX)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def server_greets(port: int) -> bool:
    """Does a NATS server greet there: it speaks first, with its INFO line."""
    try:
        with socket.create_connection((HOST, port), timeout=ANSWER_SECONDS_MAX) as door:
            return door.recv(4) == b"INFO"
    except OSError:
        return False


def port_is_free(port: int) -> bool:
    """Could a server of ours listen there now. Any other refusal (a port below 1024) is raised as it is."""
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, port))
        except OSError as refused:
            if refused.errno == errno.EADDRINUSE:
                return False
            raise
        return True
