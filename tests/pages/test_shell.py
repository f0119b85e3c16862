"""The frame of every page: on a phone too, nothing that the wide bar has is out of reach, and the doors lead back."""

import re

import pytest

pytestmark = pytest.mark.django_db


def part(page, opening, closing):
    return page.split(opening, 1)[1].split(closing, 1)[0]


def test_the_doors_lead_back_to_where_one_stood(client):
    page = client.get("/models/?q=paper&sort=likes").content.decode()
    back = "?next=/models/%3Fq%3Dpaper%26sort%3Dlikes"
    assert page.count(f'href="/accounts/login/{back}"') == 3  # the bar, the level's menu, the dock
    assert page.count(f'href="/accounts/signup/{back}"') == 1


def test_at_a_door_the_other_door_knows_the_way_back_and_the_door_itself_is_none(client):
    page = client.get("/accounts/login/?next=/create/").content.decode()
    assert 'href="/accounts/signup/?next=/create/"' in page and "next=/accounts/" not in page
    page = client.get("/").content.decode()
    assert 'href="/accounts/login/"' in page


def test_what_the_dock_has_no_room_for_stands_in_the_menu_and_the_foot(client, people):
    visitor = client.get("/").content.decode()
    places = re.findall(r'href="([^"]+)"', part(visitor, '<nav class="bar-nav"', "</nav>"))
    dock, foot = part(visitor, '<nav class="dock"', "</nav>"), part(visitor, "foot-links", "</nav>")
    assert len(places) == 5 and all(f'href="{place}"' in dock + foot for place in places)
    client.force_login(people.bob)
    member = client.get("/").content.decode()
    menu = part(member, 'id="own-menu"', "</header>")
    assert all(f'href="{place}"' in menu + dock for place in places)


def test_a_moderator_finds_the_queue_in_the_bar_at_every_width(client, people):
    client.force_login(people.bob)
    assert "/moderation/" not in part(client.get("/").content.decode(), "<header", "</header>")
    client.force_login(people.mona)
    bar = part(client.get("/").content.decode(), "<header", "</header>")
    assert bar.count('class="badge badge-info" href="/moderation/"') == 1
