"""The demo site: made twice it is there once, and each of its pages opens for a visitor."""

import json
import stat
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from community.models import Comment, Picture
from gallery.models import Image
from models_hub.models import Model, ModelFile, ModelVersion, Review
from pages.demo import among, art, loras, people, words, works
from tests.factories import models_hub as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings, tmp_path):
    settings.DATA_DIR = tmp_path

    def run():
        out = StringIO()
        call_command("seed_demo", "--scale", "xs", stdout=out, stderr=StringIO())
        return out.getvalue()

    return run


def test_a_second_run_finds_everything_there_and_its_pages_open(demo, client, tmp_path):
    said = demo()
    assert f"{len(people.PEOPLE)} people, 3 models, 3 pictures" in said
    before = [row.objects.count() for row in (User, Picture, Image, ModelVersion, ModelFile)]
    likes = list(Image.objects.order_by("id").values_list("likes", flat=True))
    assert "already" in demo()
    assert before == [row.objects.count() for row in (User, Picture, Image, ModelVersion, ModelFile)]
    assert likes == list(Image.objects.order_by("id").values_list("likes", flat=True)) and sum(likes) > 0

    addresses = ["/", "/models/", "/images/", "/search/?q=silk", "/search/"]
    addresses += [image.get_absolute_url() for image in Image.objects.all()]
    addresses += [image.post.get_absolute_url() for image in Image.objects.select_related("post")]
    open_to_all = ModelVersion.objects.filter(model__freeze_level=0, model__taken_down_at=None)
    addresses += [version.model.get_absolute_url() for version in open_to_all.select_related("model")]
    addresses += [user.get_absolute_url() for user in User.objects.all()]
    addresses += [image.picture.url(450) for image in Image.objects.select_related("picture")]
    for address in addresses:
        assert client.get(address).status_code == 200, address
    page = client.get("/").content.decode()
    assert "Silk Study" in page and "masonry" in page


def test_the_sign_ins_work_and_nobody_else_may_read_them(demo, client, tmp_path):
    demo()
    path = tmp_path / "demo-sign-ins.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    listed = json.loads(path.read_text())
    roles = {"member", "creator", "moderator", "administrator", "moderator, answers objections"}
    assert {one["role"] for one in listed} == roles
    for one in listed:
        client.logout()
        response = client.post("/accounts/login/", {"login": one["email"], "password": one["password"]})
        assert response.status_code == 302 and "confirm" not in response.url
        assert client.get("/settings/").status_code == 200
    for email in ("moderator@example.org", "nia@example.org"):
        assert User.objects.get(email=email).is_moderator


def test_nothing_was_said_before_what_it_is_about_and_not_all_in_one_minute(demo, people):
    model = make.published(people.alice, name=next(iter(words.REVIEWS)))
    published = timezone.now() - timedelta(days=20)
    model.versions.update(published_at=published)
    Model.objects.filter(pk=model.pk).update(published_at=published)
    model.refresh_from_db()
    members = {name: people.bob for name, _yes, _text in words.REVIEWS[model.name]}
    members |= {name: people.charlie for name, _text in words.QUESTIONS.get(model.name, ())}
    among._review(members, model, words.REVIEWS[model.name])
    lines = [("bob", "one"), ("charlie", "two"), ("bob", "three")]
    among._talk(
        {"bob": people.bob, "charlie": people.charlie}, "models_hub.Model", model, lines, {"bob": 0, "charlie": 0}
    )
    assert Review.objects.exists()
    for review in Review.objects.all():
        assert published < review.at < timezone.now() - timedelta(hours=1)
    times = list(Comment.objects.order_by("id").values_list("at", flat=True))
    assert len(times) == 3 and published < times[0] < times[1] < times[2] < timezone.now() - timedelta(hours=1)


def test_no_demo_people_where_demo_is_off(demo, settings):
    settings.DEMO = False
    with pytest.raises(CommandError):
        demo()
    assert not User.objects.exists()


def test_an_interrupted_run_is_completed(demo, monkeypatch):
    from pages.demo import publishing

    real, calls = publishing.publish_post, []

    def breaks(*args):
        calls.append(1)
        if len(calls) == 2:
            raise OSError("the disk is full")
        return real(*args)

    monkeypatch.setattr(publishing, "publish_post", breaks)
    with pytest.raises(OSError):
        demo()
    assert Image.objects.count() == 1
    demo()
    assert Image.objects.count() == 3 and "already" in demo()


