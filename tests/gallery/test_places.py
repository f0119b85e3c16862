"""The places of images in the feeds of tags, versions and times are what the images themselves say."""

import math
import random
from datetime import timedelta

import pytest
from django.db.models import F, Q
from django.utils import timezone

from civitai.levels import LADDER
from community.domain import reacting
from community.models import Reaction, Tag
from gallery import queries
from gallery.domain import hiding, placing, posting
from gallery.models import Image, ImageOfModel, ImagePeriod, ImageResource, ImageRising, ImageTag, ImageUse
from models_hub.models import ModelVersion
from tests.at_once import at_once
from tests.factories import gallery, models_hub

SAID = ("image_id", "sort_at", "likes", "comments", "level", "owner", "base_model", "made_here", "tag_ids")


def kept(place, key):
    return sorted(place.objects.values_list(key, *SAID))


def said():
    """What the places should be, worked out from the images alone: of tags, versions, models, times."""
    tags, uses, of_models, times = [], [], [], []
    now = timezone.now()
    for image in Image.objects.filter(sort_at__isnull=False, hidden_at=None):
        row = (
            image.pk,
            image.sort_at,
            image.likes,
            image.comments,
            image.level,
            image.owner_id,
            image.base_model,
            image.made_here,
            image.tag_ids,
        )
        tags += [(tag, *row) for tag in image.post.tags.values_list("pk", flat=True)]
        versions = image.resources.exclude(version=None).values_list("version", flat=True)
        uses += [(version, *row) for version in versions]
        of_models += [(model, *row) for model in set(versions.values_list("version__model", flat=True))]
        times += [(days, *row) for days in ImagePeriod.DAYS if image.sort_at > now - timedelta(days=days)]
    return sorted(tags), sorted(uses), sorted(of_models), sorted(times)


def risen():
    """{image: what its hearts are worth}, worked out from the hearts alone."""
    found, since = {}, timezone.now() - ImageRising.LASTS
    half = ImageRising.HALF.total_seconds()
    for image in Image.objects.filter(sort_at__isnull=False, hidden_at=None):
        hearts = Reaction.objects.filter(subject="gallery.Image", row=image.pk).exclude(user=image.owner)
        worth = [2 ** ((at - since).total_seconds() / half) for at in hearts.values_list("at", flat=True)]
        if sum(worth) > 1:
            found[image.pk] = math.log2(sum(worth))
    return found


def agree():
    found = (
        kept(ImageTag, "tag_id"),
        kept(ImageUse, "version_id"),
        kept(ImageOfModel, "model_id"),
        kept(ImagePeriod, "days"),
    )
    assert found == said()
    least, wanted = ImageRising.least(timezone.now()), risen()
    rising = {row.image_id: row.rising - least for row in ImageRising.objects.filter(rising__gt=least)}
    assert rising == pytest.approx(wanted, abs=1e-3)
    for row in ImageRising.objects.select_related("image"):
        image = row.image
        assert (row.sort_at, row.likes, row.comments, row.level, row.owner, row.base_model, row.made_here, row.tag_ids) == (
            image.sort_at, image.likes, image.comments, image.level, image.owner_id, image.base_model, image.made_here,
            image.tag_ids,
        )  # fmt: skip


