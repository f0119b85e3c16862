"""The front page: real, for a visitor, and in a fixed number of queries."""

import re

import pytest

from accounts.domain import blocking
from civitai.levels import Level, up_to
from models_hub.domain import choosing, reviewing
from tests.factories import bounties, gallery, models_hub
from tests.factories.wallet import give

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("chosen", [False, True])
def test_costs_seven_queries_however_much_there_is(client, people, count, chosen, django_assert_num_queries):
    for number in range(count):
        model = models_hub.published(people.alice, name=f"Papercut {number}")
        if chosen:
            choosing.choose(model, by=people.mona, words="Depth.")
        gallery.published(people.alice)
    with django_assert_num_queries(7):
        page = client.get("/")
    assert page.status_code == 200


def test_an_empty_site_invites_and_promises_no_page_that_is_not_there(client, db):
    page = client.get("/").content.decode()
    assert (
        "Nothing hangs here yet" in page
        and "No models yet" in page
        and "No pictures yet" in page
        and "Post the first picture" in page
    )
    assert 'class="hang"' not in page and "is-lit" not in page
    for address in [part.split('"')[0] for part in page.split('<li><a href="')[1:]]:
        assert client.get(address).status_code in (200, 302), address


def test_the_most_liked_picture_is_lit_and_only_when_somebody_liked_it(client, people):
    images = [gallery.published(people.alice) for _ in range(4)]
    assert "is-lit" not in client.get("/").content.decode()
    images[1].likes = 2
    images[1].save(update_fields=["likes"])
    page = client.get("/").content.decode()
    lit = page.split("is-lit")[1].split("</article>")[0]
    assert f"/images/{images[1].pk}/" in lit and "Most liked" in lit


def test_nothing_above_pg_hangs_there_for_anyone(client, people):
    mature = [gallery.published(people.alice, level=Level.X, prompt="unfit") for _ in range(5)]
    model = models_hub.published(people.alice, name="Unfit Model", level=int(Level.X))
    page = client.get("/").content.decode()
    assert "unfit" not in page.lower() and str(mature[0].picture_id) not in page and str(model.cover_id) not in page
    people.bob.choose_level(int(up_to(Level.X)))
    client.force_login(people.bob)
    assert 'class="hang"' not in client.get("/").content.decode()


def test_one_post_does_not_fill_the_wall_while_others_have_something(client, people):
    many = gallery.published(people.alice)
    more = [gallery.image_of(many.post, position=number) for number in range(1, 20)]
    before = [gallery.published(people.bob) for _number in range(15)]

    def hung():
        wall = client.get("/").content.decode().split('class="masonry"')[1]
        return [int(pk) for pk in re.findall(r'<article class="shot"[^>]*><a href="/images/(\d+)/', wall)]

    ours = {many.pk, *(image.pk for image in more)}
    assert len(hung()) == 16 and len(ours & set(hung())) == 3 and len({one.pk for one in before} & set(hung())) == 13
    gallery.Image.objects.filter(pk__in=[one.pk for one in before]).delete()
    assert len(hung()) == 16, "alone it fills it"


def test_figures_are_counted(client, people):
    for _ in range(3):
        gallery.published(people.alice)
    models_hub.published(people.alice)
    page = client.get("/").content.decode()
    assert "3 pictures, most with how they were made." in page and "1 model as a file" in page
    assert "3 in the last 24 hours" in page


def test_what_is_too_small_for_its_place_hangs_last(client, people):
    images = [gallery.published(people.alice) for _ in range(6)]
    for image in images[1:3]:
        image.picture.width = image.picture.height = 128
        image.picture.save(update_fields=["width", "height"])
    for image in images[:3]:
        image.likes = 5
        image.save(update_fields=["likes"])
    images[0].likes = 9
    images[0].save(update_fields=["likes"])
    hang = client.get("/").content.decode().split('class="hang"')[1].split("</section>")[0]
    assert f"/images/{images[0].pk}/" in hang
    assert not any(f"/images/{image.pk}/" in hang for image in images[1:3])


def test_a_model_is_quoted_by_the_newest_words_about_it(client, people):
    model = models_hub.published(people.alice, name="Papercut")
    version = model.versions.get()
    reviewing.review(people.bob, version, recommends=True, text="Depth & **air**.")
    assert "“<bdi>Depth &amp; air.</bdi>” <cite>bob</cite>" in client.get("/").content.decode()
    reviewing.review(people.charlie, version, recommends=False, text="")
    assert "Depth &amp; air." in client.get("/").content.decode()
    blocking.block(people.charlie, people.bob)
    client.force_login(people.charlie)
    assert "Depth &amp; air" not in client.get("/").content.decode()


def test_pictures_come_before_what_is_paid_for(client, people):
    gallery.published(people.alice)
    bounties.put_up(give(people.alice, 200))
    page = client.get("/").content.decode()
    assert (
        page.index('id="models"') < page.index('id="pictures"') < page.index('id="bounties"') < page.index('id="ask"')
    )
