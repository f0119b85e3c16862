"""The editor of a post, with a script and without."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from civitai.levels import Level
from community.domain import pictures
from community.models import Picture
from gallery.domain import recipes
from gallery.models import Image, Post
from gallery.states import PostState
from tests.factories import gallery, models_hub
from tests.factories.community import arrived
from tests.factories.community import image as picture_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


def file(name="moon.png", data=None):
    return SimpleUploadedFile(name, data or picture_bytes())


def form(*images, **more):
    said = {"title": "Moon", "description": "", "tags": "moon, sea"}
    for image in images:
        head = f"image-{image.pk}-"
        said |= {f"{head}prompt": "a moon", f"{head}negative_prompt": "", f"{head}level": "1", f"{head}add": ""}
    return said | more


def test_a_visitor_is_sent_to_sign_in(client, people):
    post = gallery.draft(people.alice)
    for url in ("/posts/new/", f"/posts/{post.pk}/edit/"):
        assert client.get(url)["Location"].startswith("/accounts/login/?next=")
    assert client.post("/posts/images/", {"upload": "x"}).status_code == 302


def test_looking_at_the_empty_editor_makes_nothing(alice):
    assert alice.get("/posts/new/").status_code == 200
    assert not Post.objects.exists()


def test_without_a_script_files_come_with_the_form(alice):
    response = alice.post("/posts/new/", {"files": [file(), file("sea.png", picture_bytes((70, 60)))]})
    post = Post.objects.get()
    assert response["Location"] == f"/posts/{post.pk}/edit/"
    assert post.images.count() == 2
    page = alice.get(response["Location"]).content.decode()
    assert "Looking at it" in page
    for picture in Picture.objects.all():
        pictures.prepare(picture)
    assert "a paper" not in page and "Looking at it" not in alice.get(response["Location"]).content.decode()


def test_a_wrong_file_begins_no_draft_and_says_so(alice):
    page = alice.post("/posts/new/", {"files": [file("notes.txt", b"hello")]}).content.decode()
    assert "notes.txt" in page and "PNG, JPEG, WebP or AVIF" in page
    assert "Choose at least one picture" in alice.post("/posts/new/", {}).content.decode()
    assert not Post.objects.exists()


def test_an_upload_begins_the_draft_and_the_next_joins_it(alice, people):
    first = alice.post("/posts/images/", {"upload": str(arrived(people.alice)), "post": "", "version": ""})
    assert first.status_code == 201 and "<article" in first.content.decode()
    post = Post.objects.get()
    assert first["X-Post"] == str(post.pk) and first["X-Post-Edit"] == f"/posts/{post.pk}/edit/"
    alice.post("/posts/images/", {"upload": str(arrived(people.alice)), "post": str(post.pk)})
    assert [image.position for image in post.images.order_by("position")] == [0, 1]


@pytest.mark.parametrize("number", ["0", "x", "99999999", "-1"])
def test_an_upload_to_no_post_is_not_found(alice, people, number):
    assert alice.post("/posts/images/", {"upload": str(arrived(people.alice)), "post": number}).status_code == 404
    assert alice.post("/posts/images/", {"upload": "nonsense"}).status_code == 404


def test_another_members_upload_is_refused(alice, people):
    response = alice.post(
        "/posts/images/", {"upload": str(arrived(people.bob))}, headers={"Accept": "text/html, application/json"}
    )
    assert response.status_code == 400 and "arrived" in response.json()["error"]
    assert not Post.objects.exists()


def test_the_editor_of_an_image_asks_until_it_is_ready(alice, people):
    alice.post("/posts/images/", {"upload": str(arrived(people.alice))})
    image = Image.objects.get()
    url = f"/images/{image.pk}/editor/"
    assert alice.get(url, headers={"HX-Request": "true"}).status_code == 204
    pictures.prepare(image.picture)
    text = alice.get(url).content.decode()
    assert "hx-trigger" not in text and "The file does not say" in text


def test_publishing_writes_what_was_typed(alice, people):
    post = gallery.draft(people.alice, images=2)
    images = list(post.images.order_by("position"))
    said = form(*images, publish="1", **{f"image-{images[1].pk}-level": "4", f"image-{images[1].pk}-hide_recipe": "on"})
    assert alice.post(f"/posts/{post.pk}/edit/", said)["Location"] == f"/posts/{post.pk}/"
    post.refresh_from_db()
    assert post.state == PostState.PUBLISHED and post.title == "Moon"
    assert [tag.name for tag in post.tags.all()] == ["moon", "sea"]
    for image in images:
        image.refresh_from_db()
    assert [image.prompt for image in images] == ["a moon", "a moon"]
    assert images[1].level == Level.R and images[1].hide_recipe
    picture = Picture.objects.get(pk=images[1].picture_id)
    assert picture.level == Level.R and picture.original_is_private and picture.is_public
    assert alice.get(f"/posts/{post.pk}/").status_code == 200


def test_a_refused_form_keeps_what_was_typed_and_writes_nothing(alice, people):
    post = gallery.draft(people.alice)
    image = post.images.get()
    said = form(image, publish="1", title="Kept title", **{f"image-{image.pk}-add": "no such model"})
    response = alice.post(f"/posts/{post.pk}/edit/", said)
    page = response.content.decode()
    assert response.status_code == 400 and "Kept title" in page and "No model here" in page and "no such model" in page
    post.refresh_from_db()
    assert post.title == "" and post.state == PostState.DRAFT
    many = ",".join(f"tag{number}" for number in range(30))
    response = alice.post(f"/posts/{post.pk}/edit/", form(image, tags=many))
    assert response.status_code == 400 and "At most 20 tags" in response.content.decode()


def test_resources_are_put_in_and_taken_out(alice, people):
    wrong, right = (models_hub.published(people.bob, name=name).versions.get() for name in ("Wrong", "Right"))
    post = gallery.draft(people.alice)
    image = post.images.get()
    row = image.resources.create(version=wrong, name="Wrong", type="lora")
    said = form(
        image, **{f"image-{image.pk}-drop": [str(row.pk)], f"image-{image.pk}-add": right.model.get_absolute_url()}
    )
    assert alice.post(f"/posts/{post.pk}/edit/", said).status_code == 302
    assert [row.version for row in image.resources.all()] == [right]


def test_another_members_post_is_not_there_to_edit(client, people):
    draft, shown = gallery.draft(people.alice), gallery.published(people.alice)
    client.force_login(people.bob)
    assert client.get(f"/posts/{draft.pk}/edit/").status_code == 404
    assert client.get(f"/posts/{shown.post_id}/edit/").status_code == 403
    assert client.get(f"/images/{draft.images.get().pk}/editor/").status_code == 404
    assert client.get(f"/images/{shown.pk}/editor/").status_code == 403
    for what in ("removal", "withdrawal"):
        assert client.post(f"/posts/{draft.pk}/{what}/").status_code == 404
        assert client.post(f"/posts/{shown.post_id}/{what}/").status_code == 403
    assert client.post("/posts/images/", {"upload": str(arrived(people.bob)), "post": draft.pk}).status_code == 404


def test_the_gallery_of_a_version_is_named(alice, people):
    version = models_hub.published(people.bob, name="Papercut").versions.get()
    assert "Papercut" in alice.get(f"/posts/new/?version={version.pk}").content.decode()
    assert alice.get("/posts/new/?version=999999").status_code == 404
    hidden = models_hub.draft(people.bob).versions.get()
    assert alice.get(f"/posts/new/?version={hidden.pk}").status_code == 404


def test_back_to_draft_and_gone(alice, people):
    image = gallery.published(people.alice)
    assert alice.post(f"/posts/{image.post_id}/withdrawal/")["Location"] == f"/posts/{image.post_id}/edit/"
    assert alice.post(f"/posts/{image.post_id}/removal/")["Location"] == "/images/"
    assert alice.get(f"/posts/{image.post_id}/").status_code == 410


def test_images_stand_in_the_order_of_the_form(alice, people):
    post = gallery.draft(people.alice, images=3)
    rows = list(post.images.order_by("position"))
    back = [row.pk for row in reversed(rows)]
    alice.post(f"/posts/{post.pk}/edit/", form(*rows, order=[str(pk) for pk in back], keep="1"))
    assert [row.pk for row in post.images.order_by("position")] == back


def test_without_a_script_a_button_moves_an_image(alice, people):
    post = gallery.draft(people.alice, images=3)
    rows = list(post.images.order_by("position"))
    one, two, three = (row.pk for row in rows)
    order = [str(row.pk) for row in rows]
    alice.post(f"/posts/{post.pk}/edit/", form(*rows, order=order, move=f"{three} up"))
    assert [row.pk for row in post.images.order_by("position")] == [one, three, two]
    alice.post(f"/posts/{post.pk}/edit/", form(*rows, order=order, move="99999 up"))
    assert [row.pk for row in post.images.order_by("position")] == [one, two, three]


def test_the_weight_of_a_resource_can_be_corrected(alice, people):
    post = gallery.draft(people.alice)
    image = post.images.get()
    version = models_hub.published(people.alice).versions.get()
    row = recipes.link(image, version, weight=0.8)
    key = f"image-{image.pk}-weight-{row.pk}"
    alice.post(f"/posts/{post.pk}/edit/", form(image, keep="1"))
    assert image.resources.get().weight == 0.8, "not said, not changed"
    refused = alice.post(f"/posts/{post.pk}/edit/", form(image, keep="1", **{key: "1e9"}))
    assert refused.status_code == 400 and image.resources.get().weight == 0.8
    alice.post(f"/posts/{post.pk}/edit/", form(image, keep="1", **{key: "1.25"}))
    assert image.resources.get().weight == 1.25