class Story:
    """One act after another, as chance has it."""

    def __init__(self, people, seed):
        self.people, self.chance = people, random.Random(seed)
        self.tags = [Tag.objects.create(name=f"tag {number}") for number in range(3)]
        self.versions = [models_hub.published(people.bob).versions.get() for _ in range(3)]

    def image(self):
        return Image.objects.order_by("?").first() or self.publish()

    def publish(self):
        at = timezone.now() - timedelta(hours=self.chance.choice([1, 30, 200, 2000, 20_000]))
        version = self.chance.choice([None, *self.versions])
        return gallery.published(self.people.alice, at=at, version=version, tags=self.chance.sample(self.tags, 2))

    def tag(self):
        self.image().post.tags.set(self.chance.sample(self.tags, self.chance.randrange(4)))

    def heart(self):
        Image.objects.filter(pk=self.image().pk).update(likes=F("likes") + 1)

    def discuss(self):
        Image.objects.filter(pk=self.image().pk).update(comments=F("comments") + 1)

    def give_heart(self):
        image, who = self.image(), self.chance.choice([self.people.bob, self.people.charlie, self.people.alice])
        at = timezone.now() - timedelta(hours=self.chance.choice([0, 5, 30, 47, 90]))
        Reaction.objects.get_or_create(user=who, subject="gallery.Image", row=image.pk, defaults={"at": at})

    def take_heart(self):
        if heart := Reaction.objects.order_by("?").first():
            heart.delete()

    def relink(self):
        image = self.image()
        image.resources.all().delete()
        ImageResource.objects.bulk_create(
            ImageResource(image=image, version=version, name="x", type="lora")
            for version in self.chance.sample([None, *self.versions], 2)
        )

    def unlink(self):
        ImageResource.objects.filter(image=self.image()).update(version=None)

    def hide(self):
        hiding.hide(self.image(), by=self.people.mona, reason="spam")

    def show(self):
        hiding.restore(self.image(), by=self.people.mona)

    def rate(self):
        Image.objects.filter(pk=self.image().pk).update(level=self.chance.choice(LADDER))

    def rebase(self):
        Image.objects.filter(pk=self.image().pk).update(base_model=self.chance.choice(["Pocket", "SD 1.5"]))

    def withdraw(self):
        posting.withdraw(self.image().post, self.people.alice)

    def bring_back(self):
        post = self.image().post
        if post.state == "draft":
            posting.publish(post, self.people.alice)

    def delete(self):
        self.image().delete()

    def delete_post(self):
        self.image().post.delete()

    def delete_version(self):
        """One that a purge takes away for good; its images stay."""
        if len(self.versions) > 1:
            ModelVersion.objects.get(pk=self.versions.pop().pk).delete()


