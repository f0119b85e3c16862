"""A real person and anything mature together: tried by every path that leads to a page, a list, a file or the API."""

import io

import pytest
from django.db import IntegrityError, transaction

from civitai.errors import Refused
from civitai.levels import Level
from community.domain import pictures
from community.models import Picture
from gallery.domain import editing, hiding, posting
from gallery.models import Image, ImageResource
from generation.domain import asking, drawing
from generation.models import Generation
from models_hub.domain import publishing
from models_hub.models import Model
from moderation import subjects
from moderation.domain import deciding, queueing, rating, reporting
from moderation.models import Item
from pages.domain import invariants
from tests.factories import community as make
from tests.factories import gallery, models_hub
from tests.factories import generation as drawn

pytestmark = pytest.mark.django_db
NAME = "Emma Watson"
WHY = {"clause": "2.1", "reason": "A named person."}


def is_seen(image, by):
    """By anybody, in whatever way rows and bytes are asked for."""
    rows = Image.objects.filter(pk=image.pk)
    bytes_ = Picture.objects.bytes_for(by).filter(pk=image.picture_id)
    return any((rows.in_feed().exists(), rows.visible_to(by).exists(), rows.known_to(by).exists(), bytes_.exists()))


class Form:
    """What the editor of a post says of one image, as its form gives it."""

    def __init__(self, image, **said):
        self.image = image
        self.cleaned_data = {
            "prompt": image.prompt, "negative_prompt": "", "hide_recipe": False, "level": int(image.level), "drop": [], "add": None, **said,
        }  # fmt: skip

    def weights(self):
        return {}


def edit(image, *, title="", description="", tags=(), **said):
    post = image.post
    post.refresh_from_db()
    image.refresh_from_db()
    editing.keep(post, {"title": title, "description": description, "tags": list(tags)}, [Form(image, **said)])
    image.refresh_from_db()


class TestAfterPublishing:
    @pytest.fixture
    def image(self, people):
        return gallery.published(people.alice, level=Level.R)

    @pytest.mark.parametrize(
        "said",
        [
            {"prompt": f"portrait of {NAME}"},
            {"title": f"{NAME} at the beach"},
            {"description": f"This is {NAME}."},
            {"tags": ["emma watson"]},
            {"prompt": "portrait of Ｅｍｍａ W4tson"},
        ],
    )
    def test_words_that_come_later_hide_it(self, people, image, said):
        assert Image.objects.in_feed().filter(pk=image.pk).exists()
        edit(image, **said)
        assert not is_seen(image, people.bob) and not is_seen(image, people.nobody)
        assert Item.objects.get().queue == "policy"

    def test_what_is_never_shown_is_refused_and_nothing_is_written(self, people, image):
        with pytest.raises(Refused, match="Children"):
            edit(image, prompt="a naked child")
        image.refresh_from_db()
        assert "child" not in image.prompt

    def test_one_more_image_in_a_published_post_is_asked_too(self, people, image):
        shot = models_hub.picture(people.alice, widths=[96, 450], level=Level.X)
        other = posting.add_image(image.post, shot, recipe=_recipe(f"{NAME}, nude"))
        assert not is_seen(other, people.bob) and Item.objects.filter(row=str(other.pk)).exists()
        unrated = models_hub.picture(people.alice, widths=[96, 450], level=Level.UNRATED)
        with pytest.raises(Refused, match="how far it goes"):
            posting.add_image(image.post, unrated)

    def test_what_a_moderator_let_out_stays_out_until_its_words_change(self, people, image):
        edit(image, title=NAME)
        deciding.decide(Item.objects.get(), people.mona, action="keep")
        image.refresh_from_db()
        assert not image.is_hidden
        edit(image, title=NAME)
        assert not image.is_hidden, "nothing new was said"
        edit(image, title=f"{NAME}, again")
        assert image.is_hidden

    def test_further_than_before_is_asked_anew(self, people):
        image = gallery.published(people.alice, title="Sea", prompt=f"portrait of {NAME}")
        edit(image, title="Sea", prompt=image.prompt, level=int(Level.X))
        assert image.is_hidden and not is_seen(image, people.bob)

    def test_of_a_description_beside_what_is_harmless_nobody_is_asked(self, people):
        image = gallery.published(people.alice)
        edit(image, description=f"I saw {NAME} in a film today.")
        assert not image.is_hidden


