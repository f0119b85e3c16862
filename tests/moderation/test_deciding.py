"""From a report to a decision, an objection, and the way back."""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from civitai.errors import Refused, TooMany
from civitai.levels import Level
from gallery.models import Image
from moderation import subjects
from moderation.domain import appealing, deciding, log, queueing, reporting, striking
from moderation.models import Action, Appeal, Decision, Item, ModerationEvent, Report
from moderation.policy.conduct import conduct
from moderation.policy.words import WORDS
from moderation.states import APPEAL_MOVES, ITEM_MOVES, AppealState, ItemState
from tests.factories import gallery, models_hub
from tests.people import person

pytestmark = pytest.mark.django_db
WHY = {"clause": "2.1", "reason": "Named, no consent."}


@pytest.fixture
def image(people):
    return gallery.published(people.alice)


def reported(image, by, reason="real_person", **more):
    return reporting.report(by, subjects.named(image), reason=reason, **more).item


def in_feed(image):
    return Image.objects.in_feed().filter(pk=image.pk).exists()


class TestReporting:
    def test_reports_of_one_thing_are_one_item(self, people, image):
        first = reported(image, people.bob, text="It is her.")
        assert reported(image, people.charlie) == first
        assert reported(image, people.bob) == first, "twice is once"
        assert Report.objects.count() == 2 and Item.objects.count() == 1
        assert first.queue == "policy" and first.severity == "P1"

    def test_one_does_not_report_oneself_nor_what_is_gone(self, people, image):
        with pytest.raises(Refused, match="yours"):
            reported(image, people.alice)
        with pytest.raises(Refused, match="not there"):
            reporting.report(people.bob, ("gallery.Image", "999999"), reason="spam")
        with pytest.raises(Refused, match="what is wrong"):
            reported(image, people.bob, reason="dislike")

    def test_a_visitor_reports_what_the_law_names_a_few_times_a_day(self, people):
        with pytest.raises(Refused, match="Sign in"):
            reported(gallery.published(people.alice), None, reason="spam", address="192.0.2.1")
        for _number in range(reporting.A_DAY["visitor"]):
            reported(gallery.published(people.alice), None, address="192.0.2.1")
        with pytest.raises(TooMany):
            reported(gallery.published(people.alice), None, address="192.0.2.1")
        reported(gallery.published(people.alice), None, address="192.0.2.2")

    def test_badinput_70_a_ring_of_reporters_removes_nothing(self, people, image):
        ring = [person(f"ring{number}") for number in range(30)]
        for one in ring:
            reported(image, one, reason="harassment", text="remove this")
        item = Item.objects.get()
        assert item.reports.count() == 30 and in_feed(image), "folded, and decided by a person"
        deciding.decide(item, people.mona, action="keep")
        again = reported(image, ring[0], reason="stolen")
        assert reporting.weight_of(ring[0]) == 0 and again.weight == 0, "who was wrong weighs nothing"

    def test_who_was_right_weighs_more(self, people, image):
        deciding.decide(reported(image, people.bob), people.mona, action="hide", **WHY)
        assert reporting.weight_of(people.bob) == 2


class TestClaims:
    def test_one_moderator_at_a_time(self, people, image):
        item = reported(image, people.bob)
        other = person("max", is_moderator=True)
        queueing.claim(item, people.mona)
        with pytest.raises(Refused, match="mona is looking"):
            queueing.claim(item, other)
        Item.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
        assert queueing.claim(item, other).claimed_by == other

    def test_what_a_rule_raises_twice_is_one_item_with_the_shorter_clock(self, people, image):
        slow = queueing.raise_item(subjects.named(image), queue="reports", severity="P4")
        fast = queueing.raise_item(subjects.named(image), queue="reports", severity="P0")
        assert slow.pk == fast.pk and fast.severity == "P0" and fast.due_at < slow.due_at


