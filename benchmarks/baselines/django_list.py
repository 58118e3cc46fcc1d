"""
The list of notices in Django 5.2: its ORM, its Jinja2 backend with the market's own template, its own JSON.

As few settings as Django runs with, no middleware, connections kept; models hold only the columns that are shown. Each
of these favours the baseline.
"""

import os
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from jinja2 import Environment

from benchmarks.baselines.litestar_bare import FIELDS, context
from market import pages
from market.kernel.times import ZONE


def environment(**options: Any) -> Environment:
    """Return the market's own Jinja environment, whatever Django would set."""
    return pages.environment()


def database(url: str) -> dict[str, Any]:
    """Return Django's description of a database."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": parts.username,
        "PASSWORD": parts.password or "",
        "HOST": parts.hostname or query["host"][0],
        "PORT": str(parts.port or query.get("port", ["5432"])[0]),
        "CONN_MAX_AGE": None,
    }


settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": database(os.environ["DATABASE_URL"])},
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.jinja2.Jinja2",
            "OPTIONS": {"environment": f"{__name__}.environment"},
        }
    ],
    USE_TZ=True,
    USE_I18N=False,
)
django.setup()


class Organisation(models.Model):
    """A body of the market."""

    name = models.TextField()

    class Meta:
        """Where its rows are."""

        app_label = "bench"
        managed = False
        db_table = "organisation"

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """A kind of service."""

    code = models.TextField()
    name = models.TextField()
    state = models.TextField()

    class Meta:
        """Where its rows are."""

        app_label = "bench"
        managed = False
        db_table = "item"

    def __str__(self) -> str:
        return self.name


class Notice(models.Model):
    """A notice with the columns that the list shows."""

    code = models.TextField()
    title = models.TextField()
    state = models.TextField()
    method = models.TextField()
    division = models.TextField()
    ceiling_fen = models.BigIntegerField()
    published_at = models.DateTimeField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    draw_at = models.DateTimeField()
    standstill_ends_at = models.DateTimeField()
    owner = models.ForeignKey(Organisation, models.PROTECT, db_column="owner")
    item = models.ForeignKey(Item, models.PROTECT, db_column="item")

    class Meta:
        """Where its rows are."""

        app_label = "bench"
        managed = False
        db_table = "notice"
        ordering: ClassVar = ["-published_at", "-id"]


def notices() -> models.QuerySet[Notice]:
    """Return the published notices, newest first."""
    return Notice.objects.filter(published_at__isnull=False).select_related("owner", "item")


def shown(row: Notice, now: datetime) -> dict[str, Any]:
    """Return a notice as the template shows it: names instead of objects, closed once its deadline has passed."""
    state = "closed" if row.state == "open" and row.closes_at <= now else row.state
    return {**row.__dict__, "owner": row.owner.name, "item": row.item.name, "state": state}


def page(request: HttpRequest) -> HttpResponse:
    """Show the newest 50 notices."""
    now = timezone.now()
    paginator = Paginator(notices(), 50)
    rows = [shown(row, now) for row in paginator.page(1)]
    items = list(Item.objects.exclude(state="proposed").order_by("name").values_list("code", "name"))
    return render(request, "notices/list.html", context(rows, items, paginator.count, now))


def as_json(request: HttpRequest) -> JsonResponse:
    """Give the notices of some days as JSON."""
    now = timezone.now()
    first, last = (date.fromisoformat(request.GET[name]) for name in ("from", "to"))
    begin, end = (datetime.combine(day, datetime.min.time(), ZONE) for day in (first, last + timedelta(days=1)))
    rows = [
        {name: getattr(row, name) for name in FIELDS}
        | {
            "owner": row.owner.name,
            "item": row.item.name,
            "state": "closed" if row.state == "open" and row.closes_at <= now else row.state,
        }
        for row in notices().filter(published_at__gte=begin, published_at__lt=end)
    ]
    return JsonResponse({"rows": rows, "count": len(rows)})


urlpatterns = [path("notices", page), path("notices.json", as_json)]
application = WSGIHandler()
