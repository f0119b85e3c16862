"""Several at once, two people for what one alone does not decide, and what the team looks up."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Follow
from civitai.errors import Refused
from gallery.models import Image
from moderation import figures, finding, subjects
from moderation.domain import appealing, batching, deciding, log, queueing, reporting, seconding
from moderation.models import Decision, Item, ModerationEvent, Proposal, Strike
from moderation.policy.conduct import conduct
from tests.factories import cases, gallery
from tests.people import person

pytestmark = pytest.mark.django_db
WHY = {"action": "hide", "clause": "7.1", "reason": "The same advertisement."}
FACTS = {**WHY, "facts": "It advertises boots."}


@pytest.fixture
def nia(db):
    return person("nia", is_moderator=True)


def waiting(owner, reporter, count=3, reason="spam"):
    images = [gallery.published(owner, title=f"Poster {n}") for n in range(count)]
    return [reporting.report(reporter, subjects.named(image), reason=reason).item for image in images]


def seen(items):
    return Image.objects.in_feed().filter(pk__in=[item.row for item in items]).count()


class TestSeveralAtOnce:
    def test_each_has_a_row_a_statement_and_a_letter_of_its_own_and_all_have_one_way_back(self, people):
        items = waiting(people.alice, people.bob)
        batch = batching.decide_many(items, people.mona, **FACTS)
        rows = Decision.objects.filter(batch=batch.key)
        assert rows.count() == 3 and not batch.refusals and seen(items) == 0
        assert {row.title for row in rows} == {"Poster 0", "Poster 1", "Poster 2"}
        assert all(f"“{row.title}”" in row.statement and "boots" in row.statement for row in rows)
        assert ModerationEvent.objects.filter(what="hide").count() == 3
        assert ModerationEvent.objects.get(what="batch").after["decided"] == 3 and log.broken_at() is None
        assert batching.undo_batch(batch.key, people.mona) == (3, [])
        assert seen(items) == 3 and batching.undo_batch(batch.key, people.mona) == (0, [])

    def test_nobody_gets_three_strikes_from_one_press(self, people):
        items = waiting(people.alice, people.bob) + waiting(people.charlie, people.bob, count=2)
        batching.decide_many(items, people.mona, strike=True, **WHY)
        assert {row.owner for row in Strike.objects.all()} == {people.alice, people.charlie}
        assert Strike.objects.count() == 2

    def test_what_cannot_be_is_left_alone_and_the_rest_goes_on(self, people, nia):
        items = waiting(people.alice, people.bob)
        mine = queueing.raise_item(subjects.named(gallery.published(people.mona)), queue="reports", because="Spam")
        queueing.claim(items[0], nia)
        batch = batching.decide_many([*items, mine], people.mona, **WHY)
        assert [item for item, _why in batch.refusals] == [items[0], mine] and len(batch.decisions) == 2
        assert seen(items) == 1

    def test_one_kind_and_a_whole_form(self, people):
        items = waiting(people.alice, people.bob)
        member = queueing.raise_item(subjects.named(people.charlie), queue="reports", because="Spam")
        with pytest.raises(Refused, match="one kind"):
            batching.decide_many([*items, member], people.mona, **WHY)
        with pytest.raises(Refused) as refused:
            batching.decide_many(items, people.mona, action="hide", clause="", reason="x y z")
        assert refused.value.field == "clause" and not Decision.objects.exists()

    def test_undone_by_who_decided_and_what_was_objected_to_is_answered(self, people, nia):
        items = waiting(people.alice, people.bob)
        batch = batching.decide_many(items, people.mona, **WHY)
        with pytest.raises(Refused, match="one by one"):
            batching.undo_batch(batch.key, nia)
        appealing.appeal(batch.decisions[0], people.alice, "It is my own exhibition.")
        count, refusals = batching.undo_batch(batch.key, people.mona)
        assert count == 2 and len(refusals) == 1 and seen(items) == 2

    def test_from_the_bench(self, client, people):
        items = waiting(people.alice, people.bob)
        client.force_login(people.mona)
        page = client.get(f"/moderation/?queue=reports&item={items[0].pk}").content.decode()
        assert page.count('name="also"') == 2
        told = {**FACTS, "also": [item.pk for item in items[1:]]}
        done = client.post(f"/moderation/items/{items[0].pk}/decisions/", told, follow=True).content.decode()
        assert "3 decided." in done and "Undo 3" in done and seen(items) == 0
        row = Decision.objects.first()
        assert row.batch
        back = client.post(f"/moderation/decisions/{row.pk}/undoing/", {"batch": "1"}, follow=True).content.decode()
        assert "3 undone." in back and seen(items) == 3

    def test_what_is_named_and_not_there_or_of_another_kind_is_left_out(self, client, people):
        items = waiting(people.alice, people.bob, count=1)
        member = queueing.raise_item(subjects.named(people.charlie), queue="reports", because="Spam")
        client.force_login(people.mona)
        told = {**FACTS, "also": [member.pk, 10**12, "x", "9" * 40]}
        client.post(f"/moderation/items/{items[0].pk}/decisions/", told)
        assert Decision.objects.count() == 1 and Decision.objects.get().batch is None


class TestTwoPeople:
    def test_a_member_whom_many_follow(self, client, people, nia):
        for n in range(conduct.second.followers):
            Follow.objects.create(follower=person(f"fan{n}"), followed=people.alice)
        item = queueing.raise_item(subjects.named(people.alice), queue="reports", because="Spam")
        with pytest.raises(Refused, match="Many follow"):
            deciding.decide(item, people.mona, **{**WHY, "action": "suspend"})
        client.force_login(people.mona)
        told = {**FACTS, "action": "suspend"}
        page = client.post(f"/moderation/items/{item.pk}/decisions/", told, follow=True).content.decode()
        assert "A second moderator is asked" in page
        people.alice.refresh_from_db()
        assert people.alice.is_active
        second = Item.objects.get(queue="second")
        mine = client.get("/moderation/?queue=second").content.decode()
        assert "You proposed it" in mine and "data-confirm" not in mine
        assert client.post(f"/moderation/items/{second.pk}/resolution/", {"agreed": "1"}).status_code == 400
        client.force_login(nia)
        theirs = client.get("/moderation/?queue=second").content.decode()
        assert "What is proposed" in theirs and "boots" in theirs and "Many follow this member." in theirs
        assert client.post(f"/moderation/items/{second.pk}/resolution/", {"agreed": "1"}).status_code == 302
        people.alice.refresh_from_db()
        decision = Decision.objects.get()
        assert not people.alice.is_active and (decision.by, decision.second) == (people.mona, nia)
        assert not Item.objects.filter(state="open").exists()
        deciding.undo(decision, people.mona)
        people.alice.refresh_from_db()
        assert people.alice.is_active

    def test_more_than_a_screenful(self, people, nia, monkeypatch):
        items = waiting(people.alice, people.bob, count=conduct.second.items + 1)
        with pytest.raises(Refused) as refused:
            batching.decide_many(items, people.mona, **WHY)
        assert refused.value.code == "second" and seen(items) == len(items)
        row = seconding.propose(items[0], people.mona, also=[item.pk for item in items[1:]], **WHY)
        assert len(seconding.answer(row, nia, agreed=True)) == len(items) and seen(items) == 0

    def test_out_of_quarantine(self, people, nia):
        image = gallery.published(people.alice)
        item = reporting.report(people.bob, subjects.named(image), reason="minor").item
        with pytest.raises(Refused, match="reported as a child"):
            deciding.decide(item, people.mona, action="keep")
        row = seconding.propose(item, people.mona, action="keep")
        seconding.answer(row, nia, agreed=True)
        assert Image.objects.in_feed().filter(pk=image.pk).exists()

    def test_not_agreed_it_waits_where_it_was(self, people, nia):
        (item,) = waiting(people.alice, people.bob, count=1)
        row = seconding.propose(item, people.mona, **WHY)
        with pytest.raises(Refused, match="already"):
            seconding.propose(Item.objects.get(pk=item.pk), people.mona, **WHY)
        with pytest.raises(Refused, match="why"):
            seconding.answer(row, nia, agreed=False)
        assert seconding.answer(row, nia, agreed=False, answer="It is a poster.") == []
        item.refresh_from_db()
        assert item.state == "open" and item.notes.get().text == "It is a poster." and not Decision.objects.exists()
        with pytest.raises(Refused, match="no more"):
            seconding.answer(row, nia, agreed=True)

    def test_nobody_is_two(self, people, nia):
        (item,) = waiting(people.alice, people.bob, count=1)
        row = seconding.propose(item, people.mona, **WHY)
        with pytest.raises(Refused, match="Another moderator"):
            seconding.answer(row, people.mona, agreed=True)
        with pytest.raises(Refused, match="Another moderator"):
            deciding.decide(item, people.mona, second=people.mona, **WHY)
        with pytest.raises(IntegrityError), transaction.atomic():
            Proposal.objects.update(second=people.mona)
        decision = deciding.decide(item, people.mona, **WHY)
        with pytest.raises(IntegrityError), transaction.atomic():
            Decision.objects.filter(pk=decision.pk).update(second=people.mona)

    def test_whom_it_is_about_does_not_agree(self, people, nia):
        item = queueing.raise_item(subjects.named(gallery.published(nia)), queue="reports", because="Spam")
        row = seconding.propose(item, people.mona, **WHY)
        with pytest.raises(Refused, match="about you"):
            seconding.answer(row, nia, agreed=True)
        row.refresh_from_db()
        assert row.state == "open"

    def test_decided_otherwise_or_after_a_day_it_is_over(self, people, nia):
        one, two = waiting(people.alice, people.bob, count=2)
        first = seconding.propose(one, people.mona, **WHY)
        late = seconding.propose(two, people.mona, **WHY)
        deciding.decide(one, nia, action="keep")
        first.refresh_from_db()
        assert first.state == "over" and Item.objects.filter(queue="second", state="open").count() == 1
        Proposal.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
        with pytest.raises(Refused, match="no more"):
            seconding.answer(late, nia, agreed=True)
        assert seconding.keep() == 1 and seconding.keep() == 0
        late.refresh_from_db(), two.refresh_from_db()
        assert late.state == "over" and two.state == "open"
        assert not Item.objects.filter(queue="second", state="open").exists()

    def test_one_may_ask_of_oneself(self, client, people):
        (item,) = waiting(people.alice, people.bob, count=1)
        client.force_login(people.mona)
        client.post(f"/moderation/items/{item.pk}/decisions/", {**FACTS, "second": "1"})
        assert Proposal.objects.get().says["facts"] == "It advertises boots." and seen([item]) == 1
        assert "has asked a second moderator" in client.get("/moderation/?queue=reports").content.decode()

    def test_badinput_78_a_stolen_account_is_looked_at(self, people, monkeypatch):
        items = waiting(people.alice, people.bob, count=4)
        strict = replace(conduct, second=replace(conduct.second, alarm_an_hour=3))
        monkeypatch.setattr(deciding, "conduct", strict)
        for item in items:
            deciding.decide(item, people.mona, **WHY)
        alarm = Item.objects.get(subject="accounts.User", row=str(people.mona.pk))
        assert alarm.severity == "P0" and alarm.source == "rule"
        with pytest.raises(Refused, match="yours"):
            deciding.decide(alarm, people.mona, action="keep")


class TestSecondStep:
    def test_badinput_78_a_password_alone_opens_no_bench(self, client, people, settings):
        from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

        (item,) = waiting(people.alice, people.bob, count=1)
        settings.ADMIN_SECOND_FACTOR = True
        client.force_login(people.mona)
        for url in ("/moderation/", "/moderation/search/?q=alice", "/moderation/figures/", "/moderation/cases/"):
            assert client.get(url)["Location"].endswith("/2fa/"), url
        client.post(f"/moderation/items/{item.pk}/decisions/", FACTS)
        assert not Decision.objects.exists()
        TOTP.activate(people.mona, generate_totp_secret())
        assert client.get("/moderation/").status_code == 200


class TestSearch:
    def test_by_whatever_one_has_at_hand(self, client, people):
        (item,) = waiting(people.alice, people.bob, count=1)
        image = Image.objects.select_related("picture").get(pk=item.row)
        type(image.picture).objects.filter(pk=image.picture_id).update(sha256="ab" * 32)
        decision = deciding.decide(waiting(people.alice, people.bob, count=1)[0], people.mona, **WHY)
        case, _token = cases.filed(image, ticked=("likeness",), wish="removed", names=())
        client.force_login(people.mona)
        for text in (f"/images/{image.pk}/", f"http://testserver/images/{image.pk}/", "ab" * 32):
            page = client.get("/moderation/search/", {"q": text}).content.decode()
            assert f"item={item.pk}" in page, text
        assert decision.get_absolute_url() in client.get("/moderation/search/?q=poster").content.decode()
        assert decision.get_absolute_url() in client.get(f"/moderation/search/?q={decision.pk}").content.decode()
        assert case.reference in client.get(f"/moderation/search/?q={case.reference.lower()}").content.decode()
        assert "@alice" in client.get("/moderation/search/?q=ali").content.decode()
        assert f"item={item.pk}" in client.get(f"/moderation/search/?q={item.pk}").content.decode()

    @pytest.mark.parametrize(
        "text", ["", " ", "%", "'; --", "\x00", "9" * 60, "x" * 301, "//", "http://", "<script>", str(uuid.UUID(int=1))]
    )
    def test_nonsense_finds_nothing(self, client, people, text):
        client.force_login(people.mona)
        page = client.get("/moderation/search/", {"q": text})
        assert page.status_code == 200 and "<script>alert" not in page.content.decode()

    def test_what_nobody_reported_is_taken_up(self, client, people):
        image = gallery.published(people.alice)
        client.force_login(people.mona)
        assert client.post(f"/moderation/subjects/gallery.Image/{image.pk}/items/").status_code == 302
        assert Item.objects.get().row == str(image.pk)
        for path in ("gallery.Image/999999", "moderation.Appeal/1", "accounts.Nothing/1"):
            assert client.post(f"/moderation/subjects/{path}/items/").status_code == 404

    def test_it_is_not_there_for_others(self, client, people):
        for user in (None, people.bob):
            if user:
                client.force_login(user)
            for url in ("/moderation/search/?q=alice", "/moderation/figures/"):
                assert client.get(url).status_code == 404
            assert client.post(f"/moderation/subjects/accounts.User/{people.alice.pk}/items/").status_code == 404

    def test_it_costs_the_same_for_many(self, people, django_assert_max_num_queries):
        waiting(people.alice, people.bob, count=5)
        with django_assert_max_num_queries(14):
            finding.find("poster")


class TestFigures:
    def test_ages_times_and_what_was_wrong(self, client, people, nia):
        items = waiting(people.alice, people.bob, count=4)
        now = timezone.now()
        Item.objects.filter(pk=items[3].pk).update(created_at=now - timedelta(days=3), due_at=now - timedelta(hours=1))
        decisions = [deciding.decide(item, people.mona, **WHY) for item in items[:3]]
        for hours, item in zip((1, 2, 9), items, strict=False):
            Item.objects.filter(pk=item.pk).update(created_at=now - timedelta(hours=hours), decided_at=now)
        Item.objects.filter(pk=items[2].pk).update(due_at=now - timedelta(hours=1))
        objection = appealing.appeal(decisions[0], people.alice, "It is my own exhibition.")
        appealing.resolve(objection, nia, upheld=True, answer="You are right.")
        reports = next(row for row in figures.of_queues(30) if row["key"] == "reports")
        assert (reports["open"], reports["late"], reports["decided"], reports["in_time"]) == (1, 1, 3, 2)
        assert reports["half"] == timedelta(hours=2) and timedelta(hours=7) < reports["most"] < timedelta(hours=9)
        assert abs(reports["oldest"] - (now - timedelta(days=3))) < timedelta(seconds=1) and reports["share"] == 67
        (rule,) = figures.of_rules(30)
        assert (rule["clause"], rule["decided"], rule["undone"], rule["won"], rule["appeals"]) == ("7.1", 3, 1, 1, 1)
        client.force_login(people.mona)
        page = client.get("/moderation/figures/?days=7").content.decode()
        assert "67 %" in page and "2 h" in page and "3 days ago" in page and "1 of 1" in page
        assert "For administrators alone" not in page
        client.force_login(person("root1", is_moderator=True, is_superuser=True))
        assert "mona" in client.get("/moderation/figures/?days=x").content.decode()

    def test_an_empty_bench_has_figures_too(self, client, people, django_assert_max_num_queries):
        client.force_login(people.mona)
        with django_assert_max_num_queries(12):
            page = client.get("/moderation/figures/")
        assert page.status_code == 200 and "Nothing was decided" in page.content.decode()


class TestWordings:
    def test_every_rule_has_some_and_each_has_a_place_to_fill_in(self):
        for clause in conduct.clauses.values():
            assert clause.facts and all(text.count("[") == text.count("]") >= 1 for text in clause.facts)

    @pytest.mark.parametrize("text", ["{title}", "{0.__class__}", "%(until)s", "{{ x }}", "{% x %}"])
    def test_badinput_42_nothing_in_them_is_evaluated(self, people, text):
        (item,) = waiting(people.alice, people.bob, count=1)
        decision = deciding.decide(item, people.mona, facts=f"See {text}.", **WHY)
        assert f"See {text}." in decision.statement

    def test_badinput_42_a_title_is_no_template_either(self, people):
        image = gallery.published(people.alice, title="{title.__class__} {0} %s")
        item = reporting.report(people.bob, subjects.named(image), reason="spam").item
        assert "“{title.__class__} {0} %s”" in deciding.decide(item, people.mona, **WHY).statement

    def test_on_the_bench_a_restriction_says_what_was_seen(self, client, people):
        (item,) = waiting(people.alice, people.bob, count=1)
        client.force_login(people.mona)
        answer = client.post(f"/moderation/items/{item.pk}/decisions/", WHY)
        assert answer.status_code == 400 and "Say what you saw" in answer.content.decode()
        assert client.post(f"/moderation/items/{item.pk}/decisions/", {"action": "keep"}).status_code == 302


class TestCovers:
    def test_the_list_shows_a_colour_and_nothing_of_the_picture(self, client, people):
        (item,) = waiting(people.alice, people.bob, count=1)
        image = Image.objects.get(pk=item.row)
        type(image.picture).objects.filter(pk=image.picture_id).update(tone="#674c55")
        client.force_login(people.mona)
        page = client.get("/moderation/").content.decode()
        assert "--tone: #674c55" in page and f'<img src="/media/{image.picture_id}' not in page


class TestObjections:
    def test_badinput_79_a_flood_a_stranger_and_the_same_moderator(self, client, people, nia):
        (item,) = waiting(people.alice, people.bob, count=1)
        decision = deciding.decide(item, people.mona, **WHY)
        text = "It is my own exhibition, nothing is sold."
        for stranger in (people.charlie, people.bob, people.nobody):
            with pytest.raises(Refused):
                appealing.appeal(decision, stranger, text)
        client.force_login(people.charlie)
        assert client.post(f"/moderation/decisions/{decision.pk}/appeals/", {"text": text}).status_code == 404
        row = appealing.appeal(decision, people.alice, text)
        for _again in range(3):
            with pytest.raises(Refused):
                appealing.appeal(decision, people.alice, text)
        assert Item.objects.filter(queue="appeals").count() == 1
        for nobody in (people.mona, people.alice):
            with pytest.raises(Refused, match="Another moderator"):
                appealing.resolve(row, nobody, upheld=False, answer="No.")
        appealing.resolve(row, nia, upheld=False, answer="It advertises.")
        with pytest.raises(Refused):
            appealing.appeal(decision, people.alice, text)

    def test_badinput_79_who_agreed_does_not_answer_the_objection(self, client, people, nia):
        (item,) = waiting(people.alice, people.bob, count=1)
        (decision,) = seconding.answer(seconding.propose(item, people.mona, **WHY), nia, agreed=True)
        row = appealing.appeal(decision, people.alice, "It is my own exhibition.")
        with pytest.raises(Refused, match="Another moderator"):
            appealing.resolve(row, nia, upheld=False, answer="No.")
        client.force_login(nia)
        assert "You decided this first" in client.get("/moderation/?queue=appeals").content.decode()
        appealing.resolve(row, person("max", is_moderator=True), upheld=True, answer="You are right.")
        assert seen([item]) == 1
