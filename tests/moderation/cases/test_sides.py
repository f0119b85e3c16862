"""What a side of a case can do besides talking: find it among its cases, call a moderator; and one line without a name."""

import pytest
from django.core import mail
from django.test import Client

from civitai.errors import Refused
from community.models import Picture
from gallery.models import Image
from models_hub.models import Model
from moderation.domain.cases import deciding, filing, mailing, talking
from moderation.domain.cases.terms import DEFAULTS
from moderation.models import CaseMail, Item, RemovalCase
from tests.factories import gallery, models_hub
from tests.factories.cases import carried_out, filed, in_talks, proven
from tests.factories.community import ready

pytestmark = pytest.mark.django_db


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def model(people):
    return models_hub.published(people.alice, name="Linocut XL")


# Your cases.


def test_an_uploader_finds_his_cases_and_whose_turn_it_is(model, people):
    case, _token = in_talks(model)
    client = signed_in(people.alice)
    assert 'href="/cases/"' in client.get("/").content.decode()
    page = client.get("/cases/").content.decode()
    assert case.reference in page and "Linocut XL" in page and "who published it" in page and "by " in page
    talking.offer(case, "uploader", {"outcome": "licensed", **DEFAULTS, "units_per_image": 100})
    assert "badge-warn" not in client.get("/cases/").content.decode()


def test_others_have_no_cases_and_are_told_what_would_be_here(model, people):
    in_talks(model)
    page = signed_in(people.bob).get("/cases/").content.decode()
    assert "No case concerns you" in page and "Linocut XL" not in page
    assert Client().get("/cases/").status_code == 302


def test_a_claimant_who_keeps_it_in_his_account_acts_there(model, people):
    case, token = in_talks(model)
    helena = signed_in(people.charlie)
    assert helena.get(f"/cases/{case.reference}/").status_code == 404
    assert "Keep it in my account" in helena.get(f"/removal/{token}/").content.decode()
    assert helena.post(f"/removal/{token}/accounts/").status_code == 303
    assert "who asks" in helena.get("/cases/").content.decode()
    page = helena.get(f"/cases/{case.reference}/").content.decode()
    assert "Withdraw my request" in page and "Keep it in my account" not in page
    talking.offer(case, "uploader", {"outcome": "licensed", **DEFAULTS, "units_per_image": 100})
    told = helena.get("/notifications/").content.decode()
    assert case.reference in told
    assert helena.post(f"/cases/{case.reference}/refusals/").status_code == 303
    case.refresh_from_db()
    assert case.state == "deciding"


def test_a_case_is_kept_by_one_account_and_a_visitor_is_sent_to_sign_in(model, people):
    case, token = filed(model)
    assert "Sign in first" in Client().post(f"/removal/{token}/accounts/").content.decode()
    filing.keep_in_account(case, people.charlie)
    filing.keep_in_account(case, people.charlie)
    with pytest.raises(Refused, match="Another account"):
        filing.keep_in_account(case, people.bob)
    assert case.events.filter(kind="kept_in_account").count() == 1
    assert "Kept in your account" not in signed_in(people.alice).get(f"/cases/{case.reference}/").content.decode()


def test_a_form_of_the_account_is_not_believed_from_elsewhere(model, people):
    """The private link is exempt from the check of origins, because its secret stands for it; the account's page is not."""
    case, _token = in_talks(model)
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.alice)
    assert client.post(f"/cases/{case.reference}/refusals/").status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_for_one_and_three(people, rows, django_assert_num_queries):
    for number in range(rows):
        filed(models_hub.published(people.alice, name=f"M{number}"), email=f"q{number}@x.example")
    client = signed_in(people.alice)
    client.get("/cases/")
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        client.get("/cases/")
    assert len([row for row in asked.captured_queries if "moderation_" in row["sql"]]) == 3


# Calling a moderator.


