"""Who gets the bytes behind an address, and how they are kept."""

import io

import pytest
from PIL import Image

from civitai import storages
from civitai.levels import Level, up_to
from community import tasks
from community.domain import pictures
from tests.factories.community import image, ready, stored

pytestmark = pytest.mark.django_db


def body(response):
    return b"".join(response.streaming_content)


def asked_by(client, user, url, **headers):
    client.logout()
    if user.is_authenticated:
        client.force_login(user)
    return client.get(url, **headers)


def statuses(client, people, url):
    return [asked_by(client, user, url).status_code for user in people.all()]


def test_a_shown_picture_is_for_all(client, people):
    picture = ready(people.alice, image((600, 400)), level=Level.PG, shown=True)
    assert statuses(client, people, picture.url(450)) == [200] * 5
    response = client.get(picture.url(450))
    derived = Image.open(io.BytesIO(body(response)))
    assert derived.format == "WEBP" and derived.width == 450
    assert response["Content-Type"] == "image/webp"
    assert response["Cache-Control"] == "public, max-age=3600"
    assert "Cookie" not in response.get("Vary", "")
    assert int(response["Content-Length"]) > 100


@pytest.mark.parametrize(("asked", "given"), [(1, 96), (96, 96), (97, 320), (450, 450), (500, 600), (99999, 600)])
def test_widths_snap_to_the_ladder_and_never_grow(client, people, asked, given):
    picture = ready(people.alice, image((600, 400)), level=Level.PG, shown=True)
    assert Image.open(io.BytesIO(body(client.get(picture.url(asked))))).width == given


def test_the_same_before_and_after_it_was_placed(client, people):
    picture = ready(people.alice, level=Level.PG, shown=True)
    before = body(client.get(picture.url(96)))
    tasks.place_picture.plain(str(picture.pk))
    assert body(client.get(picture.url(96))) == before


def test_what_the_browser_has_is_not_sent_again(client, people):
    picture = ready(people.alice, level=Level.PG, shown=True)
    etag = client.get(picture.url(96))["ETag"]
    again = client.get(picture.url(96), headers={"If-None-Match": f'W/"x", {etag}'})
    assert again.status_code == 304 and again["ETag"] == etag and not again.content
    assert again["Cache-Control"] == "public, max-age=3600"
    # Who may not see it learns nothing from knowing the tag.
    pictures.conceal([picture])
    assert client.get(picture.url(96), headers={"If-None-Match": etag}).status_code == 404


def test_a_concealed_picture_is_its_owners_and_moderators(client, people):
    picture = ready(people.alice, level=Level.PG)
    for url in (picture.url(96), picture.original_url):
        assert [status < 400 for status in statuses(client, people, url)] == [True, False, False, True, False]
    response = asked_by(client, people.alice, picture.url(96))
    assert response["Cache-Control"] == "private, max-age=300" and "Cookie" in response["Vary"]


def test_a_mature_picture_goes_to_those_who_chose_it(client, people):
    picture = ready(people.alice, level=Level.R, shown=True)
    tasks.place_picture.plain(str(picture.pk))
    for url in (picture.url(96), picture.original_url):
        assert [status < 400 for status in statuses(client, people, url)] == [True, False, False, True, False]
    people.bob.choose_level(int(up_to(Level.R)))
    response = asked_by(client, people.bob, picture.url(96))
    assert response.status_code == 200 and "private" in response["Cache-Control"]
    people.bob.choose_level(int(up_to(Level.PG13)))
    assert asked_by(client, people.bob, picture.url(96)).status_code == 404


@pytest.mark.parametrize("level", [Level.UNRATED, Level.BLOCKED])
def test_unrated_and_blocked_pictures_reach_no_stranger(client, people, level):
    picture = ready(people.alice, level=level, shown=True)
    people.bob.choose_level(int(up_to(Level.XXX)))
    assert statuses(client, people, picture.url(96)) == [200, 404, 404, 200, 404]


def test_a_hidden_picture_is_gone_for_strangers(client, people):
    picture = ready(people.alice, level=Level.PG, shown=True)
    picture.hide(by=people.mona, reason="reported")
    assert statuses(client, people, picture.url(96)) == [200, 404, 404, 200, 404]


def test_a_refused_or_pending_picture_has_no_bytes(client, people):
    pending = stored(people.alice)
    refused = pictures.prepare(stored(people.alice, b"no picture"))
    for picture in (pending, refused):
        for url in (picture.url(96), picture.original_url):
            assert statuses(client, people, url) == [404] * 5


def test_not_found_is_a_sentence_that_nobody_keeps(client, people):
    response = client.get("/media/00000000-0000-4000-8000-000000000000/width=450/a.webp")
    assert response.status_code == 404 and response["Content-Type"].startswith("text/plain")
    assert "no-store" in response["Cache-Control"] and b"picture" in response.content


@pytest.mark.parametrize("transform", ["width=", "width=-5", "width=9999999", "height=5", "width=٣", "original=1", "x"])
def test_an_odd_transform_is_not_found(client, people, transform):
    picture = ready(people.alice, level=Level.PG, shown=True)
    assert client.get(f"/media/{picture.pk}/{transform}/a.webp").status_code == 404


def test_the_original_is_a_cleaned_download_from_the_store(client, people):
    exif = Image.Exif()
    exif[0x010F] = "SpyCam"
    picture = ready(people.alice, image(kind="JPEG", exif=exif), level=Level.PG, shown=True)
    response = client.get(picture.original_url)
    assert response.status_code == 302 and "no-store" in response["Cache-Control"]
    import urllib.request

    with urllib.request.urlopen(response["Location"], timeout=10) as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Content-Type"] == "image/jpeg"
        data = answer.read()
    assert b"SpyCam" not in data and Image.open(io.BytesIO(data)).format == "JPEG"


def test_an_avif_is_given_out_as_the_pixels_it_decodes_to(people):
    picture = ready(people.alice, image(kind="AVIF"))
    assert picture.original_url.endswith(".png")
    assert Image.open(io.BytesIO(storages.private().read(picture.clean_key))).format == "PNG"


def test_a_private_original_is_its_owners(client, people):
    picture = ready(people.alice, level=Level.PG, shown=True)
    pictures.keep_original(picture, private=True)
    assert statuses(client, people, picture.original_url) == [302, 404, 404, 302, 404]
    assert statuses(client, people, picture.url(96)) == [200] * 5


def test_an_open_picture_costs_one_query(client, people, django_assert_num_queries):
    picture = ready(people.alice, level=Level.PG, shown=True)
    with django_assert_num_queries(1):
        body(client.get(picture.url(96)))


def test_nothing_can_be_posted(client, people):
    assert client.post("/media/00000000-0000-4000-8000-000000000000/width=450/a.webp").status_code == 405
