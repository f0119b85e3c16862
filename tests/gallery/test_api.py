"""/api/v1/images as clients know it, and the same keys for a file."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from civitai.levels import Level
from community.models import Tag
from gallery.domain import recipes
from gallery.metadata import png
from gallery.models import Image
from tests.factories import gallery, models_hub
from tests.factories.community import image as picture_bytes

pytestmark = pytest.mark.django_db
TEXT = "a moon\nNegative prompt: blur\nSteps: 20, Sampler: Euler a, CFG scale: 5, Seed: 7, Size: 64x48, Model hash: 0123456789, Model: Tide"


def ask(client, query="", **headers):
    return client.get(f"/api/v1/images{query}", headers=headers)


def ids(client, query=""):
    return [row["id"] for row in ask(client, query).json()["items"]]


def test_an_item_has_what_clients_read(client, people):
    version = models_hub.published(people.bob).versions.get()
    image = gallery.published(people.alice, title="Moon", tags=[Tag.objects.create(name="night")], version=version)
    Image.objects.filter(pk=image.pk).update(prompt="a moon", settings={"steps": 20, "cfg_scale": 5, "seed": 7})
    recipes.link(image, version, weight=0.8)
    item = ask(client).json()["items"][0]
    assert (
        item["id"] == image.pk and item["username"] == "alice" and item["nsfwLevel"] == "None" and item["nsfw"] is False
    )
    assert item["url"].endswith(f"/media/{image.picture_id}/original=true/{image.pk}.{image.picture.original_ending}")
    assert item["meta"] is None and "tags" not in item and item["modelVersionIds"] == [version.pk]
    assert set(item["stats"]) == {"cryCount", "laughCount", "likeCount", "dislikeCount", "heartCount", "commentCount"}
    told = ask(client, "?withMeta=True&withTags=1").json()["items"][0]
    assert told["meta"]["prompt"] == "a moon" and told["meta"]["steps"] == 20 and told["meta"]["cfgScale"] == 5
    assert told["meta"]["civitaiResources"] == [{"type": "lora", "modelVersionId": version.pk, "weight": 0.8}]
    assert [tag["name"] for tag in told["tags"]] == ["night"]


def test_a_hidden_recipe_and_a_hidden_file_stay_hidden(client, people):
    image = gallery.published(people.alice)
    Image.objects.filter(pk=image.pk).update(prompt="a secret", hide_recipe=True)
    page = ask(client, "?withMeta=true").content.decode()
    assert "a secret" not in page


@pytest.mark.parametrize(
    "query, levels",
    [("", [1]), ("?nsfw=None", [1]), ("?nsfw=Soft", [1, 2]), ("?nsfw=Mature", [1, 2, 4]), ("?nsfw=X", [1, 2, 4, 8, 16]),
     ("?nsfw=true", [4, 8, 16]), ("?nsfw=false", [1]), ("?nsfw=Blocked", []), ("?browsingLevel=6&nsfw=None", [2, 4])],
)  # fmt: skip
def test_levels(client, people, query, levels):
    for level in (Level.PG, Level.PG13, Level.R, Level.X, Level.XXX):
        gallery.published(people.alice, level=level)
    assert sorted(row["browsingLevel"] for row in ask(client, query).json()["items"]) == levels


def test_filters(client, people):
    one, two = gallery.published(people.alice), gallery.published(people.bob)
    version = models_hub.published(people.bob).versions.get()
    recipes.link(two, version)
    Image.objects.filter(pk=two.pk).update(base_model="Pocket")
    assert ids(client, "?username=ALICE") == [one.pk] and ids(client, f"?imageId={two.pk}") == [two.pk]
    assert ids(client, f"?postId={one.post_id}") == [one.pk] and ids(client, f"?modelId={version.model_id}") == [two.pk]
    assert ids(client, f"?modelVersionId={version.pk}") == ids(client, "?baseModels=Pocket") == [two.pk]
    assert ids(client, "?type=video") == [] and len(ids(client, "?tools=x&techniques=y&madeOnSite=true")) == 2


def test_cursors_go_on_without_a_gap_and_end_without_a_key(client, people):
    made = [gallery.published(people.alice).pk for _ in range(5)]
    seen, query = [], "?limit=2&sort=Newest"
    while query:
        told = ask(client, query).json()
        seen += [row["id"] for row in told["items"]]
        query = "?" + told["metadata"]["nextPage"].partition("?")[2] if "nextPage" in told["metadata"] else ""
    assert sorted(seen) == made and "nextCursor" not in told["metadata"]


@pytest.mark.parametrize(
    "query", ["?limit=x", "?limit=201", "?cursor=a", "?cursor=1|2|3|4", "?page=0", "?nsfw=maybe", "?postId=x"]
)
def test_what_can_not_be_read_is_a_400_in_the_clients_words(client, query):
    response = ask(client, query)
    assert response.status_code == 400 and json.loads(response.json()["error"]["message"])


def test_numbered_pages_end_at_a_thousand_rows(client):
    assert ask(client, "?page=11&limit=100").status_code == 429


def test_a_numbered_page_leads_to_the_next_number_and_past_the_last_one_by_cursor(client, people):
    made = [gallery.published(people.alice).pk for _ in range(3)]
    told = ask(client, "?page=1&limit=2&sort=Newest").json()
    assert [row["id"] for row in told["items"]] == made[:2] and told["metadata"]["currentPage"] == 1
    assert "page=2" in told["metadata"]["nextPage"] and "cursor" not in told["metadata"]["nextPage"]
    assert ids(client, "?" + told["metadata"]["nextPage"].partition("?")[2]) == made[2:]


def test_where_numbers_end_the_cursor_goes_on(client, people, monkeypatch):
    made = [gallery.published(people.alice).pk for _ in range(3)]
    monkeypatch.setattr("models_hub.asking.MOST_ROWS", 3)
    following = ask(client, "?page=1&limit=2&sort=Newest").json()["metadata"]["nextPage"]
    assert "page=" not in following and "cursor=" in following
    assert ids(client, "?" + following.partition("?")[2]) == made[2:]


def test_a_name_with_a_space_is_the_one_with_an_underscore(client, people):
    type(people.bob).objects.filter(pk=people.bob.pk).update(username="bob_the_1st")
    image = gallery.published(people.bob)
    assert ids(client, "?username=Bob the_1st!") == [image.pk]


def test_the_hash_is_a_blurhash(client, people):
    image = gallery.published(people.alice)
    type(image.picture).objects.filter(pk=image.picture_id).update(thumbhash="mycSJQhXiHqIB4dnh4eIeGd6gLcH")
    found = ask(client).json()["items"][0]["hash"]
    # 4 × 3 frequencies: the size, the scale, the mean colour in four digits, eleven times two.
    assert len(found) == 6 + 11 * 2 and found[0] == "L"


def test_what_is_hidden_removed_or_a_draft_is_not_there(client, people):
    gallery.draft(people.alice)
    hidden = gallery.published(people.alice)
    hidden.hide(by=people.mona, reason="x")
    of_hidden_post = gallery.published(people.alice)
    of_hidden_post.post.hide(by=people.mona, reason="x")
    assert ids(client, "?nsfw=X") == []


def test_a_list_costs_the_same_for_one_and_for_three(client, people, django_assert_num_queries):
    gallery.published(people.alice)
    with django_assert_num_queries(3):
        ask(client, "?withMeta=true&withTags=true")
    [gallery.published(people.alice) for _ in range(2)]
    with django_assert_num_queries(3):
        ask(client, "?withMeta=true&withTags=true")


def test_read_metadata_prints_the_same_keys(tmp_path):
    path, plain = tmp_path / "moon.png", tmp_path / "plain.png"
    path.write_bytes(png.write_text(picture_bytes((64, 48)), {"parameters": TEXT}))
    plain.write_bytes(picture_bytes((64, 48)))
    out = StringIO()
    call_command("read_metadata", str(path), stdout=out)
    told = json.loads(out.getvalue())
    assert told["tool"] == "a1111" and told["meta"]["negativePrompt"] == "blur" and told["meta"]["cfgScale"] == 5
    assert "clipSkip" not in told["meta"], "the file says nothing of it"
    assert told["meta"]["Size"] == "64x48" and told["meta"]["Model hash"] == "0123456789"
    out = StringIO()
    with pytest.raises(SystemExit, match="1"):
        call_command("read_metadata", str(plain), str(tmp_path / "none.png"), stdout=out)
    first, second = json.loads(out.getvalue())
    assert first["meta"] is None and "No such file" in second["error"]
