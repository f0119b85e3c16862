"""What a member wrote while the session ended is not lost: it is back in the form after signing in."""

import pytest

from bounties.models import Bounty
from models_hub.models import Review
from moderation.models import Report
from tests.factories import bounties, gallery
from tests.factories import models_hub as hub

pytestmark = pytest.mark.django_db
WORDS = "Half an hour of thought, and a sentence more."


def a_report(people):
    return f"/report/gallery.Image/{gallery.published(people.alice).pk}/", {"reason": "rating", "text": WORDS}


def a_review(people):
    version = hub.published(people.alice).versions.get()
    return f"/versions/{version.pk}/review/", {"recommends": "no", "text": WORDS}


def a_bounty(people):
    return "/bounties/new/", {"name": "Azulejo panels", "description": WORDS, "type": "LoraCreation", "tags": "tiles"}


def a_brief(people):
    return f"/bounties/{bounties.put_up(people.bob).pk}/edit/", {"description": WORDS}


def a_description(people):
    return f"/models/{hub.published(people.bob).pk}/edit/what/", {"name": "Papercut", "description": WORDS}


@pytest.mark.parametrize("form", [a_report, a_review, a_bounty, a_brief, a_description])
def test_words_are_back_after_signing_in_and_nowhere_else(client, people, form):
    address, fields = form(people)
    answer = client.post(address, fields)
    assert answer.status_code == 302 and answer.url.startswith("/accounts/login/?next=")
    assert not Report.objects.exists() and not Review.objects.exists()
    client.force_login(people.bob)
    page = client.get(address)
    shown = page.context["form"]
    assert WORDS in page.content.decode()
    assert {name: shown[name].value() for name in fields if name != "tags"} == {
        name: value for name, value in fields.items() if name != "tags"
    }
    elsewhere = client.get("/bounties/new/" if address != "/bounties/new/" else f"/bounties/{_other(people)}/edit/")
    assert elsewhere.status_code == 200 and WORDS not in elsewhere.content.decode()


def _other(people):
    return bounties.put_up(people.bob).pk


@pytest.mark.parametrize("form", [a_report, a_review, a_brief])
def test_sent_they_are_forgotten(client, people, form):
    address, fields = form(people)
    client.post(address, fields)
    client.force_login(people.bob)
    assert client.post(address, fields).status_code == 302
    assert "unsaid" not in client.session
    assert Report.objects.exists() or Review.objects.exists() or Bounty.objects.filter(description=WORDS).exists()


def test_what_a_visitor_may_report_needs_no_sign_in(client, people):
    address, fields = a_report(people)
    assert client.post(address, {**fields, "reason": "intimate"}).status_code == 302
    assert Report.objects.get().text == WORDS and "unsaid" not in client.session


def test_neither_secrets_nor_floods_are_kept(client, people):
    address, fields = a_review(people)
    client.post(address, {**fields, "csrfmiddlewaretoken": "x", "flood": "a" * 50_000, "more": "b" * 39_990})
    kept = client.session["unsaid"]["fields"]
    assert kept["text"] == WORDS and not {"csrfmiddlewaretoken", "flood", "more"} & set(kept)
    assert sum(len(value) for value in kept.values()) < 40_000