ACTS = [name for name in vars(Story) if not name.startswith("_") and name not in ("image", "delete_version")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_they_follow_whatever_happens(people, seed):
    story = Story(people, seed)
    for number in range(60):
        act = "delete_version" if number == 45 else story.chance.choice(ACTS)
        getattr(story, act)()
        agree()


@pytest.mark.django_db(transaction=True)
def test_an_image_that_comes_out_while_it_is_linked_has_both(people):
    version = models_hub.published(people.bob).versions.get()
    for _ in range(10):
        post = gallery.draft(people.alice)
        image = post.images.get()
        link = ImageResource(image=image, version=version, name="x", type="lora")
        at_once([lambda one=post: posting.publish(one, people.alice), link.save])
        assert ImageUse.objects.filter(image=image, version=version).exists()
    agree()


@pytest.mark.django_db
def test_what_has_left_a_time_is_not_shown_there_before_it_is_swept(people):
    now = timezone.now()
    image = gallery.published(people.alice, at=now - timedelta(days=6), likes=5)

    def found():
        return [row.pk for row in queries.feed(people.bob, sort=queries.MOST_LIKED, period="week").rows]

    assert found() == [image.pk]
    ImagePeriod.objects.filter(days=7).update(leaves_at=now - timedelta(hours=2))
    assert found() == []
    assert placing.leave_periods() == 1
    assert set(ImagePeriod.objects.values_list("days", flat=True)) == {30, 365}


@pytest.mark.django_db(transaction=True)
def test_hearts_given_at_once_are_all_worth_something(people):
    image = gallery.published(people.alice)
    fans = [people.bob, people.charlie, people.mona]
    assert not at_once([lambda who=who: reacting.toggle(who, "gallery.Image", image.pk) for who in fans])
    agree()
    assert ImageRising.objects.get().rising - ImageRising.least(timezone.now()) == pytest.approx(
        4 + math.log2(3), abs=0.01
    )


@pytest.mark.django_db
def test_what_gets_hearts_now_stands_before_what_got_more_of_them(people):
    """Three hearts of yesterday are worth less than two of now; one of three days ago is worth nothing any more."""
    now = timezone.now()
    yesterday, today, long_ago, own = (gallery.published(people.alice) for _ in range(4))
    given = {yesterday: [30, 30, 30], today: [0, 0], long_ago: [72]}
    for image, hours in given.items():
        for number, hour in enumerate(hours):
            who = [people.bob, people.charlie, people.mona][number]
            Reaction.objects.create(user=who, subject="gallery.Image", row=image.pk, at=now - timedelta(hours=hour))
    reacting.toggle(people.alice, "gallery.Image", own.pk)
    first = queries.feed(people.bob, sort=queries.RISING, limit=1)
    assert [row.pk for row in first.rows] == [today.pk]
    following = queries.feed(people.bob, sort=queries.RISING, limit=1, cursor=first.next_cursor)
    assert [row.pk for row in following.rows] == [yesterday.pk] and following.next_cursor is None
    people.bob.hidden_people = [people.alice.pk]
    assert not queries.feed(people.bob, sort=queries.RISING).rows


@pytest.mark.django_db
def test_what_does_not_rise_any_more_is_swept(people):
    image = gallery.published(people.alice)
    reacting.toggle(people.bob, "gallery.Image", image.pk)
    assert placing.leave_periods() == 0 and ImageRising.objects.count() == 1
    ImageRising.objects.update(rising=ImageRising.least(timezone.now()) - 0.2)
    assert not queries.feed(people.bob, sort=queries.RISING).rows
    assert placing.leave_periods() == 1 and not ImageRising.objects.exists()


def asked(chance, tags, versions, people):
    """A narrowing as chance has it: what `along` takes, and the same of the images themselves."""
    wanted, q = {}, Q()

    def choose(values):
        return tuple(chance.sample(values, chance.randrange(1, len(values) + 1)))

    if chance.random() < 0.4:
        wanted["tags"] = choose([tag.pk for tag in tags])
        q &= Q(pk__in=Image.objects.filter(post__tags__in=wanted["tags"]))
    if chance.random() < 0.3:
        wanted["versions"] = choose([version.pk for version in versions])
        q &= Q(pk__in=Image.objects.filter(resources__version__in=wanted["versions"]))
    if chance.random() < 0.3:
        wanted["models"] = choose([version.model_id for version in versions])
        q &= Q(pk__in=Image.objects.filter(resources__version__model__in=wanted["models"]))
    if chance.random() < 0.4:
        wanted["owners"] = choose([people.alice.pk, people.bob.pk])
        q &= Q(owner__in=wanted["owners"])
    if chance.random() < 0.3:
        wanted["bases"] = choose(["Pocket", "SD 1.5"])
        q &= Q(base_model__in=wanted["bases"])
    if chance.random() < 0.4:
        wanted["days"] = chance.choice([1, 7, 30, 365])
        now = timezone.now().replace(minute=0, second=0, microsecond=0)
        q &= Q(sort_at__gte=now - timedelta(days=wanted["days"]))
    if chance.random() < 0.3:
        wanted["said"] = Q(prompt__contains="2")
        q &= wanted["said"]
    return wanted, q


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_asked_is_found_along_places_as_it_is_without(people, seed):
    story = Story(people, seed)
    chance = story.chance
    for number in range(25):
        owner = chance.choice([people.alice, people.bob])
        at = timezone.now() - timedelta(hours=chance.choice([1, 30, 200, 2000]), seconds=number)
        image = gallery.published(owner, at=at, tags=chance.sample(story.tags, 2), prompt=f"moon {number}")
        ImageResource.objects.bulk_create(
            ImageResource(image=image, version=version, name="x", type="lora")
            for version in chance.sample(story.versions, 2)
        )
        # As they come, and in no order that their numbers have.
        changed = {
            "likes": chance.randrange(4),
            "comments": chance.randrange(4),
            "base_model": chance.choice(["Pocket", "Pony"]),
        }
        Image.objects.filter(pk=image.pk).update(**changed)
        Reaction.objects.create(user=people.mona, subject="gallery.Image", row=image.pk)
    people.mona.hidden_tags = [story.tags[2].pk]
    for _number in range(60):
        wanted, q = asked(chance, story.tags, story.versions, people)
        user = chance.choice([people.nobody, people.charlie, people.mona])
        for sort, order in queries.ORDERS.items():
            seen, cursor = [], None
            while True:
                found = queries.along(lambda rows, user=user: rows.listed_to(user), sort, **wanted)
                page = found.page(queries.with_card, cursor=cursor, limit=4)
                seen += [row.pk for row in page.rows]
                cursor = page.next_cursor
                if cursor is None:
                    break
            rows = Image.objects.listed_to(user).filter(q).annotate(rising=F("rise__rising"))
            assert seen == list(rows.order_by(*order).values_list("pk", flat=True)), (sort, wanted)
            assert set(found.everything().values_list(found.key, flat=True)) == set(seen)
