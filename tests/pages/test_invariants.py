"""What must never be: hidden at once when it is seen, and said aloud."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from gallery.models import Image
from models_hub.models import Model
from moderation.domain import log
from moderation.models import Item
from pages.domain import invariants
from pages.tasks import check_invariants
from tests.factories import gallery, models_hub

pytestmark = pytest.mark.django_db


def without(table, name):
    """The database refuses these rows; a check at night is for the day when it did not."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def told():
    out = StringIO()
    code = 0
    try:
        call_command("check_invariants", stdout=out)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue()


def test_each_is_said_and_holds(people):
    gallery.published(people.alice)
    log.record("note", by=people.mona)
    code, text = told()
    assert code == 0 and text.count("holds") == 8 and "BROKEN" not in text
    check_invariants()


def test_a_mature_image_of_a_person_is_hidden_at_once_and_called_out(people):
    image = gallery.published(people.alice)
    safe = gallery.published(people.alice)
    without("gallery_image", "image_of_person_is_safe")
    Image.objects.filter(pk=image.pk).update(shows_real_person=True, level=8)
    Image.objects.filter(pk=safe.pk).update(shows_real_person=True)
    code, text = told()
    assert code == 1 and f"gallery.Image {image.pk}" in text
    image.refresh_from_db(), image.picture.refresh_from_db(), safe.refresh_from_db()
    assert image.is_hidden and image.picture.is_hidden and not safe.is_hidden
    item = Item.objects.get()
    assert (item.severity, item.queue, item.row) == ("P0", "policy", str(image.pk))
    assert told()[0] == 0, "it is gone"


def test_a_model_of_a_person_and_what_was_made_with_it(people):
    model = models_hub.published(people.alice)
    image = gallery.published(people.alice, version=model.versions.get())
    without("models_hub_model", "model_of_person_is_not_shown")
    Model.objects.filter(pk=model.pk).update(is_of_real_person=True)
    Image.objects.filter(pk=image.pk).update(level=8)
    with pytest.raises(AssertionError, match="no model of a real person"):
        check_invariants()
    model.refresh_from_db(), image.refresh_from_db()
    assert model.is_hidden and image.is_hidden


def test_an_image_whose_picture_nobody_has_rated(people):
    for fields in ({"state": "pending"}, {"level": 0}):
        image = gallery.published(people.alice)
        type(image.picture).objects.filter(pk=image.picture_id).update(**fields)
        code, text = told()
        image.refresh_from_db()
        assert code == 1 and "not rated" in text and image.is_hidden, fields


def test_the_ledger_and_the_log_are_read(people, monkeypatch):
    monkeypatch.setattr(invariants.proof, "prove", lambda: {"transfers that do not sum to zero": [7]})
    monkeypatch.setattr(invariants.log, "broken_at", lambda: 3)
    code, text = told()
    assert code == 1 and "transfers that do not sum to zero: [7]" in text and "event 3" in text


def test_heads_that_can_not_be_read_prove_nothing(people, monkeypatch):
    def away():
        raise OSError("no store")

    monkeypatch.setattr(invariants.heads, "kept", away)
    code, text = told()
    assert code == 1 and "no store" in text
