"""What operators of a search find, and that nothing that is typed is lost or breaks anything."""

import random

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from community.models import Tag
from models_hub import browsing, wording
from models_hub.domain import publishing
from models_hub.models import Model
from tests.factories import gallery
from tests.factories import models_hub as make

pytestmark = pytest.mark.django_db


def found(text):
    rows = browsing.models(browsing.Asked(text=text), AnonymousUser())
    return sorted(rows.values_list("name", flat=True))


@pytest.fixture
def shelf(people):
    paper = make.published(
        people.alice, name="Paper Moon", base_model="SD 1.5", downloads=1500, allow_commercial_use=["Sell"]
    )
    publishing.describe(paper, description="", tags=["stained glass"])
    make.published(people.bob, name="Glass Onion", downloads=10, allow_commercial_use=[], type="Checkpoint")
    make.published(people.bob, name="Silk Tides", base_model="SD 1.5", downloads=999, allow_commercial_use=[])
    Model.objects.filter(name="Silk Tides").update(last_version_at="2025-03-31T23:00Z")


@pytest.mark.parametrize(
    "typed, names",
    [
        ("paper | onion", ["Glass Onion", "Paper Moon"]),
        ("paper|onion", ["Glass Onion", "Paper Moon"]),
        ("glass | tides -onion", ["Paper Moon", "Silk Tides"]),
        ("moon paper | onion", ["Paper Moon"]),
        ('"silk tides" | "onion glass"', ["Silk Tides"]),
        ("by:bob", ["Glass Onion", "Silk Tides"]),
        ("BY:@Bob -by:alice tides", ["Silk Tides"]),
        ("-by:bob", ["Paper Moon"]),
        ("by:alice | tides", ["Paper Moon", "Silk Tides"]),
        ('tag:"stained glass"', ["Paper Moon"]),
        ('tag:"Stained Glass" | onion', ["Glass Onion", "Paper Moon"]),
        ("tag:stained", []),
        ("base:sdxl", ["Glass Onion"]),
        ('base:"SDXL 1.0"', ["Glass Onion"]),
        ("base:sdxl1.0 | by:alice", ["Glass Onion", "Paper Moon"]),
        ("-base:sdxl", ["Paper Moon", "Silk Tides"]),
        ("type:checkpoint", ["Glass Onion"]),
        ("type:lora", ["Paper Moon", "Silk Tides"]),
        ("licence:sell", ["Paper Moon"]),
        ("-license:SELL", ["Glass Onion", "Silk Tides"]),
        ("downloads:>999", ["Paper Moon"]),
        ("downloads:999", ["Paper Moon", "Silk Tides"]),
        ("downloads:<=1k", ["Glass Onion", "Silk Tides"]),
        ("after:2025-04", ["Glass Onion", "Paper Moon"]),
        ("before:2025-04-01", ["Silk Tides"]),
        ('"by:bob"', []),
    ],
)
def test_what_operators_find(shelf, typed, names):
    assert wording.read(typed).problems == []
    assert found(typed) == names


@pytest.mark.parametrize(
    "typed, told, names",
    [
        ("base:nonsense paper", "We know no base model “nonsense”", ["Paper Moon"]),
        ("type:nonsense onion", "We know no kind of model “nonsense”", ["Glass Onion"]),
        ("licence:free paper", "After “licence:” stands one of", ["Paper Moon"]),
        ("downloads:many paper", "stands a number", ["Paper Moon"]),
        ("downloads:>9999999m paper", "stands a number", ["Paper Moon"]),
        ("after:2026-13 paper", "“2026-13” is no day", ["Paper Moon"]),
        ("after:0000 paper", "“0000” is no day", ["Paper Moon"]),
        ("before:٢٠٢٦ paper", "is no day", ["Paper Moon"]),
        ("by: paper", "Something is missing after “by:”", ["Paper Moon"]),
        ("paper |", "the second one is missing", ["Paper Moon"]),
        (" ".join(["paper"] * 13), "Only the first 12 words", ["Paper Moon"]),
        ("paper " * 50, "Only the first 200 letters", ["Paper Moon"]),
    ],
)
def test_what_cannot_be_meant_is_told_left_out_and_kept(client, shelf, typed, told, names):
    assert found(typed) == names
    for url in ("/models/", "/search/"):
        assert told in client.get(url, {"q": typed}).content.decode()
    if len(typed) < 200:
        kept = " ".join(chip.typed for chip in wording.read(typed).chips)
        assert kept == typed.replace(" |", "")


