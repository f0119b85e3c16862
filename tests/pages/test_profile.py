"""A person's page."""

from html import unescape

import pytest
from django.utils.html import strip_tags

from bounties.domain import staking
from civitai.levels import Level
from models_hub.domain import reviewing
from tests.factories import bounties, gallery, models_hub
from tests.factories.wallet import give

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("show", "queries"), [("all", 8), ("models", 5), ("pictures", 5), ("reviews", 5)])
def test_costs_the_same_however_much_there_is(client, people, count, show, queries, django_assert_num_queries):
    for number in range(count):
        models_hub.published(people.alice, name=f"Papercut {number}")
        gallery.published(people.alice)
        of = models_hub.published(people.bob, name=f"Reviewed {number}")
        reviewing.review(people.alice, of.versions.get(), recommends=True, text="Yes.")
    with django_assert_num_queries(queries):
        page = client.get(f"/users/alice/?show={show}").content.decode()
    assert ("Papercut 0" in page) == (show in ("all", "models"))
    assert ("Reviewed 0" in page) == (show == "reviews")


def test_nobody_of_that_name_is_a_404_and_a_closed_account_too(client, people):
    assert client.get("/users/nobody-here/").status_code == 404
    people.charlie.shut_out()
    assert client.get("/users/charlie/").status_code == 404
    assert client.get("/users/%00/").status_code == 404
    assert client.get("/users/" + "a" * 3000 + "/").status_code == 404


def test_a_name_in_another_case_leads_to_the_one_address(client, people):
    response = client.get("/users/ALICE/")
    assert response.status_code == 302 and response.url == "/users/alice/"


def test_oneself_edits_others_follow(client, people):
    assert "Edit profile" not in client.get("/users/alice/").content.decode()
    client.force_login(people.alice)
    page = client.get("/users/alice/").content.decode()
    assert "Edit profile" in page and 'class="follow"' not in page
    client.force_login(people.bob)
    assert "Following" in client.get("/users/alice/").content.decode()
    client.force_login(people.charlie)
    page = client.get("/users/alice/").content.decode()
    assert "Edit profile" not in page and ">Follow<" in page


def test_counts_are_those_of_what_everybody_sees(client, people):
    models_hub.published(people.alice, downloads=1234)
    models_hub.draft(people.alice, name="Secret Draft")
    gallery.published(people.alice)
    gallery.draft(people.alice)
    client.force_login(people.alice)
    page = client.get("/users/alice/").content.decode()
    assert "<dt>Models</dt><dd>1</dd>" in page and "<dt>Pictures</dt><dd>1</dd>" in page
    assert "<dt>Downloads</dt><dd>1,234</dd>" in page and "<dt>Followers</dt><dd>1</dd>" in page
    assert "Secret Draft" not in page


def test_what_is_above_a_viewer_is_not_sent(client, people):
    mature = gallery.published(people.alice, level=Level.R, prompt="nude study")
    for user in (None, people.bob):
        if user:
            client.force_login(user)
        page = client.get("/users/alice/").content.decode()
        assert str(mature.picture_id) not in page and "nude study" not in page


def test_a_bio_is_text(client, people):
    people.alice.describe(display_name="<b>Alice</b>", bio="<script>alert(1)</script>\nsecond line")
    page = client.get("/users/alice/").content.decode()
    assert (
        "<script>alert" not in page and "<b>Alice" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;<br>" in page
    )


