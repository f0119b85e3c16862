"""From a file to an image in the feed, and back."""

import pytest

from civitai.errors import Refused
from civitai.levels import Level
from community.domain import pictures, reacting
from community.models import Picture, Reaction
from gallery.domain import hiding, posting, recipes
from gallery.metadata import a1111, png
from gallery.metadata.recipe import Recipe, Resource
from gallery.models import Image, ImageUse
from gallery.states import PostState
from models_hub.models import Model, ModelVersion
from tests.factories import gallery, models_hub
from tests.factories.community import image as picture_bytes
from tests.factories.community import ready, stored

pytestmark = pytest.mark.django_db


def made(recipe, **options):
    return png.write_text(picture_bytes(**options), {"parameters": a1111.write(recipe)})


def with_lora(version, **fields):
    hashes = version.files.get().hashes.get(kind="AutoV2")
    return Recipe(
        prompt="a paper moon",
        negative_prompt="blur",
        steps=20,
        seed=5,
        cfg_scale=6.5,
        resources=(Resource(name="papercut", hash=hashes.value.lower(), weight=0.8),),
        **fields,
    )


def test_what_the_file_says_becomes_the_images(people):
    version = models_hub.published(people.bob).versions.get()
    post = posting.start(people.alice)
    picture = stored(people.alice, made(with_lora(version)))
    image = posting.add_image(post, picture)
    assert image.prompt == ""
    pictures.prepare(picture)  # the worker is done; the hook tells the gallery
    image.refresh_from_db()
    assert (image.prompt, image.negative_prompt) == ("a paper moon", "blur")
    assert image.settings == {"steps": 20, "seed": 5, "cfg_scale": 6.5}
    resource = image.resources.get()
    assert (resource.version, resource.weight, resource.is_detected) == (version, 0.8, True)
    assert image.base_model == version.base_model
    assert recipes.recipe_of(image).seed == 5


def test_publishing_shows_the_pictures_and_counts_the_model(people):
    version = models_hub.published(people.bob).versions.get()
    post = posting.start(people.alice, title=" Moon ")
    image = posting.add_image(post, ready(people.alice, made(with_lora(version))), level=Level.PG)
    assert not Picture.objects.get(pk=image.picture_id).is_public
    for _ in range(2):
        post = posting.publish(post, people.alice)
    assert post.state == PostState.PUBLISHED and post.title == "Moon" and post.history().count() == 1
    image.refresh_from_db()
    assert ImageUse.objects.get().sort_at == image.sort_at
    assert Picture.objects.get(pk=image.picture_id).is_public
    assert Picture.objects.get(pk=image.picture_id).level == Level.PG
    assert ModelVersion.objects.get(pk=version.pk).images == 1
    assert Model.objects.get(pk=version.model_id).images == 1


def test_withdrawing_and_showing_again_keeps_the_place(people):
    version = models_hub.published(people.bob).versions.get()
    post = posting.start(people.alice)
    image = posting.add_image(post, ready(people.alice, made(with_lora(version))), level=Level.PG)
    posting.publish(post, people.alice)
    first = Image.objects.get().sort_at
    for _ in range(2):
        assert posting.withdraw(post, people.alice).state == PostState.DRAFT
    image.refresh_from_db()
    assert image.sort_at is None and not ImageUse.objects.exists()
    assert not Picture.objects.get(pk=image.picture_id).is_public
    assert ModelVersion.objects.get(pk=version.pk).images == 0
    posting.publish(post, people.alice)
    assert Image.objects.get().sort_at == first
    assert ModelVersion.objects.get(pk=version.pk).images == 1


def test_removing_takes_the_file_away_but_what_was_made_here_stays_its_owners(people):
    version = models_hub.published(people.bob).versions.get()
    post = posting.start(people.alice)
    uploaded = posting.add_image(post, ready(people.alice, made(with_lora(version))), level=Level.PG)
    drawn = posting.add_image(post, pictures.add_made(people.alice, made(with_lora(version), size=(80, 80))))
    posting.publish(post, people.alice)
    for _ in range(2):
        posting.remove(post, people.alice)
    assert Picture.objects.get(pk=uploaded.picture_id).refusal == "withdrawn"
    kept = Picture.objects.get(pk=drawn.picture_id)
    assert kept.state == "ready" and not kept.is_public
    assert ModelVersion.objects.get(pk=version.pk).images == Model.objects.get(pk=version.model_id).images == 0
    assert not Image.objects.filter(removed_at=None).exists()


def test_a_picture_that_is_a_sample_as_well_stays_shown(people):
    version = models_hub.published(people.alice).versions.get()
    image = gallery.published(people.alice)
    version.samples.create(picture=image.picture, position=5)
    posting.remove(image.post, people.alice)
    picture = Picture.objects.get(pk=image.picture_id)
    assert picture.is_public and picture.state == "ready"


def test_what_cannot_be_published_says_why(people):
    post = posting.start(people.alice)
    with pytest.raises(Refused, match="at least one"):
        posting.publish(post, people.alice)
    waiting = stored(people.alice)
    image = posting.add_image(post, waiting)
    with pytest.raises(Refused, match="being prepared"):
        posting.publish(post, people.alice)
    pictures.prepare(waiting)
    with pytest.raises(Refused, match="how far"):
        posting.publish(post, people.alice)
    posting.rate(image, Level.PG13)
    broken = stored(people.alice, b"no picture")
    second = posting.add_image(post, broken)
    pictures.prepare(broken)
    with pytest.raises(Refused, match="refused"):
        posting.publish(post, people.alice)
    posting.remove_image(second, people.alice)
    assert posting.publish(post, people.alice).state == PostState.PUBLISHED


