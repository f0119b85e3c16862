"""A log whose end was cut off is found out by the heads that were kept."""

import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from moderation.domain import heads, log

pytestmark = pytest.mark.django_db


def cut_the_end():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE moderation_moderationevent DISABLE TRIGGER USER")
        cursor.execute(
            "DELETE FROM moderation_moderationevent WHERE id = (SELECT max(id) FROM moderation_moderationevent)"
        )
        cursor.execute("ALTER TABLE moderation_moderationevent ENABLE TRIGGER USER")


def verified(*args):
    out = StringIO()
    call_command("verify_log", *args, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def own_folder(monkeypatch):
    monkeypatch.setattr(heads, "FOLDER", f"tested/{uuid.uuid4().hex}/")


def test_a_head_that_somebody_kept_shows_it(people):
    log.record("note", by=people.mona)
    log.record("note", by=people.mona)
    head = log.head()
    assert head in verified("--head", head, "--no-store")
    cut_the_end()
    assert log.broken_at() is None, "the chain alone does not show it"
    with pytest.raises(CommandError, match="cut off"):
        verified("--head", head, "--no-store")


def test_the_head_of_each_day_is_kept_and_shows_it_too(people):
    from moderation.tasks import keep_log_head

    log.record("note", by=people.mona)
    keep_log_head()
    keep_log_head()
    assert [one["hash"] for one in heads.kept()] == [log.head()] * 2
    assert "2 kept heads" in verified()
    cut_the_end()
    with pytest.raises(CommandError, match="does not hold"):
        verified()


def test_an_empty_log_has_nothing_to_lose(db):
    heads.keep()
    assert "The log holds" in verified()