def test_a_chip_is_taken_out_by_a_link_and_a_word_is_added_by_the_form(client, shelf):
    page = client.get("/models/", {"q": ["by:bob", "-tides"], "type": "Checkpoint"})
    assert [card["name"] for card in page.context["cards"]] == ["Glass Onion"]
    text = page.content.decode()
    assert 'name="q" value="by:bob"' in text and 'name="q" value="-tides"' in text and "term-not" in text
    links = dict((chip.typed, url) for chip, url in page.context["chips"])
    rest = client.get(f"/models/{links['by:bob']}")
    assert [chip.typed for chip, _url in rest.context["chips"]] == ["-tides"]
    assert "type=Checkpoint" in links["by:bob"]


def test_who_is_named_nowhere_is_not_found_by_name(shelf, people):
    people.bob.freeze(1, reference="CASE-1")
    assert found("by:bob") == []


def test_pictures_and_people_know_the_same_words(client, people):
    tag = Tag.objects.create(name="night sky")
    moon = gallery.published(people.alice, prompt="Um coração de papel", tags=[tag])
    sun = gallery.published(people.bob, prompt="a paper sun", title="Ação")

    def images(text):
        page = client.get("/search/", {"q": text, "in": "pictures"}).content.decode()
        return [name for name, row in (("moon", moon), ("sun", sun)) if f"/images/{row.pk}/" in page]

    assert images("CORACAO") == images("coraça") == images("cora\u0063\u0327a\u0303o") == ["moon"]
    assert images("acao") == ["moon", "sun"] and images('"ação"') == ["moon", "sun"], "any part, of titles too"
    assert images("coracao | sun") == ["moon", "sun"] and images("paper | papel -sun") == ["moon"]
    assert images("by:bob") == ["sun"] and images('tag:"night sky"') == ["moon"] and images("type:lora") == []
    assert images("-by:bob") == ["moon"] and images("before:2020") == [] and images("after:2020 sun") == ["sun"]
    people_page = client.get("/search/", {"q": "by:ali", "in": "people"}).content.decode()
    assert "/users/alice/" in people_page


def test_the_index_of_letters_is_what_is_read(people):
    from pages.queries import found as searching

    gallery.published(people.alice, prompt="Um coração")
    with connection.cursor() as cursor:
        # A table this small is read by any index: this one must do when it is alone.
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'gallery_image' AND indexname LIKE 'image\\_%' "
            "AND indexname <> 'image_plain_prompt' AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
        cursor.execute(f"DROP INDEX {', '.join(name for (name,) in cursor.fetchall())}")
        cursor.execute("SET LOCAL enable_seqscan = off")
        rows = searching.Image.objects.filter(sort_at__isnull=False).filter(
            searching.Contains(searching.plain("prompt"), "coracao")
        )
        sql, values = rows.query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "image_plain_prompt" in plan


@pytest.mark.parametrize("count", [1, 3])
def test_operators_cost_no_query_more(client, people, count, django_assert_num_queries):
    for number in range(count):
        make.published(people.alice, name=f"Paper {number}")
    client.force_login(people.bob)
    client.get("/models/")
    with django_assert_num_queries(4):
        client.get("/models/", {"q": 'paper | moon by:alice -tag:x base:sd downloads:>-1 "a b" | paper'})


def test_the_api_takes_the_same_operators(client, shelf):
    told = client.get("/api/v1/models", {"query": "by:bob -onion"}).json()
    assert [item["name"] for item in told["items"]] == ["Silk Tides"]
    told = client.get("/api/v1/models", {"query": "oniom -by:alice"}).json()
    assert [item["name"] for item in told["items"]] == ["Glass Onion"], "a mistyped word beside an operator"


def test_whatever_is_typed_is_read_and_means_the_same_when_it_comes_back(shelf):
    dice = random.Random(7)
    pieces = ["-", "|", '"', " ", "by:", "tag:", "base:", "type:", "x:", "a", "moon", "'", "\\", "%", "é", "ﷺ", "after:",
              "2026", "downloads:", ">", "\x00", "🦊", ":", "licence:", "(", "--", "\u2028"]  # fmt: skip
    for _turn in range(3000):
        typed = "".join(dice.choices(pieces, k=dice.randint(0, 25)))
        once = wording.read(typed)
        again = wording.read(" ".join(chip.typed for chip in once.chips))
        assert again.groups == once.groups, typed
        if _turn % 30 == 0:
            list(browsing.by_relevance(browsing.models(browsing.Asked(text=typed), AnonymousUser()), typed))