class TestDeciding:
    def test_hidden_with_its_bytes_and_brought_back_as_it_was(self, people, image):
        decision = deciding.decide(reported(image, people.bob), people.mona, action="hide", **WHY)
        image.refresh_from_db(), image.picture.refresh_from_db()
        assert not in_feed(image) and image.picture.is_hidden and not image.picture.is_public
        assert image in Image.objects.visible_to(people.alice), "its owner still sees it"
        deciding.undo(decision, people.mona)
        deciding.undo(decision, people.mona)
        image.refresh_from_db(), image.picture.refresh_from_db()
        assert in_feed(image) and not image.picture.is_hidden and image.picture.is_public
        assert Item.objects.get().state == ItemState.OPEN

    def test_what_was_hidden_before_stays_hidden_when_undone(self, people, image):
        image.hide(by=people.mona, reason="earlier")
        decision = deciding.decide(reported(image, people.bob), people.mona, action="hide", **WHY)
        deciding.undo(decision, people.mona)
        image.refresh_from_db()
        assert image.is_hidden and image.hidden_reason == "earlier"

    def test_a_level_is_changed_and_put_back(self, people, image):
        item = reported(image, people.bob, reason="rating")
        decision = deciding.decide(item, people.mona, action="level", level=int(Level.X), clause="3.1", reason="Naked.")
        image.refresh_from_db()
        assert image.level == Level.X
        deciding.undo(decision, people.mona)
        image.refresh_from_db()
        assert image.level == Level.PG

    def test_a_model_and_a_post_are_hidden_too(self, people):
        model = models_hub.published(people.alice)
        deciding.decide(reported(model, people.bob), people.mona, action="hide", **WHY)
        model.refresh_from_db()
        assert model.is_hidden and model not in type(model).objects.visible_to(people.bob)
        post = gallery.published(people.alice).post
        decision = deciding.decide(reported(post, people.bob), people.mona, action="hide", **WHY)
        assert not in_feed(post.images.get())
        deciding.undo(decision, people.mona)
        assert in_feed(post.images.get())

    def test_the_why_is_never_missing(self, people, image):
        item = reported(image, people.bob)
        for lacking in ({"clause": "2.1", "reason": " "}, {"clause": "9.9", "reason": "so"}, {}):
            with pytest.raises(Refused):
                deciding.decide(item, people.mona, action="hide", **lacking)
        with pytest.raises(IntegrityError), transaction.atomic():
            Decision.objects.create(subject="x", row="1", title="x", action="hide", by=people.mona)
        assert in_feed(image)

    def test_nobody_decides_on_what_is_his_own(self, people):
        own = gallery.published(people.mona)
        with pytest.raises(Refused, match="yours"):
            deciding.decide(reported(own, people.bob), people.mona, action="keep")

    def test_what_is_decided_is_not_decided_again(self, people, image):
        item = reported(image, people.bob)
        deciding.decide(item, people.mona, action="keep")
        with pytest.raises(Refused, match="decided already"):
            deciding.decide(item, people.mona, action="hide", **WHY)

    def test_the_person_reads_it_in_their_own_language(self, people, image):
        people.alice.choose_language("pt-br")
        decision = deciding.decide(reported(image, people.bob), people.mona, action="hide", strike=True, **WHY)
        assert "pessoa real" in decision.statement and "advertência" in decision.statement

    def test_suspension_is_undone_whole(self, people, image):
        decision = deciding.decide(reported(image, people.bob), people.mona, action="suspend", **WHY)
        assert not User.objects.get(pk=people.alice.pk).is_active and not in_feed(image)
        deciding.undo(decision, people.mona)
        assert User.objects.get(pk=people.alice.pk).is_active and in_feed(image)

    def test_three_strikes_call_a_moderator_and_end_nobody(self, people):
        for _number in range(3):
            image = gallery.published(people.alice)
            deciding.decide(reported(image, people.bob), people.mona, action="hide", strike=True, **WHY)
        assert striking.live_points(people.alice) == 3
        assert User.objects.get(pk=people.alice.pk).is_active
        assert Item.objects.get(state="open").subject == "accounts.User"


