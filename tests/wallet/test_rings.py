"""Tips that come back to where they started."""

from datetime import timedelta

import pytest
from django.utils import timezone

from moderation.models import Item
from tests.factories.wallet import give
from tests.people import person
from wallet.domain import rings, tipping
from wallet.money import credits
from wallet.policy import policy
from wallet.tasks import look_for_rings

pytestmark = pytest.mark.django_db


def tips(*pairs, amount=60):
    for number, (giver, receiver) in enumerate(pairs):
        give(giver, amount)
        tipping.tip(giver, receiver, credits(amount), key=f"{number}:{timezone.now()}")


def before_moderators():
    """Everybody whom an open item names."""
    rows = Item.objects.filter(queue="policy", state="open").values_list("row", "others")
    return sorted(pk for row, others in rows for pk in (int(row), *others))


def test_badinput_59_a_ring_is_flagged_and_who_only_gave_or_got_is_not(people):
    dora, eve = person("dora"), person("eve")
    ring = [people.alice, people.bob, people.charlie]
    tips((ring[0], ring[1]), (ring[1], ring[2]), (ring[2], ring[0]), (dora, ring[0]), (ring[1], eve))
    look_for_rings.plain()
    assert before_moderators() == sorted(one.pk for one in ring)
    look_for_rings.plain()
    assert Item.objects.count() == 1 and set(Item.objects.values_list("weight", flat=True)) == {1}, (
        "looked for again, raised once"
    )


def test_a_ring_is_one_thing_to_look_at_and_the_bench_names_it(client, people):
    ring = [people.alice, people.bob, people.charlie]
    tips((ring[0], ring[1]), (ring[1], ring[2]), (ring[2], ring[0]))
    rings.tell()
    client.force_login(people.mona)
    page = client.get("/moderation/?queue=policy").content.decode()
    assert page.count('class="queue-line"') == 1
    told = page.split("Together with")[1].split("</p>")[0]
    assert "@bob" in told and "@charlie" in told and "@alice" not in told


def test_what_a_moderator_has_looked_at_comes_again_only_with_new_tips(people):
    tips((people.alice, people.bob), (people.bob, people.alice))
    rings.tell()
    for item in Item.objects.all():
        item.move("decided", by=people.mona, decided_at=timezone.now())
    rings.tell()
    assert not before_moderators()
    tips((people.alice, people.bob))
    rings.tell()
    assert before_moderators() == sorted([people.alice.pk, people.bob.pk])


def test_small_thanks_and_old_ones_are_no_ring(people):
    tips((people.alice, people.bob), (people.bob, people.alice), amount=policy.ring_least // 1000 - 1)
    assert not rings.found()
    tips((people.alice, people.bob), (people.bob, people.alice), amount=5)
    assert [members for members, _at in rings.found()] == [sorted([people.alice.pk, people.bob.pk])], "they add up"
    assert not rings.found(now=timezone.now() + timedelta(days=policy.ring_days + 1))


@pytest.mark.parametrize(
    "to, sets",
    [
        ({}, []),
        ({1: {2}, 2: {3}}, []),
        ({1: {2}, 2: {1}}, [{1, 2}]),
        ({1: {2}, 2: {3}, 3: {1}, 4: {1}, 3.5: {4}}, [{1, 2, 3}]),
        ({1: {2}, 2: {1, 3}, 3: {4}, 4: {3}}, [{1, 2}, {3, 4}]),
        ({n: {n + 1} for n in range(5000)} | {5000: {0}}, [set(range(5001))]),
    ],
)
def test_circles(to, sets):
    assert sorted(rings.circles(to), key=min) == sets
