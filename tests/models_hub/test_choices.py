"""Models that moderators choose for the front page: who may, how many, how long, and what becomes of them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.domain import blocking
from civitai.errors import Refused
from civitai.levels import Level
from community.domain import guarding
from models_hub.domain import choosing, reviewing
from models_hub.models import Choice
from moderation.domain import log
from moderation.models import ModerationEvent
from tests.at_once import at_once
from tests.factories import models_hub as make
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(people):
    return make.published(people.alice, name="Papercut")


def front(client):
    """The part of the front page with models."""
    page = client.get("/").content.decode()
    return page.split('aria-labelledby="models"')[1].split("</section>")[0]


def test_the_chosen_stand_there_alone_the_last_one_first_with_who_said_what(client, people, model):
    make.published(people.alice, name="Not Chosen")
    other = make.published(people.bob, name="Leadlight")
    assert "New models" in front(client) and "Not Chosen" in front(client)
    choosing.choose(model, by=people.mona, words="Depth.\n And <air>.")
    choosing.choose(other, by=person("root", is_superuser=True))
    shown = front(client)
    assert "Models, chosen this week" in shown and "Not Chosen" not in shown and "New models" not in shown
    assert "“<bdi>Depth. And &lt;air&gt;.</bdi>” <cite>mona</cite>" in shown and "by root, mona" in shown
    assert shown.index("Leadlight") < shown.index("Papercut")


def test_a_choice_without_words_leaves_the_place_to_a_reader(client, people, model):
    reviewing.review(people.bob, model.versions.get(), recommends=True, text="Read this.")
    choosing.choose(model, by=people.mona)
    assert "“<bdi>Read this.</bdi>” <cite>bob</cite>" in front(client)
    choosing.choose(model, by=people.mona, words="No, this.")
    assert "“<bdi>No, this.</bdi>” <cite>mona</cite>" in front(client) and Choice.objects.count() == 1


def test_after_a_week_the_newest_stand_there_again(client, people, model):
    choosing.choose(model, by=people.mona, words="Old words.")
    Choice.objects.update(at=timezone.now() - timedelta(days=7))
    assert "New models" in front(client) and "Old words." not in front(client)
    client.force_login(people.mona)
    assert "Choose for the front page" in client.get(model.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    "away",
    [
        {"hidden_at": timezone.now()},
        {"freeze_level": 1, "frozen_at": timezone.now()},
        {"taken_down_at": timezone.now()},
        {"state": "unpublished"},
    ],
    ids=["hidden", "unlisted", "taken down", "unpublished"],
)
def test_what_lists_do_not_show_is_gone_at_once_and_can_not_be_chosen(client, people, model, away):
    choosing.choose(model, by=people.mona)
    type(model).objects.filter(pk=model.pk).update(**away)
    assert "Papercut" not in front(client) and "chosen this week" not in front(client)
    model.refresh_from_db()
    with pytest.raises(Refused):
        choosing.choose(model, by=people.mona)


def test_a_viewer_gets_only_what_is_for_them(client, people, model):
    mature = make.published(people.alice, name="Unfit", level=int(Level.X))
    choosing.choose(mature, by=people.mona)
    assert "Unfit" not in front(client) and "New models" in front(client)
    choosing.choose(model, by=people.mona, words="Depth.")
    assert "Unfit" not in front(client) and "Papercut" in front(client)
    client.force_login(people.bob)
    blocking.block(people.bob, people.alice)
    assert "Papercut" not in front(client)


def test_whom_a_viewer_hides_is_not_named(client, people, model):
    choosing.choose(model, by=people.mona, words="Depth.")
    people.charlie.hidden_people = [people.mona.pk]
    people.charlie.save(update_fields=["hidden_people"])
    client.force_login(people.charlie)
    assert "Papercut" in front(client) and "mona" not in front(client) and "Depth." not in front(client)


def test_nobody_chooses_their_own_or_says_too_much(people, model, monkeypatch):
    refused = [(make.published(people.mona, name="Own"), "", "own"), (model, "x" * 81, "too_long")]
    for row, words, code in refused:
        with pytest.raises(Refused) as refusal:
            choosing.choose(row, by=people.mona, words=words)
        assert refusal.value.code == code
    # What the policy doubts is not held for a moderator here: its writer is one.
    monkeypatch.setattr(guarding, "judge", lambda text, by, field: "doubt" in text)
    with pytest.raises(Refused) as refusal:
        choosing.choose(model, by=people.mona, words="In doubt.")
    assert refusal.value.code == "person" and not Choice.objects.exists() and not ModerationEvent.objects.exists()


def test_the_week_is_full_at_six_and_one_that_is_gone_makes_room(people, model):
    others = [make.published(people.alice, name=f"M{number}") for number in range(choosing.MOST)]
    for row in others:
        choosing.choose(row, by=people.mona)
    with pytest.raises(Refused) as refused:
        choosing.choose(model, by=people.mona)
    assert refused.value.code == "full"
    choosing.choose(others[0], by=people.mona, words="Again is no seventh.")
    others[1].hide(by=people.mona, reason="test")
    choosing.choose(model, by=people.mona)


@pytest.mark.django_db(transaction=True)
def test_the_last_place_is_chosen_once(people):
    rows = [make.published(people.alice, name=f"M{number}") for number in range(choosing.MOST + 3)]
    for row in rows[: choosing.MOST - 1]:
        choosing.choose(row, by=people.mona)
    left = rows[choosing.MOST - 1 :]

    refused = at_once([lambda row=row: choosing.choose(row, by=people.mona) for row in left])
    assert [error.code for error in refused] == ["full"] * 3 and Choice.objects.count() == choosing.MOST


def test_each_act_is_in_the_log_and_the_chain_holds(client, people, model):
    client.force_login(people.mona)
    page = client.get(model.get_absolute_url()).content.decode()
    assert "Choose for the front page" in page
    client.post(f"/models/{model.pk}/choice/", {"words": "Depth."})
    page = client.get(model.get_absolute_url()).content.decode()
    assert "Chosen by mona" in page and "Take off" in page
    for _twice in range(2):
        client.post(f"/models/{model.pk}/choice/removal/")
    acts = list(ModerationEvent.objects.order_by("id").values_list("what", "by_name", "row", "because"))
    assert acts == [("chosen", "mona", str(model.pk), "Depth."), ("choice taken off", "mona", str(model.pk), "")]
    assert log.broken_at() is None and not Choice.objects.exists()
    client.logout()
    assert "Chosen for the front page" in client.get("/moderation/log/").content.decode()


def test_others_see_no_button(client, people, model):
    choosing.choose(model, by=people.mona)
    for who in (None, people.alice, people.bob):
        if who:
            client.force_login(who)
        page = client.get(model.get_absolute_url()).content.decode()
        assert "Take off" not in page and "Choose for the front page" not in page
