"""The places of models in the lists of types, base models, tags and times are what the models themselves say."""

import random
from datetime import timedelta
from functools import partial

import pytest
from django.db.models import F
from django.http import QueryDict
from django.utils import timezone

from community.domain import collecting
from community.models import CollectionItem, Tag
from models_hub import browsing
from models_hub.domain import placing
from models_hub.models import Model, ModelPlace, ModelVersion
from models_hub.states import ModelState
from tests.at_once import at_once
from tests.factories import models_hub

SAID = ("model_id", "last_version_at", "downloads", "likes", "owner", "type", "bases", "level_mask", "tag_ids")
DAYS = (1, 7, 30, 365)


def kept():
    return sorted((row[0], *map(str, row[1:])) for row in ModelPlace.objects.values_list("of", *SAID))


def said():
    """What the places should be, worked out from the models alone."""
    found, now = [], timezone.now()
    for model in Model.objects.published():
        versions = model.versions.filter(state=ModelState.PUBLISHED).exclude(base_model="")
        bases = sorted(set(versions.values_list("base_model", flat=True)))
        row = (
            model.pk, model.last_version_at, model.downloads, model.likes, model.owner_id, model.type, bases, model.level_mask,
            model.tag_ids,
        )  # fmt: skip
        of = [f"type {model.type}", *(f"base {base}" for base in bases)]
        of += [f"tag {tag}" for tag in model.tags.values_list("pk", flat=True)]
        if model.last_version_at:
            of += [f"days {days}" for days in DAYS if model.last_version_at > now - timedelta(days=days)]
        found += [(one, *map(str, row)) for one in of]
    return sorted(found)


class Story:
    """One act after another, as chance has it."""

    def __init__(self, people, seed):
        self.people, self.chance = people, random.Random(seed)
        self.tags = [Tag.objects.create(name=f"tag {number}") for number in range(3)]

    def model(self):
        return Model.objects.order_by("?").first() or self.publish()

    def change(self, **fields):
        Model.objects.filter(pk=self.model().pk).update(**fields)

    def publish(self):
        model = models_hub.published(self.people.alice)
        at = timezone.now() - timedelta(hours=self.chance.choice([1, 30, 200, 2000, 20_000]))
        Model.objects.filter(pk=model.pk).update(last_version_at=at)
        return model

    def tag(self):
        self.model().tags.set(self.chance.sample(self.tags, self.chance.randrange(4)))

    def download(self):
        self.change(downloads=F("downloads") + 1)

    def like(self):
        self.change(likes=F("likes") + 1)

    def another_version(self):
        state = self.chance.choice([ModelState.PUBLISHED, ModelState.DRAFT])
        models_hub.another_version(
            self.model(), name="v9", base_model=self.chance.choice(["Pocket", "SD 1.5"]), state=state
        )

    def rebase(self):
        ModelVersion.objects.filter(model=self.model()).update(base_model="Pony")

    def take_version_in(self):
        ModelVersion.objects.filter(model=self.model()).update(state=ModelState.UNPUBLISHED)

    def delete_version(self):
        self.model().versions.all().delete()

    def hide(self):
        self.model().hide(by=self.people.mona, reason="spam")

    def show(self):
        self.model().restore(by=self.people.mona)

    def freeze(self):
        self.change(freeze_level=self.chance.randrange(4), frozen_at=timezone.now())

    def take_down(self):
        self.change(taken_down_at=self.chance.choice([None, timezone.now()]))

    def rate(self):
        self.change(level_mask=self.chance.choice([1, 3, 7]))

    def retype(self):
        self.change(type="Checkpoint")

    def delete(self):
        self.model().delete()


ACTS = [name for name in vars(Story) if not name.startswith("_") and name not in ("model", "change")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_they_follow_whatever_happens(people, seed):
    story = Story(people, seed)
    for _number in range(80):
        getattr(story, story.chance.choice(ACTS))()
        assert kept() == said()


@pytest.mark.django_db(transaction=True)
def test_a_version_that_comes_while_its_model_does_has_its_place(people):
    for number in range(10):
        model = models_hub.published(people.alice, name=f"Model {number}")
        Model.objects.filter(pk=model.pk).update(state=ModelState.DRAFT)
        out = partial(Model.objects.filter(pk=model.pk).update, state=ModelState.PUBLISHED)
        at_once([out, partial(models_hub.another_version, model, base_model="Pony")])
        assert ModelPlace.objects.filter(model=model, of="base Pony").exists()
    assert kept() == said()


@pytest.mark.django_db
def test_a_list_finds_by_places_what_it_finds_without(people):
    story = Story(people, 7)
    for _number in range(60):
        getattr(story, story.chance.choice(["publish", "tag", "another_version", "download", "like", "rate", "hide"]))()
    people.bob.hidden_tags, people.bob.hidden_people = [story.tags[0].pk], []
    asked = (
        "type=LORA",
        "base=Pocket",
        "base=Pocket&type=LORA",
        "tag=tag 1",
        "period=week",
        "tag=tag 1&period=month&level=1",
    )
    for query in asked:
        for sort, (_label, order) in browsing.SORTS.items():
            for user in (people.nobody, people.bob):
                wanted = browsing.Asked.of(QueryDict(f"{query}&sort={sort}"))
                rows, by, at = browsing.listed(wanted, user)
                assert at or (query == "period=week" and sort == "newest")
                found = list(rows.order_by(*by).values_list("model_id" if at else "pk", flat=True))
                assert found == list(browsing.models(wanted, user).order_by(*order).values_list("pk", flat=True))
                assert found or "tag" in query


@pytest.mark.django_db
def test_what_has_left_a_time_is_not_listed_there_before_it_is_swept(client, people):
    model = models_hub.published(people.alice, name="Papercut")
    link = model.get_absolute_url()
    address = "/models/?period=week&sort=likes"
    assert link in client.get(address).content.decode()
    ModelPlace.objects.filter(of="days 7").update(leaves_at=timezone.now())
    assert link not in client.get(address).content.decode()
    assert placing.leave_periods() == 1
    assert sorted(ModelPlace.objects.filter(of__startswith="days").values_list("of", flat=True)) == [
        "days 1",
        "days 30",
        "days 365",
    ]


@pytest.mark.django_db(transaction=True)
def test_collections_are_counted_by_the_database(people):
    model, other = models_hub.published(people.alice), models_hub.published(people.alice, name="Glass")
    members = [people.bob, people.charlie, people.mona]
    refused = at_once([lambda who=who: collecting.keep(who, "models_hub.Model", model.pk) for who in members])
    assert not refused and Model.objects.get(pk=model.pk).collected == 3
    CollectionItem.objects.filter(collection__owner=people.bob).delete()
    people.mona.collections.all().delete()
    assert Model.objects.get(pk=model.pk).collected == 1
    assert Model.objects.get(pk=other.pk).collected == 0