def test_a_picture_stands_in_one_post_and_is_ones_own(people):
    post, picture = posting.start(people.alice), ready(people.alice)
    image = posting.add_image(post, picture)
    assert posting.add_image(post, picture) == image
    with pytest.raises(Refused, match="stands in a post"):
        posting.add_image(posting.start(people.alice), picture)
    with pytest.raises(Refused, match="not yours"):
        posting.add_image(post, ready(people.bob))


def test_a_blocked_image_is_not_rated_back(people):
    image = gallery.draft(people.alice).images.get()
    Image.objects.filter(pk=image.pk).update(level=Level.BLOCKED)
    image.refresh_from_db()
    with pytest.raises(Refused, match="blocked"):
        posting.rate(image, Level.PG)
    with pytest.raises(Refused):
        posting.publish(image.post, people.alice)


def test_known_resources_win_over_those_of_the_text(people):
    known, named = (models_hub.published(people.bob, name=name).versions.get() for name in ("Known", "Named"))
    post = posting.start(people.alice)
    image = posting.add_image(
        post, ready(people.alice), recipe=with_lora(named), resources=[(known, 0.4)], made_here=True
    )
    row = image.resources.get()
    assert (row.version, row.weight, row.is_detected, row.name) == (known, 0.4, False, "Known")


def test_a_post_for_a_version_names_it_and_its_base(people):
    version = models_hub.published(people.bob).versions.get()
    post = posting.start(people.alice, version=version)
    image = posting.add_image(post, ready(people.alice))
    assert image.resources.get().version == version and image.base_model == version.base_model


@pytest.mark.parametrize("given", ["page", "page with version", "hash"])
def test_a_model_is_named_by_its_address_or_a_hash(people, given):
    version = models_hub.published(people.bob).versions.get()
    url = f"http://localhost{version.model.get_absolute_url()}"
    text = {
        "page": url,
        "page with version": f"{url}?version={version.pk}",
        "hash": version.files.get().hashes.first().value,
    }[given]
    assert recipes.version_named(text, people.alice) == version


@pytest.mark.parametrize("text", ["", "nothing", "/models/999999/x", "?version=99999999", "deadbeef", "9" * 40])
def test_what_names_no_model_is_refused(people, text):
    with pytest.raises(Refused):
        recipes.version_named(text, people.alice)


def test_a_draft_model_of_another_is_no_model(people):
    model = models_hub.draft(people.bob)
    with pytest.raises(Refused):
        recipes.version_named(f"/models/{model.pk}/x", people.alice)


def test_a_post_of_which_nothing_is_left_to_see_does_not_say_its_words_either(client, people):
    image = gallery.published(people.alice, title="Helena at the lake")
    url = image.post.get_absolute_url()
    assert b"Helena at the lake" in client.get(url).content
    hiding.hide(image, by=None, reason="case")
    assert client.get(url).status_code == 404
    client.force_login(people.alice)
    assert client.get(url).status_code == 200, "its owner still finds it"
    client.logout()
    gallery.image_of(image.post, position=1)
    assert client.get(url).status_code == 200, "something is left to see"


def test_words_about_pictures_that_are_all_covered_are_not_sent(client, people):
    image = gallery.published(people.alice, level=Level.X, title="Late")
    posting.describe(image.post, title="Late", description="What is seen here in detail")
    url, told = image.post.get_absolute_url(), b"What is seen here in detail"
    page = client.get(url)
    assert page.status_code == 200 and told not in page.content and b"Say something about the post" not in page.content
    client.force_login(people.alice)
    page = client.get(url).content
    assert told in page and b"Say something about the post" in page
    # Who shares the link sees them, and those who follow it may not.
    assert told not in page.partition(b"</head>")[0]
    client.logout()
    gallery.image_of(image.post, position=1)
    page = client.get(url).content
    assert told in page and told not in page.partition(b"</head>")[0]


def test_hostile_text_is_kept_as_text(people):
    evil = Recipe(prompt="a\x07b\u202ec <script>", steps=1, sampler="<img src=x onerror=alert(1)>" * 20)
    post = posting.start(people.alice)
    image = posting.add_image(post, ready(people.alice), recipe=evil)
    assert image.prompt == "abc <script>" and len(image.settings["sampler"]) == 200


def test_two_hearts_are_one(people):
    image = gallery.published(people.alice)
    for _ in range(2):
        assert reacting.toggle(people.bob, "gallery.Image", image.pk, wanted=True) == (True, 1)
    assert reacting.toggle(people.charlie, "gallery.Image", image.pk) == (True, 2)
    for _ in range(2):
        assert reacting.toggle(people.bob, "gallery.Image", image.pk, wanted=False) == (False, 1)
    assert Reaction.objects.count() == 1
    Image.objects.filter(pk=image.pk).update(likes=77)
    assert reacting.recount("gallery.Image", image.pk) == 1
