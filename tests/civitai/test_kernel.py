"""Access, paging, levels, settings, health: the small promises that all rooms stand on."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from civitai.access import fetch, may
from civitai.env import Environment, MissingSettings
from civitai.levels import Level, highest, up_to, viewer_mask
from civitai.paging import BadCursor, decode, encode, keyset
from models_hub.models import Model


@pytest.fixture
def draft(people):
    return Model.objects.create(owner=people.alice, name="Paper")


def test_unseen_is_404_and_seen_but_not_allowed_is_403(draft, people):
    assert fetch(Model.objects, people.alice, to="edit", pk=draft.pk) == draft
    with pytest.raises(Http404):
        fetch(Model.objects, people.charlie, to="edit", pk=draft.pk)
    Model.objects.filter(pk=draft.pk).update(state="published", published_at=datetime.now(UTC))
    assert fetch(Model.objects, people.nobody, pk=draft.pk) == draft
    for stranger in (people.charlie, people.nobody, people.mona):
        with pytest.raises(PermissionDenied):
            fetch(Model.objects, stranger, to="edit", pk=draft.pk)
    assert fetch(Model.objects, people.mona, to="moderate", pk=draft.pk) == draft
    assert may(draft, people.alice, "edit") and not may(draft, people.bob, "edit")


def test_a_name_that_no_row_can_have_is_a_404(people, client):
    with pytest.raises(Http404):
        fetch(User.objects, people.alice, username="al\x00ice")
    client.force_login(people.bob)
    assert client.post("/users/%00/follow/").status_code == 404


@pytest.mark.django_db
def test_every_page_of_a_keyset_comes_once_and_by_one_row_comparison(people, django_assert_num_queries):
    for number in range(7):
        Model.objects.create(owner=people.alice, name=str(number), likes=number // 3)
    seen, cursor = [], None
    while True:
        with CaptureQueriesContext(__import__("django").db.connection) as queries:
            page = keyset(Model.objects.all(), order=("-likes", "-id"), cursor=cursor, limit=2)
        seen += [(model.likes, model.pk) for model in page.rows]
        assert len(queries) == 1
        if cursor:
            assert '("models_hub_model"."likes", "models_hub_model"."id") < (' in queries[0]["sql"]
        if not page.has_more:
            break
        cursor = page.next_cursor
    assert seen == sorted(seen, reverse=True) and len(seen) == 7


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "W10",
        "!!!!",
        "WzFd",
        encode([None, None]),
        encode(["a", "b"]),
        encode([[1], 2]),
        encode([1, 2, 3]),
        "A" * 501,
        "bnVsbA",
    ],
)
def test_a_damaged_cursor_is_a_sentence(cursor):
    fields = [Model._meta.get_field("likes"), Model._meta.get_field("id")]
    with pytest.raises(BadCursor):
        decode(cursor, fields)


def test_a_cursor_keeps_a_moment_exactly():
    moment = datetime(2026, 11, 25, 1, 2, 3, 456789, tzinfo=UTC)
    fields = [Model._meta.get_field("published_at"), Model._meta.get_field("id")]
    assert decode(encode([moment, 5]), fields) == [moment, 5]


def test_levels_of_viewers():
    from django.contrib.auth.models import AnonymousUser

    assert viewer_mask(AnonymousUser()) == 1
    assert up_to(Level.R) == 7
    assert highest(1 | 4) == Level.R
    assert viewer_mask(User(level_mask=63)) == 31, "blocked is never shown"
    assert viewer_mask(User(level_mask=0)) == 1, "an empty choice is the safe one"


@pytest.mark.django_db
def test_the_site_tells_that_it_lives_and_what_is_missing(client, monkeypatch):
    assert client.get("/livez").content == b"ok"
    assert client.get("/readyz").json() == {"database": True, "cache": True, "store": True}
    from civitai import health

    def dead():
        raise ConnectionError

    monkeypatch.setattr(health, "_store", dead)
    answer = client.get("/readyz")
    assert answer.status_code == 503 and answer.json()["store"] is False


def test_production_lists_all_that_is_missing(monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(MissingSettings, match=r"SECRET_KEY.*DATABASE_URL"):
        Environment().require()


def test_production_does_not_boot_without_its_settings():
    bare = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME"}}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={**bare, "DJANGO_SETTINGS_MODULE": "civitai.settings.prod"},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    for name in ("SECRET_KEY", "DATABASE_URL", "S3_ENDPOINT_URL", "ALLOWED_HOSTS"):
        assert name in done.stderr


def test_the_web_process_never_imports_torch():
    script = (
        "import sys, django; django.setup(); import civitai.wsgi; from django.urls import get_resolver;"
        "get_resolver().url_patterns; bad = {'torch', 'diffusers', 'transformers', 'PIL', 'boto3'} & set(sys.modules);"
        "print(sorted(bad)); sys.exit(bool(bad & {'torch', 'diffusers', 'transformers'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "."}
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_task_may_run_longer_than_the_broker_waits_for_it(settings):
    from civitai.celery import app

    app.loader.import_default_modules()
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    assert len(ours) >= 5
    waits = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    for task in ours:
        assert task.soft_time_limit < task.time_limit < waits, task.name
        assert task.acks_late and task.reject_on_worker_lost, task.name