class TestAppeals:
    def decided(self, image, people, action="hide"):
        why = WHY if action != "keep" else {}
        return deciding.decide(reported(image, people.bob), people.mona, action=action, **why)

    def test_an_appeal_is_another_moderators_and_restores(self, people, image):
        decision = self.decided(image, people)
        row = appealing.appeal(decision, people.alice, "It is a doll, not a person.")
        assert Item.objects.get(queue="appeals").state == ItemState.OPEN
        with pytest.raises(Refused, match="Another moderator"):
            appealing.resolve(row, people.mona, upheld=True, answer="You are right.")
        with pytest.raises(IntegrityError), transaction.atomic():
            Appeal.objects.filter(pk=row.pk).update(decided_by=people.mona, state="upheld")
        max_ = person("max", is_moderator=True)
        appealing.resolve(row, max_, upheld=True, answer="You are right.")
        decision.refresh_from_db()
        assert decision.undone_at and in_feed(image)
        assert not Item.objects.filter(state=ItemState.OPEN).exists()

    def test_refused_it_stays(self, people, image):
        row = appealing.appeal(self.decided(image, people), people.alice, "It is a doll, not a person.")
        appealing.resolve(row, person("max", is_moderator=True), upheld=False, answer="It is a person.")
        assert not in_feed(image)

    def test_the_reporter_objects_to_nothing_being_done(self, people, image):
        decision = self.decided(image, people, "keep")
        with pytest.raises(Refused):
            appealing.appeal(decision, people.alice, "I am fine with this one.")
        row = appealing.appeal(decision, people.bob, "It is her, look at the name.")
        appealing.resolve(row, person("max", is_moderator=True), upheld=True, answer="We look again.")
        assert Item.objects.get(queue="policy").state == ItemState.OPEN

    def test_third_persons_latecomers_and_repeaters_are_refused(self, people, image):
        decision = self.decided(image, people)
        with pytest.raises(Refused, match="can't object"):
            appealing.appeal(decision, people.charlie, "I think it is fine as it is.")
        appealing.appeal(decision, people.alice, "It is a doll, not a person.")
        with pytest.raises(Refused, match="can't object"):
            appealing.appeal(decision, people.alice, "And once more, with feeling.")
        Appeal.objects.all().delete()
        Decision.objects.update(appeal_until=timezone.now() - timedelta(seconds=1))
        decision.refresh_from_db()
        with pytest.raises(Refused, match="not any more"):
            appealing.appeal(decision, people.alice, "It is a doll, not a person.")


class TestLog:
    def test_it_is_a_chain_that_shows_what_was_taken_out(self, people, image):
        deciding.decide(reported(image, people.bob), people.mona, action="hide", **WHY)
        log.record("note", by=people.mona)
        assert log.broken_at() is None and ModerationEvent.objects.count() == 3
        middle = ModerationEvent.objects.order_by("id")[1]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE moderation_moderationevent DISABLE TRIGGER USER")
            cursor.execute("UPDATE moderation_moderationevent SET because = 'nothing' WHERE id = %s", [middle.pk])
            assert log.broken_at() == middle.pk
            cursor.execute("DELETE FROM moderation_moderationevent WHERE id = %s", [middle.pk])
            assert log.broken_at() == middle.pk + 1
            cursor.execute("ALTER TABLE moderation_moderationevent ENABLE TRIGGER USER")

    @pytest.mark.parametrize("sql", ["UPDATE {} SET because = 'x'", "DELETE FROM {}"])
    def test_the_database_lets_nobody_change_it(self, people, sql):
        log.record("note", by=people.mona)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.format("moderation_moderationevent"))

    @pytest.mark.parametrize("table", ["moderation_moderationevent", "moderation_caseevent"])
    def test_the_database_lets_nobody_empty_it(self, people, table):
        log.record("note", by=people.mona)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_no_truncate")
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                cursor.execute(f"TRUNCATE {table} CASCADE")
            transaction.set_rollback(True)

    @pytest.mark.django_db(transaction=True)
    def test_ten_at_once_are_one_chain(self, people):
        def write():
            log.record("note")
            connection.close()

        threads = [threading.Thread(target=write) for _ in range(10)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert ModerationEvent.objects.count() == 10 and log.broken_at() is None


def test_every_move_is_lawful_or_not():
    for was in ItemState:
        for now in ItemState:
            assert ITEM_MOVES.allow(was, now) == (was != now)
    for was in AppealState:
        for now in AppealState:
            assert APPEAL_MOVES.allow(was, now) == (was == AppealState.OPEN and now != AppealState.OPEN)


def test_the_policy_is_whole_and_translated():
    for rule in conduct.reasons.values():
        assert rule.clause in conduct.clauses and rule.queue in conduct.queues and rule.severity in conduct.decide
    said = {rule.name for rule in conduct.reasons.values()} | set(conduct.queues.values())
    said |= {text for clause in conduct.clauses.values() for text in (clause.name, clause.statement, *clause.facts)}
    assert said == set(WORDS)
    assert conduct.consequence(1) is None and conduct.consequence(3)[0] == "suspend"
    assert set(Action) >= {"keep", "hide"}
