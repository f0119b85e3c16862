"""The page of one image."""

import pytest

from civitai.levels import Level, up_to
from community.domain import threads
from gallery.domain import posting
from gallery.models import Image
from tests.factories import gallery, models_hub

pytestmark = pytest.mark.django_db


def statuses(client, people, url):
    found = []
    for user in people.all():
        client.logout()
        if user.is_authenticated:
            client.force_login(user)
        found.append(client.get(url).status_code)
    return found


def page(client, image, user=None):
    client.logout()
    if user is not None:
        client.force_login(user)
    response = client.get(f"/images/{image.pk}/")
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_its_page_costs_at_most_eight_queries(client, people, count, django_assert_num_queries):
    image = gallery.published(people.alice, base_model="SDXL 1.0")
    for number in range(count):
        version = models_hub.published(people.alice, name=f"Model {number}").versions.get()
        image.resources.create(version=version, name="x", type="lora")
        if number:
            gallery.image_of(image.post, position=number)
        threads.comment(people.charlie, "gallery.Image", image.pk, f"comment {number}")
    with django_assert_num_queries(5):
        client.get(f"/images/{image.pk}/")
    client.force_login(people.bob)
    with django_assert_num_queries(7):
        client.get(f"/images/{image.pk}/")


def test_it_shows_how_it_was_made(client, people):
    version = models_hub.published(people.alice, name="Papercut Horizons").versions.get()
    image = gallery.published(people.alice, version=version, negative_prompt="blur, text", title="Moon")
    text = page(client, image)
    for part in ("a paper moon over the sea", "blur, text", "Papercut Horizons", "0.80", "<dt>Steps</dt><dd>20</dd>"):
        assert part in text
    assert image.picture.original_url in text
    assert f"?version={version.pk}" in text


def test_a_draft_is_its_owners(client, people):
    image = gallery.draft(people.alice).images.get()
    assert statuses(client, people, f"/images/{image.pk}/") == [200, 404, 404, 200, 404]
    assert statuses(client, people, f"/posts/{image.post_id}/") == [200, 404, 404, 200, 404]


def test_a_hidden_image_is_its_owners_and_moderators(client, people):
    image = gallery.published(people.alice)
    image.hide(by=people.mona, reason="reported")
    assert statuses(client, people, f"/images/{image.pk}/") == [200, 404, 404, 200, 404]


def test_above_the_level_there_is_a_cover_and_no_word_of_the_recipe(client, people):
    image = gallery.published(people.alice, level=Level.R, prompt="nude study", negative_prompt="clothes")
    for user in (None, people.bob):
        text = page(client, image, user)
        for part in (str(image.picture_id), "nude study", "clothes", "remix="):
            assert part not in text
        assert 'class="cover"' in text and "noindex" in text
    people.bob.choose_level(int(up_to(Level.R)))
    assert "nude study" in page(client, image, people.bob)
    assert "nude study" in page(client, image, people.alice)
    assert client.get(f"/images/{image.pk}/alike/").status_code == 200
    client.logout()
    assert client.get(f"/images/{image.pk}/alike/").status_code == 404


def test_a_hidden_recipe_is_kept(client, people):
    version = models_hub.published(people.alice, name="Secret Model").versions.get()
    image = gallery.published(people.alice, version=version, hide_recipe=True, prompt="my secret words")
    for user in (None, people.bob):
        text = page(client, image, user)
        assert "secret words" not in text and "Secret Model" not in text and "original=true" not in text
        assert str(image.picture_id) in text
    assert "secret words" in page(client, image, people.alice)


def test_versions_that_one_may_not_see_stay_names(client, people):
    version = models_hub.published(people.charlie, name="Papercut").versions.get()
    image = gallery.published(people.alice, version=version)
    version.model.hide(by=people.mona, reason="taken down")
    text = page(client, image, people.bob)
    assert "Papercut" in text and f"?version={version.pk}" not in text


def test_a_removed_image_leaves_a_tombstone(client, people):
    image = gallery.published(people.alice, prompt="a name that must go")
    other = gallery.image_of(image.post, position=1)
    posting.remove_image(image, people.alice)
    assert statuses(client, people, f"/images/{image.pk}/") == [410] * 5
    assert "a name that must go" not in client.get(f"/images/{image.pk}/").content.decode()
    assert statuses(client, people, f"/images/{other.pk}/") == [200] * 5
    posting.remove(other.post, people.alice)
    assert statuses(client, people, f"/images/{other.pk}/") == [410] * 5
    assert statuses(client, people, f"/posts/{other.post_id}/") == [410] * 5


def test_a_removed_draft_never_was(client, people):
    image = gallery.draft(people.alice).images.get()
    posting.remove(image.post, people.alice)
    assert statuses(client, people, f"/images/{image.pk}/") == [404] * 5
    assert statuses(client, people, f"/posts/{image.post_id}/") == [404] * 5


