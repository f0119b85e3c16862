"""Decisions from the lists of administrators: the same rows as from the workbench, and the same way back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from civitai.errors import Refused
from moderation import subjects
from moderation.domain import administering, deciding, queueing, reporting
from moderation.models import Decision, Item
from tests.factories import gallery, models_hub
from tests.people import person

pytestmark = pytest.mark.django_db
WHY = {"clause": "7.1", "reason": "An advertisement."}


@pytest.fixture
def root(people):
    return person("root1", is_staff=True, is_superuser=True)


def test_what_waits_already_is_decided_with_it(people, root):
    image = gallery.published(people.alice)
    report = reporting.report(people.bob, subjects.named(image), reason="spam", text="Again.")
    decision = administering.decide_at_once(subjects.named(image), root, action="hide", **WHY)
    assert decision.item == report.item and Item.objects.count() == 1
    assert Decision.objects.visible_to(people.bob).get() == decision, "who reported it reads what came of it"


def test_somebody_at_it_and_ones_own_are_left_alone(people, root):
    image = gallery.published(people.alice)
    report = reporting.report(people.bob, subjects.named(image), reason="spam")
    queueing.claim(report.item, people.mona)
    with pytest.raises(Refused, match="is looking at it"):
        administering.decide_at_once(subjects.named(image), root, action="hide", **WHY)
    own = gallery.published(root)
    with pytest.raises(Refused, match="yours"):
        administering.decide_at_once(subjects.named(own), root, action="hide", **WHY)
    own.refresh_from_db()
    assert not own.is_hidden and not Item.objects.filter(row=str(own.pk)).exists(), "nothing is half done"


def test_taking_back_needs_a_decision_and_a_reason(people, root):
    model = models_hub.published(people.alice)
    with pytest.raises(Refused, match="No decision"):
        administering.take_back(subjects.named(model), root, reason="Nothing is wrong with it.")
    administering.decide_at_once(subjects.named(model), root, action="hide", **WHY)
    with pytest.raises(Refused, match="why"):
        administering.take_back(subjects.named(model), root, reason=" ")
    model.refresh_from_db()
    assert model.is_hidden
    administering.take_back(subjects.named(model), root, reason="It was a poster.")
    model.refresh_from_db()
    assert not model.is_hidden
    with pytest.raises(Refused, match="No decision"):
        administering.take_back(subjects.named(model), root, reason="Twice.")


def test_what_a_rule_holds_is_released(people, root):
    model = models_hub.published(people.alice)
    model.hide(by=None, reason="held")
    queueing.raise_item(subjects.named(model), queue="policy", because="a name")
    administering.take_back(subjects.named(model), root, reason="Nobody's name.")
    model.refresh_from_db()
    assert not model.is_hidden and Decision.objects.get().action == "keep"


def test_what_was_undone_is_not_one_moderators_for_ever(people):
    other = person("max", is_moderator=True)
    image = gallery.published(people.alice)
    report = reporting.report(people.bob, subjects.named(image), reason="spam")
    decision = deciding.decide(report.item, people.mona, action="hide", **WHY)
    item = deciding.undo(decision, people.mona).item
    with pytest.raises(Refused, match="is looking at it"):
        queueing.claim(item, other)
    assert item.claimed_until <= timezone.now() + queueing.CLAIM
    Item.objects.filter(pk=item.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert queueing.claim(item, other).claimed_by == other