def test_htmx_gets_the_next_cards_alone_and_a_damaged_cursor_is_refused(client, people):
    gallery.published(people.alice)
    page = client.get("/users/alice/?show=pictures", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page and 'class="shot"' in page
    assert client.get("/users/alice/?show=pictures&cursor=%27").status_code in (400, 422)


def test_the_reviews_of_a_person_stand_on_their_page_while_their_models_are_listed(client, people):
    model = models_hub.published(people.bob, name="Leadlight")
    reviewing.review(people.alice, model.versions.get(), recommends=False, text="Blue always wins.")
    page = client.get("/users/alice/?show=reviews").content.decode()
    assert "Blue always wins." in page and "Leadlight" in page and "Does not recommend" in page
    assert "bob has reviewed nothing yet" in client.get("/users/bob/?show=reviews").content.decode()
    model.hide(by=people.mona, reason="test")
    assert "Blue always wins." not in client.get("/users/alice/?show=reviews").content.decode()


def test_bounties_and_what_was_won_in_others_have_a_tab(client, people):
    ours = bounties.put_up(people.alice, name="Azulejo panels")
    theirs = bounties.put_up(give(people.bob, 100), name="Adire indigo", reward=60)
    entry = bounties.enter(theirs, people.alice, name="Ten sheets")
    bounties.enter(theirs, people.alice, name="Not given")
    page = client.get("/users/alice/?show=bounties").content.decode()
    assert "Azulejo panels" in page and "Adire indigo" not in page and "Entries that won" not in page
    staking.award(entry, people.bob)
    page = client.get("/users/alice/?show=bounties").content.decode()
    assert "Entries that won" in page and "Ten sheets" in page and "Adire indigo" in page and "Not given" not in page
    assert "charlie has put up no bounty yet" in client.get("/users/charlie/?show=bounties").content.decode()
    theirs.hide(by=people.mona, reason="test")
    ours.hide(by=people.mona, reason="test")
    page = client.get("/users/alice/?show=bounties").content.decode()
    assert "Azulejo panels" not in page and "Adire indigo" not in page and "Ten sheets" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_tab_of_bounties_costs_the_same_for_many(client, people, count, django_assert_num_queries):
    for number in range(count):
        bounties.put_up(people.alice, name=f"Tile {number}")
        bounties.enter(other := bounties.put_up(people.bob, reward=60), people.alice)
        staking.award(other.entries.get(), people.bob)
    with django_assert_num_queries(7):
        client.get("/users/alice/?show=bounties")


def side(client, name="alice"):
    """The panel of words and the ones about models, as text."""
    page = client.get(f"/users/{name}/").content.decode()
    parts = [page.split(mark)[1].split(end)[0] for mark, end in SIDE if mark in page]
    return " ".join(unescape(strip_tags(" ".join(parts).replace("<", " <"))).split())


SIDE = (('class="panel stack stack-3 person-words"', "</section>"), ('class="stack stack-4 person-models"', "</aside>"))


def test_beside_it_stands_what_they_make_how_it_is_found_and_what_all_of_it_allows(client, people):
    people.alice.describe(display_name="Alice", bio="I marble paper.")
    for kind in ("LORA", "LORA", "Checkpoint"):
        model = models_hub.published(people.alice, type=kind, allow_commercial_use=["Image"])
    reviewing.review(people.bob, model.versions.get(), recommends=True)
    reviewing.review(people.charlie, model.versions.get(), recommends=False)
    models_hub.draft(people.alice, type="VAE")
    shown = side(client)
    assert "In their words I marble paper." in shown
    assert "LoRA 2 Checkpoint 1 Recommended 50% of 2 reviews" in shown and "VAE" not in shown
    assert "Holds for all 3 models" in shown and "Sell pictures you make with it" in shown
    models_hub.published(people.alice, allow_commercial_use=["Sell"])
    shown = side(client)
    assert "It differs from model to model" in shown and "Sell pictures" not in shown


def test_uses_that_come_to_the_same_are_one_licence(client, people):
    models_hub.published(people.alice, allow_commercial_use=["Sell"])
    models_hub.published(people.alice, allow_commercial_use=["Image", "Sell"])
    assert "Holds for all 2 models" in side(client)


def test_who_has_nothing_has_no_column_and_is_asked_for_words_alone(client, people):
    assert side(client, "charlie") == "" and "person-split" not in client.get("/users/charlie/").content.decode()
    client.force_login(people.charlie)
    assert "In your words" in side(client, "charlie") and "What they make" not in side(client, "charlie")
    assert "person-split" not in client.get("/users/charlie/?show=pictures").content.decode()