def test_either_side_may_call_a_moderator_once_for_each_offer(model, people):
    case, token = in_talks(model)
    Item.objects.all().delete()
    client = Client()
    assert "Ask for a moderator" in client.get(f"/removal/{token}/").content.decode()
    assert client.post(f"/removal/{token}/moderators/").status_code == 303
    item = Item.objects.get(row=str(case.pk), state="open")
    assert (item.queue, item.severity) == ("cases", "P2")
    assert client.post(f"/removal/{token}/moderators/").status_code == 400
    assert signed_in(people.alice).post(f"/cases/{case.reference}/moderators/").status_code == 303
    talking.offer(case, "uploader", {"outcome": "licensed", **DEFAULTS, "units_per_image": 100})
    assert client.post(f"/removal/{token}/moderators/").status_code == 303
    page = signed_in(people.alice).get(f"/cases/{case.reference}/").content.decode()
    assert "A moderator was asked for by the artist" in page


def test_outside_talks_nobody_is_called(model):
    case, token = filed(model)
    assert "Ask for a moderator" not in Client().get(f"/removal/{token}/").content.decode()
    assert Client().post(f"/removal/{token}/moderators/").status_code == 409


# A child: one line, no name.


@pytest.fixture
def shown(people):
    image = gallery.published(people.bob)
    shot = ready(people.bob, shown=True)
    Picture.objects.filter(pk=shot.pk).update(level=1)
    Image.objects.filter(pk=image.pk).update(picture=shot, level=1)
    return Image.objects.select_related("picture").get(pk=image.pk)


def tell(client, row):
    return client.post("/removal/child/", {"url": f"http://testserver{row.get_absolute_url()}"})


def test_one_line_without_a_name_hides_at_once_and_is_first_in_line(shown, people):
    client = Client()
    assert "/removal/child/" in client.get("/removal/").content.decode()
    assert client.get(shown.picture.url()).status_code == 200
    page = tell(client, shown)
    assert page.status_code == 200 and "It is hidden now" in page.content.decode()
    assert client.get(shown.picture.url()).status_code == 404
    assert client.get(shown.get_absolute_url()).status_code == 451
    assert signed_in(people.bob).get(shown.picture.url()).status_code == 404
    item = Item.objects.get(state="open")
    assert (item.queue, item.severity) == ("minors", "P0")


def test_whoever_it_is_is_not_warned_and_nobody_is_known(shown, people):
    tell(Client(), shown)
    case = RemovalCase.objects.get()
    assert case.track == "child" and not CaseMail.objects.filter(case=case).exclude(recipient="claimant").exists()
    mailing.send()
    assert not mail.outbox
    client = signed_in(people.bob)
    assert client.get(f"/cases/{case.reference}/").status_code == 404
    assert case.reference not in client.get("/cases/").content.decode()
    assert "testserver" not in case.secret.box and "127.0.0.1" not in str(RemovalCase.objects.values().get())


def test_the_same_told_twice_is_one_case(shown):
    for _ in range(3):
        assert tell(Client(), shown).status_code == 200
    assert RemovalCase.objects.count() == 1 and Item.objects.filter(state="open").count() == 1


def test_badinput_70_many_such_words_hide_no_rival(people):
    """The fourth of a day from one network, or against one member, is read first of all, and hides nothing by itself."""
    models = [models_hub.published(people.alice, name=f"Rival {n}") for n in range(5)]
    answers = [tell(Client(), model).content.decode() for model in models]
    levels = [Model.objects.get(pk=model.pk).freeze_level for model in models]
    assert levels == [3, 3, 3, 0, 0] and "hidden now" not in answers[4]
    assert Item.objects.filter(queue="minors", severity="P0", state="open").count() == 5


def test_a_link_that_is_none_of_ours_comes_back_with_a_sentence(people):
    page = Client().post("/removal/child/", {"url": "https://pin.example/x"})
    assert page.status_code == 400 and "pin.example/x" in page.content.decode()
    assert Client().post("/removal/child/", {"url": ""}).status_code == 400


def test_a_moderator_decides_it_like_any_case(shown, people, commit):
    tell(Client(), shown)
    case = RemovalCase.objects.get()
    with commit():
        deciding.decide(case, by=people.mona, outcome="kept", because="A vase.")
        carried_out(case)
    assert Client().get(shown.get_absolute_url()).status_code == 200
    other, _token = proven(models_hub.published(people.alice))
    assert other.track == "style"
