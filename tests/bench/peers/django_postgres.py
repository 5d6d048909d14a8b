"""Django's ORM on PostgreSQL under gunicorn: one file with settings, models and view. One transaction per sale.

DATABASE_URL-like settings come as PEER_HOST, PEER_PORT; `python -m … prepare` makes the tables and the stock.
"""

import json
import os
import sys
from decimal import Decimal

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, models, transaction
from django.http import HttpRequest, JsonResponse

from tests.bench.sales import ITEMS, OPENING, sku

settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "postgres",
            "HOST": os.environ["PEER_HOST"], "PORT": os.environ["PEER_PORT"], "CONN_MAX_AGE": None,
        }
    },
)  # fmt: skip
django.setup()


class Balance(models.Model):
    """Stock of an item."""

    sku = models.CharField(max_length=64, primary_key=True)
    quantity = models.BigIntegerField()

    class Meta:
        app_label = "peer"


class Document(models.Model):
    """A sale."""

    id = models.UUIDField(primary_key=True)
    type = models.CharField(max_length=32)
    station = models.CharField(max_length=32)
    occurred_at = models.CharField(max_length=40)
    total = models.BigIntegerField()
    paid = models.BigIntegerField()

    class Meta:
        app_label = "peer"


class Line(models.Model):
    """A line of a document."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE)
    line = models.IntegerField()
    sku = models.CharField(max_length=64)
    quantity = models.BigIntegerField()
    price = models.BigIntegerField()

    class Meta:
        app_label = "peer"


@transaction.atomic
def put(request: HttpRequest, document: str) -> JsonResponse:
    """Post a sale. Balances are locked in one order, so that two tills never wait for each other in a ring."""
    sale = json.loads(request.body)
    rows = [
        Line(
            document_id=document, line=number, sku=line["item"], quantity=int(Decimal(line["quantity"]) * 1000),
            price=line["price"],
        )
        for number, line in enumerate(sale["lines"])
    ]  # fmt: skip
    total = sum((row.price * row.quantity + 500) // 1000 for row in rows)
    paid = sum(tender["amount"] for tender in sale["tenders"])
    Document.objects.create(
        id=document, type=sale["type"], station=sale["station"], occurred_at=sale["occurred_at"], total=total, paid=paid
    )
    Line.objects.bulk_create(rows)
    balances = Balance.objects.select_for_update().filter(sku__in={row.sku for row in rows}).order_by("sku")
    known = {balance.sku: balance for balance in balances}
    for row in rows:
        known[row.sku].quantity -= row.quantity
    Balance.objects.bulk_update(known.values(), ["quantity"])
    return JsonResponse({"id": document, "total": total, "change": paid - total}, status=201)


def prepare() -> None:
    """Tables and stock."""
    with connection.schema_editor() as editor:
        for model in (Balance, Document, Line):
            editor.create_model(model)
    Balance.objects.bulk_create(Balance(sku=sku(index), quantity=OPENING * 1000) for index in range(ITEMS))


if sys.argv[-1] == "prepare":
    prepare()
else:
    from django.urls import path

    urlpatterns = [path("api/v1/documents/<uuid:document>", put)]
    application = get_wsgi_application()