def test_only_the_owner_removes(client, people):
    image = gallery.published(people.alice)
    gallery.image_of(image.post, position=1)
    url = f"/images/{image.pk}/removal/"
    client.force_login(people.bob)
    assert client.post(url).status_code == 403
    assert client.get(url).status_code == 405
    client.force_login(people.alice)
    assert client.post(url)["Location"] == f"/posts/{image.post_id}/"
    assert client.post(url).status_code == 404
    assert Image.objects.get(pk=image.pk).removed_at


def test_neighbours_of_the_post(client, people):
    first = gallery.published(people.alice)
    second = gallery.image_of(first.post, position=1)
    assert f'href="/images/{second.pk}/" rel="next"' in page(client, first)
    assert f'href="/images/{first.pk}/" rel="prev"' in page(client, second)


def test_others_of_its_kind_hang_below(client, people):
    version = models_hub.published(people.alice).versions.get()
    image, other = (gallery.published(people.alice, version=version) for _ in range(2))
    mature = gallery.published(people.alice, version=version, level=Level.X)
    text = client.get(f"/images/{image.pk}/alike/").content.decode()
    assert f"/images/{other.pk}/" in text and f"/images/{mature.pk}/" not in text
    assert f"/images/{image.pk}/" not in text


def test_a_member_may_ask_for_one_above_their_level_and_a_visitor_may_not(client, people):
    from tests.factories.community import ready

    image = gallery.published(people.alice, level=Level.R, prompt="nude study")
    picture = ready(people.alice, level=Level.R, shown=True)
    Image.objects.filter(pk=image.pk).update(picture=picture)
    url = f"/images/{image.pk}/?show=once"
    assert str(picture.pk) not in client.get(url).content.decode()
    client.force_login(people.bob)
    text = client.get(url).content.decode()
    assert "nude study" in text and "noindex" in text and "original=true" not in text
    address = text.split('<img src="')[1].split('"')[0]
    assert "?once=" in address
    response = client.get(address)
    assert response.status_code == 200 and "private" in response["Cache-Control"]
    assert client.get(address.split("?")[0]).status_code == 404
    assert client.get(address[:-3] + "xxx").status_code == 404
    assert client.get(address.replace("width", "nothing")).status_code == 404
    # The word is Bob's and this picture's.
    other = ready(people.alice, level=Level.R, shown=True)
    assert client.get(address.replace(str(picture.pk), str(other.pk))).status_code == 404
    client.force_login(people.charlie)
    assert client.get(address).status_code == 404
    client.logout()
    assert client.get(address).status_code == 404
    # What its owner took back is not shown by an old word.
    client.force_login(people.bob)
    picture.hide(by=people.mona, reason="reported")
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("prompt", "kinds"),
    [
        ("plain words", [""]),
        ("a (moon:1.2), <lora:paper:0.8>", ["", "weight", "", "tag"]),
        ("(a:1)", ["weight"]),
        ("((((((" * 2000, [""]),
        ("", []),
    ],
)
def test_weights_and_tags_are_marked_and_nothing_is_lost(prompt, kinds):
    from gallery.settings_shown import parts_of_prompt

    parts = parts_of_prompt(prompt)
    assert [kind for kind, _part in parts] == kinds and "".join(part for _kind, part in parts) == prompt


def test_many_resources_stand_behind_more_and_a_long_prompt_is_folded(client, people):
    image = gallery.published(people.alice)
    type(image).objects.filter(pk=image.pk).update(prompt="a moon, " * 200)
    for number in range(12):
        image.resources.create(name=f"resource {number}", type="lora", weight=1 - number / 20)
    page = client.get(f"/images/{image.pk}/").content.decode()
    first, _, rest = page.partition("image-rest")
    assert "resource 9" in first and "resource 10" not in first and "resource 11" in rest and "2 more" in rest
    assert "Read the whole prompt" in page
    image.resources.filter(name__in=["resource 10", "resource 11"]).delete()
    assert "image-rest" not in client.get(f"/images/{image.pk}/").content.decode()


def test_the_pictures_of_a_post_stand_before_what_is_said_about_it(client, people):
    image = gallery.published(people.alice, title="Moon")
    threads.comment(people.charlie, "gallery.Post", image.post.pk, "what a night")
    client.force_login(people.bob)
    text = client.get(f"/posts/{image.post.pk}/").content.decode()
    assert text.index(f'href="/images/{image.pk}/"') < text.index('id="thread"') < text.index("what a night")
    assert text.index("/report/gallery.Post/") < text.index('class="masonry ')
    assert "Say something about the post" in text


def test_the_only_picture_of_a_post_is_large(client, people):
    image = gallery.published(people.alice)
    url = f"/posts/{image.post.pk}/"
    text = client.get(url).content.decode()
    assert "masonry-few" in text and 'sizes="(width < 700px) 100vw' in text
    gallery.image_of(image.post, position=1)
    gallery.image_of(image.post, position=2)
    text = client.get(url).content.decode()
    assert "masonry-few" not in text and 'sizes="(width < 700px) 50vw' in text