def test_files_are_real_and_say_what_they_are(demo):
    demo()
    for file in ModelFile.objects.select_related("version"):
        assert file.state == "ready" and file.hashes.filter(kind="SHA256").exists()
        assert file.description["base_model"] == file.version.base_model


@pytest.mark.parametrize("base", sorted(loras.FOR))
def test_a_lora_is_the_same_each_time(tmp_path, base):
    first, second = (
        loras.write(tmp_path / f"{n}.safetensors", base=base, seed=5, rank=2, words=("moon",), name="moon")
        for n in "ab"
    )
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("family", sorted(set(art.FAMILIES) - {"pebbles", "orbs", "arches"}))
def test_each_family_draws_the_same_picture_each_time(family):
    import io

    from PIL import Image as Pixels

    how = next((dict(s.how) for one in works.SERIES for s in one.shots if (s.family or one.family) == family), {})
    for name, few in (("steps", 30), ("n", 500), ("drops", 6)):
        if name in how:
            how[name] = few if family != "weave" else how[name]
    first = art.draw(family, (48, 64), **how)
    assert first == art.draw(family, (48, 64), **how)
    picture = Pixels.open(io.BytesIO(first))
    assert picture.size == (48, 64) and len(picture.getcolors(48 * 64)) > 20


def test_larger_scales_repeat_no_title():
    for scale in ("s", "m", "l"):
        titles = [(shot.by or one.owner, shot.title) for one in works.works(scale) for shot in one.shots]
        assert len(titles) == len(set(titles))
    assert len(works.works("s")) == 19


def test_a_lora_is_read_by_the_format_s_own_library(tmp_path):
    from safetensors.numpy import load_file

    path = loras.write(tmp_path / "a.safetensors", base="Pocket", seed=5, rank=2, words=("moon",), name="moon")
    tensors = load_file(path)
    assert len(tensors) % 3 == 0 and {str(tensor.dtype) for tensor in tensors.values()} == {"float16"}
    assert all(tensor.shape[0] == 2 for name, tensor in tensors.items() if "lora_down" in name)


def test_the_pocket_model_draws_what_is_posted_as_made_here(demo):
    from generation.domain import bases
    from pages.demo import site

    demo()
    members, _new = people.settle()
    base = bases.add_pocket(members["mvhr"], prompts=("a red circle",))
    wish = (0, "sable", "a yellow star in the night sky", "Night Threads", members, base)
    assert site._draw(*wish) == 1
    assert site._draw(*wish) == 0
    image = Image.objects.get(made_here=True)
    assert image.prompt == "a yellow star in the night sky" and image.sort_at is not None
    assert set(image.resources.values_list("version__model__name", "weight")) == {
        ("Pocket Diffusion", None),
        ("Night Threads", 0.6),
    }
    assert "Night Threads" in image.picture.generation_text


def test_each_word_of_the_demo_is_about_something_that_is_there():
    series = works.works("s")
    owners = {one.name: one.owner for one in series}
    hands = {shot.title: shot.by or one.owner for one in series for shot in one.shots}
    names = {person.username for person in people.PEOPLE}
    assert set(words.REVIEWS) == set(owners) and set(words.QUESTIONS) <= set(owners)
    assert set(words.TALKS) <= set(hands)
    assert {title for title, *_rest in (*words.REPORTS, words.OBJECTION)} <= set(hands)
    for model, reviews in words.REVIEWS.items():
        assert {who for who, *_rest in reviews} <= names - {owners[model]}, model
    for title, lines in words.TALKS.items():
        assert {who for who, _text in lines} <= (names - {hands[title]}) | {"owner"}, title
    small = {shot.title for one in works.works("xs") for shot in one.shots}
    assert small & set(words.TALKS) and small & {title for title, *_rest in words.REPORTS}


def test_the_demo_did_not_all_happen_today(demo):
    demo()
    today = timezone.now() - timedelta(hours=24)
    assert not User.objects.filter(username="ines", date_joined__gt=today).exists()
    told = User.objects.get(username="ines").unread_notices
    assert told <= people.UNREAD == 4