class TestLevels:
    def test_its_owner_does_not_go_below_what_a_moderator_said(self, people):
        image = gallery.published(people.alice)
        item = reporting.report(people.bob, subjects.named(image), reason="rating").item
        decision = deciding.decide(item, people.mona, action="level", level=int(Level.X), clause="3.1", reason="Bare.")
        edit(image, level=int(Level.PG))
        assert image.level == Level.X and Picture.objects.get(pk=image.picture_id).level == Level.X
        deciding.undo(decision, people.mona)
        image.refresh_from_db()
        shot = Picture.objects.get(pk=image.picture_id)
        assert (image.level, shot.level, shot.least_level) == (Level.PG, Level.PG, Level.PG), "all of it is as it was"

    def test_a_moderator_goes_below_what_was_found(self, client, people):
        image = gallery.published(people.alice, level=Level.R)
        Picture.objects.filter(pk=image.picture_id).update(least_level=Level.R)
        item = queueing.raise_item(subjects.named(image), queue="ratings")
        decision = deciding.decide(
            item, people.mona, action="level", level=int(Level.PG), clause="3.1", reason="A statue."
        )
        image.refresh_from_db()
        assert image.level == Level.PG and Picture.objects.get(pk=image.picture_id).level == Level.PG
        client.force_login(people.alice)
        page = client.get(decision.get_absolute_url())
        assert page.status_code == 200 and "PG, before R" in page.content.decode()

    def test_the_classifier_comes_late(self, people, monkeypatch):
        """Its owner says PG while it waits; then it is seen for what it is."""
        post = posting.start(people.alice)
        shot = pictures.add(people.alice, io.BytesIO(make.image()))
        image = posting.add_image(post, shot)
        posting.rate(image, Level.PG)
        with pytest.raises(Refused, match="being prepared"):
            posting.publish(post, people.alice)
        monkeypatch.setattr(rating, "score_of", lambda path: 0.7)
        pictures.prepare(Picture.objects.get(pk=shot.pk))
        image.refresh_from_db()
        assert image.level == Level.R
        posting.publish(post, people.alice)
        image.refresh_from_db()
        assert image.level == Level.R and not Image.objects.listed_to(people.nobody).filter(pk=image.pk).exists()
        posting.rate(image, Level.PG)
        image.refresh_from_db()
        assert image.level == Level.R

    def test_what_stands_far_behind_in_a_long_text_counts(self, monkeypatch):
        monkeypatch.setattr(rating, "score_of", lambda path: None)
        for at in (19_995, 39_995, 60_000):
            found = rating.rate("", "a" * at + f" {NAME}, nude")
            assert found.is_held and found.least == Level.R, at
        assert not rating.rate("", "a paper moon, " * 5_000).is_held

    def test_the_nightly_look_finds_one_below_what_was_found_in_its_picture(self, people):
        image = gallery.published(people.alice)
        Picture.objects.filter(pk=image.picture_id).update(least_level=Level.X, level=Level.X)
        broken = [result for result in invariants.check() if result.hits]
        assert len(broken) == 1 and "below" in str(broken[0]) and not is_seen(image, people.bob)


