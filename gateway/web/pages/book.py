"""All pages of a branch in one list."""

from collections.abc import Sequence
from typing import Any

from gateway.web.pages import (
    alerts,
    counts,
    devices,
    document,
    documents,
    entrance,
    explain,
    kitchen,
    labels,
    lots,
    new_document,
    orders,
    policy,
    receipts,
    recipes,
    replication,
    shifts,
    stock,
    today,
    transfers,
    waiting,
    work_orders,
)
from gateway.web.pages.frame import Frame

SERVICE_WORKER = {"/till-sw.js": "js/till/sw.js"}
"""At the root, because a worker rules only what lies below its own address."""


def routes(frame: Frame) -> Sequence[Any]:
    """Every page's handlers."""
    return [
        *entrance.routes(frame),
        *today.routes(frame),
        *stock.routes(frame),
        *explain.routes(frame),
        *documents.routes(frame),
        *document.routes(frame),
        *waiting.routes(frame),
        *alerts.routes(frame),
        *shifts.routes(frame),
        *lots.routes(frame),
        *orders.routes(frame),
        *new_document.routes(frame),
        *recipes.routes(frame),
        *work_orders.routes(frame),
        *counts.routes(frame),
        *transfers.routes(frame),
        *policy.routes(frame),
        *receipts.routes(frame),
        *kitchen.routes(frame),
        *devices.routes(frame),
        *labels.routes(frame),
        *replication.routes(frame),
    ]
