"""The pages of reports, the workbench, decisions and the log."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone, translation

from moderation import subjects
from moderation.case_states import ACTS
from moderation.domain import deciding, queueing, reporting, wording
from moderation.domain.cases import wording as case_wording
from moderation.models import Decision, Item, Report
from moderation.states import ItemState
from tests.factories import gallery
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(people):
    return gallery.published(people.alice, title="Moon")


def text(response):
    return response.content.decode()


def test_a_member_reports_from_the_page_of_a_thing(client, people, image):
    client.force_login(people.bob)
    url = f"/report/gallery.Image/{image.pk}/"
    assert url in text(client.get(image.get_absolute_url()))
    assert "Moon" in text(client.get(url))
    refused = client.post(url, {"text": "typed already"})
    assert refused.status_code == 400 and "typed already" in text(refused)
    assert client.post(url, {"reason": "spam", "text": ""})["Location"] == image.get_absolute_url()
    assert Report.objects.get().reporter == people.bob


def test_one_reports_only_what_one_sees(client, people):
    draft = gallery.draft(people.alice).images.get()
    client.force_login(people.bob)
    for url in (f"/report/gallery.Image/{draft.pk}/", "/report/auth.Group/1/", "/report/gallery.Image/x/"):
        assert client.get(url).status_code == 404


def test_visitors_are_offered_what_they_may_report(client, image):
    page = text(client.get(f"/report/gallery.Image/{image.pk}/"))
    assert "real person" in page and "Advertising" not in page


def test_the_workbench_is_not_there_for_others(client, people, image):
    item = queueing.raise_item(subjects.named(image), queue="reports", because="Spam")
    urls = ["/moderation/", f"/moderation/items/{item.pk}/decisions/", f"/moderation/items/{item.pk}/claim/"]
    for who in (None, people.alice):
        if who:
            client.force_login(who)
        for url in urls:
            assert client.get(url).status_code == 404 and client.post(url).status_code == 404


def test_a_moderator_decides_and_goes_on(client, people, image):
    reporting.report(people.bob, subjects.named(image), reason="spam", text="buy buy buy")
    client.force_login(people.mona)
    page = text(client.get("/moderation/"))
    assert "Moon" in page and "buy buy buy" in page and f"{image.picture_id}.webp" in page
    assert f'<img src="/media/{image.picture_id}' not in page, "covered: not even loaded"
    item = Item.objects.get()
    refused = client.post(
        f"/moderation/items/{item.pk}/decisions/", {"action": "hide", "clause": "", "reason": "kept text"}
    )
    assert refused.status_code == 400 and "kept text" in text(refused)
    told = {"action": "hide", "clause": "7.1", "reason": "An advertisement.", "facts": "It advertises boots."}
    assert client.get(f"/moderation/items/{item.pk}/statement/", told).status_code == 200
    done = client.post(f"/moderation/items/{item.pk}/decisions/", told)
    assert done["Location"] == "/moderation/?queue=reports"
    assert "Undo" in text(client.get("/moderation/")) and Decision.objects.get().action == "hide"


def test_the_person_concerned_reads_it_and_objects(client, people, image):
    item = reporting.report(people.bob, subjects.named(image), reason="spam").item
    decision = deciding.decide(item, people.mona, action="hide", clause="7.1", reason="An advertisement.")
    url = decision.get_absolute_url()
    assert client.get(url).status_code == 302
    client.force_login(people.charlie)
    assert client.get(url).status_code == 404
    client.force_login(people.alice)
    page = text(client.get(url))
    assert "advertising" in page and "mona" not in page and "Send the objection" in page
    assert client.post(f"{url}appeals/", {"text": "It was a joke among friends."})["Location"] == url
    assert "waiting" in text(client.get(url))
    other = person("max", is_moderator=True)
    client.force_login(other)
    bench = text(client.get("/moderation/?queue=appeals"))
    assert "joke among friends" in bench
    appeal_item = Item.objects.get(queue="appeals")
    client.post(f"/moderation/items/{appeal_item.pk}/resolution/", {"upheld": "1", "answer": "Right you are."})
    decision.refresh_from_db()
    assert decision.undone_at and Item.objects.filter(state=ItemState.OPEN).count() == 0


def test_two_moderators_see_each_other(client, people, image):
    item = queueing.raise_item(subjects.named(image), queue="reports", because="Spam")
    queueing.claim(item, person("max", is_moderator=True))
    client.force_login(people.mona)
    assert "max is looking at it" in text(client.get("/moderation/"))
    assert client.post(f"/moderation/items/{item.pk}/claim/").status_code == 409


def test_the_bench_says_how_long_one_has_decided_without_a_break(client, people):
    def decided(minutes_ago):
        item = queueing.raise_item(subjects.named(gallery.published(people.alice)), queue="reports", because="Spam")
        deciding.decide(item, people.mona, action="keep", clause="", reason="")
        Decision.objects.filter(item=item).update(at=timezone.now() - timedelta(minutes=minutes_ago))

    def bench():
        return text(client.get("/moderation/?queue=reports"))

    queueing.raise_item(subjects.named(gallery.published(people.alice)), queue="reports", because="Spam")
    client.force_login(people.mona)
    decided(40)
    assert "since a break" not in bench(), "the last of them is longer ago than a break takes"
    decided(12)
    decided(1)
    assert "2 decided · 12 min since a break" in bench() and "Time for one." not in bench()
    for minutes in (26, 47):
        decided(minutes)
    assert "5 decided · 47 min since a break. Time for one." in bench()
    client.force_login(person("max", is_moderator=True))
    assert "since a break" not in bench(), "of others nothing is told"


def test_the_log_names_nobody(client, people, image):
    item = reporting.report(people.bob, subjects.named(image), reason="spam").item
    deciding.decide(item, people.mona, action="hide", clause="7.1", reason="An advertisement by alice.")
    page = text(client.get("/moderation/log/"))
    assert "Hidden" in page and "7.1 Spam" in page
    assert "mona" not in page and "alice" not in page and "Moon" not in page


def test_the_bench_costs_the_same_for_one_and_for_ten(client, people, django_assert_num_queries):
    def raised():
        image = gallery.published(people.alice)
        queueing.raise_item(subjects.named(image), queue="reports", because="Spam")

    raised()
    client.force_login(people.mona)
    client.get("/moderation/")
    with django_assert_num_queries(16):
        client.get("/moderation/?queue=reports")
    [raised() for _ in range(9)]
    with django_assert_num_queries(16):
        client.get("/moderation/?queue=reports")


def test_every_line_of_the_log_is_in_words(client):
    keys = {
        *re.findall(r'log\.record\(\s*"([^"]+)"', "".join(path.read_text() for path in sources())),
        *(f"case.{act}" for act in ACTS),
    }
    assert {"registry", "held", "bounty called off", "case.open_file", "case.prove"} <= keys
    assert {key for key in keys - {"report"} if wording.event(key) == key} == set(), "a public page would show a key"


def sources():
    rooms = [settings.BASE_DIR / room for room in ("moderation", "bounties", "gallery", "models_hub", "community")]
    return [path for room in rooms for path in room.rglob("*.py")]


def test_portuguese_writes_months_small():
    with translation.override("pt-br"):
        assert case_wording.day("2026-12-05") == "5 dez 2026"
    assert case_wording.day("2026-12-05") == "5 Dec 2026"