class TestModelsThatAreMarkedLater:
    @pytest.fixture
    def model(self, people):
        return models_hub.published(people.alice)

    def mark(self, model, by):
        item = queueing.raise_item(subjects.named(model), queue="policy")
        return deciding.decide(item, by, action="person", **WHY)

    def test_what_was_made_with_it_goes_in_the_same_moment(self, people, model):
        version = model.versions.get()
        images = [gallery.published(people.bob, level=level, version=version) for level in (Level.PG, Level.X)]
        other = gallery.published(people.bob)
        decision = self.mark(model, people.mona)
        for image in images:
            image.refresh_from_db()
            assert image.shows_real_person and not is_seen(image, people.charlie)
        assert is_seen(other, people.charlie)
        deciding.undo(decision, people.mona)
        for image in images:
            image.refresh_from_db()
            assert not image.shows_real_person and not image.is_hidden

    def test_nothing_lets_such_an_image_out_by_another_door(self, people, model):
        image = gallery.published(people.bob, level=Level.X, version=model.versions.get())
        spam = queueing.raise_item(subjects.named(image), queue="reports")
        decision = deciding.decide(spam, people.mona, action="hide", clause="7.1", reason="An advertisement.")
        self.mark(model, people.mona)
        deciding.undo(decision, people.mona)
        image.refresh_from_db()
        assert image.is_hidden and not is_seen(image, people.charlie)
        with pytest.raises(IntegrityError), transaction.atomic():
            Image.objects.filter(pk=image.pk).update(hidden_at=None)

    def test_a_new_image_made_with_it_is_held(self, people, model):
        draft = gallery.draft(people.bob)
        image = draft.images.get()
        Image.objects.filter(pk=image.pk).update(level=Level.R)
        ImageResource.objects.create(image=image, version=model.versions.get())
        self.mark(model, people.mona)
        posting.publish(draft, people.bob)
        image.refresh_from_db()
        assert image.is_hidden and image.shows_real_person and not is_seen(image, people.charlie)

    def test_a_link_to_it_that_comes_later_hides_the_image(self, people, model):
        image = gallery.published(people.bob, level=Level.R)
        self.mark(model, people.mona)
        edit(image, add=model.versions.get())
        assert image.is_hidden and not is_seen(image, people.charlie)

    def test_its_owner_does_not_take_the_mark_away(self, people, model):
        self.mark(model, people.mona)
        model.refresh_from_db()
        with pytest.raises(Refused, match="moderator has said"):
            publishing.describe(model, by=people.alice, is_of_real_person=False)
        assert Model.objects.get(pk=model.pk).is_of_real_person

    def test_who_says_it_himself_of_what_is_not_out_hides_what_was_made_with_it(self, people, model):
        image = gallery.published(people.bob, level=Level.R, version=model.versions.get())
        publishing.unpublish(model, people.alice)
        publishing.describe(model, by=people.alice, is_of_real_person=True)
        assert not is_seen(image, people.charlie)
        publishing.describe(model, by=people.alice, is_of_real_person=False)
        assert Image.objects.in_feed().filter(pk=image.pk).exists()

    def test_what_waits_to_be_drawn_with_it_is_not(self, people, model):
        base = drawn.pocket_base(people.alice)
        asked = drawn.asked(people.bob, base)
        self.mark(base.model, people.mona)
        asked.refresh_from_db()
        assert asked.state == "cancelled"
        base.refresh_from_db()
        with pytest.raises(Refused, match="real person"):
            drawing._path(type(base).objects.select_related("model").get(pk=base.pk))
        with pytest.raises(Refused):
            asking.ask(people.bob, drawn.wish(base))
        assert not Generation.objects.filter(state="queued").exists()

    def test_a_trigger_word_that_comes_later_is_asked_too(self, people, model):
        publishing.toggle_trigger_word(model.versions.get(), NAME)
        model.refresh_from_db()
        assert model.is_hidden and model not in Model.objects.visible_to(people.bob)


class TestElsewhere:
    def test_the_covers_of_collections_and_the_api_follow(self, client, people):
        from community.domain import collecting

        image = gallery.published(people.alice)
        kept = collecting.begin(people.bob, name="Beach", shown="public")
        collecting.put(kept, "gallery.Image", image.pk, by=people.bob)
        assert str(image.picture_id) in client.get("/images/").content.decode(), "it is seen before"
        assert str(image.picture_id) in client.get(f"/collections/{kept.pk}/").content.decode()
        edit(image, prompt=f"{NAME} in the rain")
        for url in ("/api/v1/images", f"/images/{image.pk}/", f"/collections/{kept.pk}/", "/collections/", "/", "/images/",
                    "/users/alice/", "/sitemap.xml", f"/media/{image.picture_id}/width=450/x.webp"):  # fmt: skip
            assert str(image.picture_id) not in client.get(url, follow=True).content.decode(errors="replace"), url
        assert client.get(f"/images/{image.pk}/").status_code == 404

    def test_a_portrait_above_pg_is_nobodys(self, people, monkeypatch):
        from community.domain import portraits

        pk = portraits.portrait_given(people.alice, io.BytesIO(make.image()), "me.png")
        monkeypatch.setattr(rating, "score_of", lambda path: 0.7)
        pictures.prepare(Picture.objects.get(pk=pk))
        for who in (people.bob, people.nobody):
            assert not Picture.objects.open_to_all().filter(pk=pk).exists()
            assert not Picture.objects.bytes_for(who).filter(pk=pk).exists()

    def test_restoring_what_is_marked_does_nothing(self, people):
        image = gallery.published(people.alice, level=Level.PG)
        hiding.hide(image, by=people.mona, reason="x")
        Image.objects.filter(pk=image.pk).update(shows_real_person=True)
        assert hiding.restore(image, by=people.mona) is False
        assert not is_seen(image, people.bob)


def _recipe(prompt):
    from gallery.metadata.recipe import Recipe

    return Recipe(prompt=prompt)
