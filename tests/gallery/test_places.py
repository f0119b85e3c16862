"""The places of images in the feeds of tags, versions and times are what the images themselves say."""

import random
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from civitai.levels import LADDER
from community.models import Tag
from gallery import queries
from gallery.domain import hiding, placing, posting
from gallery.models import Image, ImagePeriod, ImageResource, ImageTag, ImageUse
from models_hub.models import ModelVersion
from tests.at_once import at_once
from tests.factories import gallery, models_hub

SAID = ("image_id", "sort_at", "likes", "level", "owner", "base_model", "made_here", "tag_ids")


def kept(place, key):
    return sorted(place.objects.values_list(key, *SAID))


def said():
    """What the places should be, worked out from the images alone: of tags, of versions, of times."""
    tags, uses, times = [], [], []
    now = timezone.now()
    for image in Image.objects.filter(sort_at__isnull=False, hidden_at=None):
        row = (
            image.pk,
            image.sort_at,
            image.likes,
            image.level,
            image.owner_id,
            image.base_model,
            image.made_here,
            image.tag_ids,
        )
        tags += [(tag, *row) for tag in image.post.tags.values_list("pk", flat=True)]
        versions = image.resources.exclude(version=None).values_list("version", flat=True)
        uses += [(version, *row) for version in versions]
        times += [(days, *row) for days in ImagePeriod.DAYS if image.sort_at > now - timedelta(days=days)]
    return sorted(tags), sorted(uses), sorted(times)


def agree():
    assert (kept(ImageTag, "tag_id"), kept(ImageUse, "version_id"), kept(ImagePeriod, "days")) == said()


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
