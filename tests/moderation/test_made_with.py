"""A model that is reported as a child takes the images made with it out of sight: one item for all, and a way back."""

import pytest

from community.models import Picture
from gallery.domain import made_with, posting
from gallery.models import Image, ImageResource, MadeWith
from generation.models import Generation
from moderation import subjects
from moderation.domain import deciding, queueing, reporting
from moderation.models import Item
from tests.factories import gallery
from tests.factories import models_hub as hub
from tests.people import person

pytestmark = pytest.mark.django_db
WHY = {"clause": "2.3", "reason": "A child, clearly."}


@pytest.fixture
def nia(db):
    return person("nia", is_moderator=True)


@pytest.fixture
def model(people):
    return hub.published(people.alice, name="Papercut")


def made(owner, model, **fields):
    return gallery.published(owner, version=model.versions.get(), **fields)


@pytest.fixture
def images(people, model):
    return [made(owner, model) for owner in (people.bob, people.bob, people.charlie)]


def seen(images):
    return set(Image.objects.in_feed().filter(pk__in=[image.pk for image in images]).values_list("pk", flat=True))


def reported(row, by):
    return reporting.report(by, subjects.named(row), reason="minor").item


def item():
    return Item.objects.get(subject="gallery.MadeWith", state="open")


def test_they_leave_with_it_as_one_item_on_the_queue_of_minors(people, model, images):
    other = gallery.published(people.bob)
    reported(model, people.charlie)
    assert seen(images) == set() and seen([other]) == {other.pk}
    assert not Picture.objects.filter(pk__in=[image.picture_id for image in images], is_public=True).exists()
    one = item()
    assert (one.queue, one.severity, one.clause) == ("minors", "P0", "2.3")
    described = subjects.describe([(one.subject, one.row)])[one.subject, one.row]
    assert described.title == "3 images made with “Papercut”" and described.owner is None
    assert [url for _title, url in described.parts] == [image.get_absolute_url() for image in images]
    model.refresh_from_db()
    assert model.images == 0


def test_a_large_number_costs_no_more_statements(people, model, django_assert_max_num_queries):
    for _number in range(12):
        made(people.bob, model)
    row = MadeWith.objects.create(model=model)
    row.hide(by=None, reason=queueing.HELD)
    with django_assert_max_num_queries(14):
        made_with._hide_all(row)


def test_their_makers_see_them_and_read_that_they_are_held(client, people, model, images):
    reported(model, people.charlie)
    client.force_login(people.bob)
    page = client.get(images[0].get_absolute_url())
    assert page.status_code == 200 and "held until a moderator has looked" in page.content.decode()
    client.force_login(people.charlie)
    assert client.get(images[0].get_absolute_url()).status_code == 404


def test_the_model_is_right_and_all_is_as_it_was(people, nia, model, images):
    before = list(Image.objects.order_by("pk").values_list("pk", "sort_at", "hidden_at", "hidden_reason"))
    one = reported(model, people.charlie)
    deciding.decide(one, people.mona, action="keep", second=nia)
    assert list(Image.objects.order_by("pk").values_list("pk", "sort_at", "hidden_at", "hidden_reason")) == before
    assert Picture.objects.filter(pk__in=[image.picture_id for image in images], is_public=True).count() == 3
    assert not Item.objects.filter(subject="gallery.MadeWith", state="open").exists(), "nothing is left to decide"
    model.refresh_from_db()
    assert model.images == 3


class TestSeenByThemselves:
    def test_kept_they_come_out_and_stay_out_when_the_model_is_decided(self, people, model, images):
        about_model = reported(model, people.charlie)
        kept = deciding.decide(item(), people.mona, action="keep")
        assert seen(images) == {image.pk for image in images}
        deciding.decide(about_model, people.mona, action="hide", **WHY)
        assert seen(images) == {image.pk for image in images}, "somebody has looked"
        deciding.undo(kept, people.mona)
        assert seen(images) == set()

    def test_a_bad_one_is_decided_by_itself_and_stays_away(self, people, model, images):
        reported(model, people.charlie)
        bad = reported(images[0], people.charlie)
        deciding.decide(bad, people.mona, action="hide", **WHY)
        deciding.decide(item(), people.mona, action="keep")
        assert seen(images) == {images[1].pk, images[2].pk}
        assert not Picture.objects.bytes_for(people.bob).filter(pk=images[0].picture_id).exists()

    @pytest.mark.parametrize("action", ["hide", "suspend", "level", "person"])
    def test_nothing_is_done_to_many_people_s_images_in_one_go(self, client, people, model, images, action):
        reported(model, people.charlie)
        with pytest.raises(Exception, match="each of them by itself"):
            deciding.decide(item(), people.mona, action=action, level=1, **WHY)
        assert seen(images) == set() and item()

    def test_the_bench_shows_where_each_is(self, client, people, model, images):
        reported(model, people.charlie)
        client.force_login(people.mona)
        page = client.get(f"/moderation/?item={item().pk}&queue=minors").content.decode()
        assert all(f'href="{image.get_absolute_url()}"' in page for image in images) and "One by one" in page
        assert 'value="keep"' in page and 'value="hide"' not in page and 'value="suspend"' not in page


def test_what_is_hidden_for_something_else_stays_so(people, nia, model, images):
    spam = deciding.decide(
        reporting.report(people.alice, subjects.named(images[0]), reason="spam").item,
        people.mona, action="hide", clause="7.1", reason="Boots.",
    )  # fmt: skip
    one = reported(model, people.charlie)
    post = images[1].post
    deciding.decide(
        queueing.raise_item(subjects.named(post), queue="reports", because="Spam", source="notice"),
        people.mona, action="hide", clause="7.1", reason="Boots.",
    )  # fmt: skip
    deciding.decide(one, people.mona, action="keep", second=nia)
    assert seen(images) == {images[2].pk}, "one was hidden before, and the post of another meanwhile"
    deciding.undo(spam, people.mona)
    from gallery.domain import hiding

    hiding.restore_post(type(post).objects.get(pk=post.pk), by=people.mona)
    assert seen(images) == {image.pk for image in images}


def test_what_is_published_meanwhile_waits_with_them(people, model, images):
    draft = gallery.draft(people.bob)
    image = draft.images.get()
    Image.objects.filter(pk=image.pk).update(level=1)
    ImageResource.objects.create(image=image, version=model.versions.get(), name="x", type="lora")
    reported(model, people.charlie)
    deciding.decide(item(), people.mona, action="keep")
    posting.publish(draft, people.bob)
    assert seen([image]) == set() and item()


def test_nothing_more_is_drawn_with_it(people, model):
    version = model.versions.get()
    job = Generation.objects.create(
        owner=people.bob, base=version, prompt="a bird", width=128, height=128, steps=4, cfg_scale=5, sampler="DPM++ 2M",
        schedule="Automatic", seed=1, clip_skip=1, count=1, submission="a" * 32, fees={},
    )  # fmt: skip
    reported(model, people.charlie)
    job.refresh_from_db()
    assert job.state == "cancelled"
