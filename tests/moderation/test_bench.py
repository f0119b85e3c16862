"""What stands on the workbench beside the decision, and the policy that everybody reads."""

import html

import pytest
from django.utils import timezone, translation

from accounts.models import Notification
from civitai.errors import Refused
from gallery.models import Image
from moderation import subjects
from moderation.domain import appealing, deciding, queueing, reporting
from moderation.models import Decision, Item, Note
from moderation.policy import people as policy
from moderation.policy.conduct import conduct
from moderation.views.policy import ACTIONS, KINDS, SURFACES
from tests.factories import gallery

pytestmark = pytest.mark.django_db
WHY = {"action": "hide", "clause": "7.1", "reason": "An advertisement."}


@pytest.fixture
def item(people):
    image = gallery.published(people.alice, title="Moon")
    return reporting.report(people.bob, subjects.named(image), reason="spam").item


def gallery_picture(item):
    return Image.objects.get(pk=item.row).picture_id


def text(response):
    return response.content.decode()


class TestFacts:
    def test_what_was_seen_is_read_by_the_owner_and_the_reason_is_not(self, people, item):
        decision = deciding.decide(item, people.mona, facts="It advertises a shop for boots.", **WHY)
        assert "a shop for boots" in decision.statement and "An advertisement" not in decision.statement

    def test_an_unfilled_bracket_is_never_sent(self, client, people, item):
        with pytest.raises(Refused, match="brackets"):
            deciding.decide(item, people.mona, facts=conduct.clauses["7.1"].facts[0], **WHY)
        client.force_login(people.mona)
        told = {**WHY, "facts": conduct.clauses["7.1"].facts[0]}
        refused = client.post(f"/moderation/items/{item.pk}/decisions/", told)
        assert refused.status_code == 400 and "Fill in what stands in brackets" in text(refused)
        assert not Decision.objects.exists()

    def test_the_sentence_to_fill_in_is_in_the_language_of_who_reads_it(self, client, people, item):
        people.alice.choose_language("pt-br")
        client.force_login(people.mona)
        assert "Anuncia ou repete [o qu" in text(client.get("/moderation/")).encode().decode("unicode_escape")

    def test_the_preview_shows_it(self, client, people, item):
        client.force_login(people.mona)
        told = {"action": "hide", "clause": "7.1", "facts": "It advertises boots."}
        assert "It advertises boots." in text(client.get(f"/moderation/items/{item.pk}/statement/", told))


class TestBench:
    def test_the_oldest_of_a_queue_is_seen(self, client, people, item):
        Item.objects.update(created_at=timezone.now() - timezone.timedelta(days=5))
        client.force_login(people.mona)
        page = text(client.get("/moderation/?queue=reports"))
        assert "oldest" in page and "5 days" in page

    def test_who_decided_first_finds_no_form_for_the_objection(self, client, people, item):
        decision = deciding.decide(item, people.mona, **WHY)
        appealing.appeal(decision, people.alice, "It is my own exhibition, nothing is sold.")
        client.force_login(people.mona)
        page = text(client.get("/moderation/?queue=appeals"))
        assert "You decided this first" in page and "Decide and next" not in page
        assert "data-claim" not in page, "who can't decide it keeps it from nobody"
        assert f"/media/{gallery_picture(item)}/" in page, "what it is about can be looked at"

    def test_an_objection_is_no_thing_to_decide_about(self, client, people, item):
        appealing.appeal(deciding.decide(item, people.mona, **WHY), people.alice, "It is my own exhibition.")
        client.force_login(people.mona)
        appeal = Item.objects.get(queue="appeals")
        assert client.post(f"/moderation/items/{appeal.pk}/decisions/", {"action": "keep"}).status_code == 404

    def test_time_left_and_what_the_next_strike_means(self, client, people, item):
        Item.objects.update(due_at=timezone.now() - timezone.timedelta(minutes=12))
        client.force_login(people.mona)
        page = text(client.get("/moderation/?queue=reports"))
        assert "clock-over" in page and "−12 min" in page and "can&#x27;t write" not in page
        deciding.decide(item, people.mona, strike=True, **WHY)
        other = gallery.published(people.alice)
        reporting.report(people.bob, subjects.named(other), reason="spam")
        assert "with it: can&#x27;t write for 3 days" in text(client.get("/moderation/?queue=reports"))

    def test_who_owns_it_finds_no_form(self, client, people):
        mine = gallery.published(people.mona)
        queueing.raise_item(subjects.named(mine), queue="reports", because="Spam")
        client.force_login(people.mona)
        page = text(client.get("/moderation/?queue=reports"))
        assert "Another moderator decides." in page and "Decide and next" not in page

    def test_reporters_are_shown_the_removal_form_once(self, client, people, item):
        client.force_login(people.mona)
        assert "Show reporters the removal form" in text(client.get("/moderation/"))
        for _twice in range(2):
            assert client.post(f"/moderation/items/{item.pk}/pointers/").status_code == 302
        told = Notification.objects.get(user=people.bob)
        assert told.kind == "removal_way" and told.url.startswith("/removal/?url=http")
        assert Note.objects.count() == 1
        client.force_login(people.bob)
        assert f"/images/{item.row}/" in text(client.get(told.url))
        assert client.post(f"/moderation/items/{item.pk}/pointers/").status_code == 404

    def test_the_key_chooses_undoing_and_does_not_do_it(self, client, people, item):
        deciding.decide(item, people.mona, **WHY)
        client.force_login(people.mona)
        assert 'data-hotkey="u" data-hotkey-chooses' in text(client.get("/moderation/"))


class TestPolicyPage:
    def test_it_says_what_the_file_says(self, client):
        told = policy.policy()
        assert (
            set(SURFACES) == set(told["surfaces"])
            and set(KINDS) == set(policy.KINDS)
            and set(ACTIONS) == set(policy.WEIGHT)
        )
        page = html.unescape(text(client.get("/policy/real-people/")))
        for row in told["clauses"].values():
            assert row["sentence"] in page
        cells = [rules[kind] for rules in told["surfaces"].values() for kind in KINDS]
        for key, shown in ACTIONS.items():
            assert page.count(f">{shown}</span>") == cells.count(key)
        assert "Taylor Swift" not in page, "the list itself is nobody's reading"

    def test_in_portuguese_and_from_the_footer_and_the_report_form(self, client, people):
        with translation.override("pt-br"):
            page = text(client.get("/policy/real-people/", headers={"accept-language": "pt-br"}))
        assert "Pessoas reais" in page and "recusado" in page
        image = gallery.published(people.alice)
        for url in ("/", f"/report/gallery.Image/{image.pk}/"):
            assert "/policy/real-people/" in text(client.get(url))
