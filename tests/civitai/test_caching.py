"""A cache that is away slows pages down, and fails neither them nor what is done already."""

import pytest
from django.core.cache import caches
from redis.exceptions import ConnectionError as Away

from civitai.caching import forget_after_commit, kept
from gallery.models import Image
from models_hub.models import Model
from moderation.domain.cases import deciding
from tests.factories import cases, gallery
from tests.factories import models_hub as hub

pytestmark = pytest.mark.django_db


@pytest.fixture
def away(monkeypatch):
    def gone(*args, **kwargs):
        raise Away("connection refused")

    for verb in ("get", "set", "add", "delete", "incr", "get_many", "set_many", "get_or_set"):
        monkeypatch.setattr(type(caches["default"]), verb, gone)


def test_it_is_asked_once_and_kept():
    asked = []
    for _again in range(3):
        assert kept("test:kept", lambda: asked.append(1) or ["yes"], seconds=60) == ["yes"]
    assert len(asked) == 1


def test_away_it_is_asked_each_time(away):
    asked = []
    for _again in range(3):
        assert kept("test:away", lambda: asked.append(1) or ["yes"], seconds=60) == ["yes"]
    assert len(asked) == 3


def test_pages_that_keep_something_answer(away, people, client):
    model = hub.published(people.alice)
    gallery.published(people.alice, version=model.versions.get())
    for url in ("/images/", "/models/", model.get_absolute_url()):
        assert client.get(url).status_code == 200, url


def test_an_outcome_that_is_carried_out_stays_so(away, people, commit):
    model = cases.prado(people.alice)
    image = gallery.published(people.alice, version=model.versions.get())
    case, _token = cases.proven(model)
    with commit():
        deciding.decide(case, by=people.mona, outcome="renamed", because="The name is hers.")
        cases.carried_out(case)
    assert "Helena" not in Model.objects.get(pk=model.pk).name and Image.objects.filter(pk=image.pk).exists()


def test_forgetting_fails_nothing(away, commit):
    with commit():
        forget_after_commit("test:gone")
