"""The API as published clients use it: they work by changing the host alone."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from community.domain import collecting
from community.models import Collection, Picture, Tag
from models_hub import api
from models_hub.models import FileHash, ModelFile, ModelVersion
from models_hub.states import ModelState
from tests.factories import models_hub as make

pytestmark = pytest.mark.django_db
HOST = "http://testserver"


def get(client, path, **query):
    return client.get(f"/api/v1/{path}", query)


class TestByHash:
    @pytest.mark.parametrize("case", [str.upper, str.lower])
    def test_any_hash_in_any_case(self, client, people, case):
        model = make.published(people.alice)
        version = model.versions.get()
        for row in FileHash.objects.all():
            answer = get(client, f"model-versions/by-hash/{case(row.value)}")
            assert answer.status_code == 200
            found = answer.json()
            assert (found["id"], found["modelId"]) == (version.pk, model.pk)
            assert row.value in found["files"][0]["hashes"].values(), "clients look for the upper-case value"

    @pytest.mark.parametrize("value", ["0" * 64, "x", "%00", "' or 1=1 --", "A" * 300])
    def test_an_unknown_hash_is_a_404(self, client, db, value):
        answer = get(client, f"model-versions/by-hash/{value}")
        assert (answer.status_code, answer.json()) == (404, {"error": "Model not found"})

    def test_what_is_not_public_is_not_found(self, client, people):
        model = make.published(people.alice)
        value = FileHash.objects.first().value
        model.hide(by=people.mona, reason="x")
        client.force_login(people.alice)
        assert get(client, f"model-versions/by-hash/{value}").status_code == 404

    def test_the_shape_that_clients_read(self, client, people):
        model = make.published(people.alice, stored=make.safetensors(), name="Papercut")
        version = model.versions.get()
        ModelVersion.objects.update(trained_words=["ppcut"], steps=5)
        sha256 = FileHash.objects.get(kind="SHA256").value
        found = get(client, f"model-versions/by-hash/{sha256}").json()
        assert found["air"] == f"urn:air:sdxl:lora:civitai:{model.pk}@{version.pk}"
        assert found["model"] == {"name": "Papercut", "type": "LORA", "nsfw": False, "poi": False}
        assert found["trainedWords"] == ["ppcut"] and found["baseModel"] == "SDXL 1.0"
        for name in ("createdAt", "updatedAt", "publishedAt"):
            assert found[name].endswith("Z") and len(found[name]) == 24
        assert found["stats"] == {"downloadCount": 0, "thumbsUpCount": 0}
        assert found["downloadUrl"] == f"{HOST}/api/download/models/{version.pk}"
        assert found["earlyAccessEndsAt"] is None
        (file,) = found["files"]
        assert file["sizeKB"] * 1024 == len(make.safetensors())
        assert file["primary"] is True and file["downloadUrl"] == found["downloadUrl"]
        assert file["metadata"] == {"format": "SafeTensor", "size": "full", "fp": "fp16"}
        assert file["pickleScanResult"] == file["virusScanResult"] == "Success"
        (image,) = found["images"]
        assert (image["nsfwLevel"], image["type"], image["width"], image["height"]) == (1, "image", 640, 800)
        assert isinstance(image["hash"], str)
        *_, transform, name = urlsplit(image["url"]).path.split("/")
        assert transform == "original=true" and name.split(".")[0] == str(version.samples.get().pk)

    def test_the_download_address_leads_to_the_file(self, client, people):
        make.published(people.alice, stored=make.safetensors())
        second = make.ready_file(ModelVersion.objects.get(), name="b.safetensors", precision="fp32", type="VAE")
        found = get(client, f"model-versions/{ModelVersion.objects.get().pk}").json()
        assert [file["primary"] for file in found["files"]] == [True, False]
        for file in found["files"]:
            url = urlsplit(file["downloadUrl"])
            assert client.get(f"{url.path}?{url.query}").status_code == 307
        assert parse_qs(urlsplit(found["files"][1]["downloadUrl"]).query)["fileId"] == [str(second.pk)]

    def test_many_at_once(self, client, people):
        versions = [make.published(people.alice, name=f"m{n}").versions.get() for n in range(3)]
        values = [FileHash.objects.get(file__version=version, kind="SHA256").value for version in versions]
        asked = [values[0].lower(), values[1], "0" * 64]
        answer = client.post("/api/v1/model-versions/by-hash", json.dumps(asked), content_type="application/json")
        assert {found["id"] for found in answer.json()} == {versions[0].pk, versions[1].pk}
        answer = client.post("/api/v1/model-versions/by-hash/ids", json.dumps(asked), content_type="application/json")
        assert {"modelVersionId": versions[0].pk, "modelId": versions[0].model_id, "hash": values[0]} in answer.json()

    @pytest.mark.parametrize("body", ["", "{}", "null", '["x"]', "[1]", json.dumps(["0" * 64] * 101)])
    def test_a_request_that_is_none(self, client, db, body):
        answer = client.post("/api/v1/model-versions/by-hash", body, content_type="application/json")
        assert answer.status_code == 400 and "array of SHA256" in answer.json()["error"]


class TestOne:
    def test_a_model_is_its_item(self, client, people):
        model = make.published(people.alice, name="Papercut", thumbs_up=3, downloads=7)
        model.tags.add(Tag.objects.create(name="style"))
        found = get(client, f"models/{model.pk}").json()
        assert (found["id"], found["name"], found["type"], found["nsfw"], found["nsfwLevel"]) == (
            model.pk, "Papercut", "LORA", False, 1,
        )  # fmt: skip
        assert found["tags"] == ["style"] and found["creator"]["username"] == "alice"
        assert found["stats"]["downloadCount"] == 7 and found["stats"]["thumbsUpCount"] == 3
        assert found["allowCommercialUse"] == ["None"] and found["availability"] == "Public" and "mode" not in found
        (version,) = found["modelVersions"]
        assert {"status", "createdAt", "covered", "publishedAt", "downloadUrl"} <= set(version)
        assert not {"description", "trainedWords", "paidAccess"} & set(version), "alone, what is empty is not there"
        assert version["files"][0]["primary"] is True and "id" not in version["images"][0]

    def test_newest_version_first_and_no_draft(self, client, people):
        model = make.published(people.alice)
        new = make.another_version(model)
        make.ready_file(new)
        draft = make.another_version(model, name="v3", state=ModelState.DRAFT)
        make.ready_file(draft)
        found = get(client, f"models/{model.pk}").json()["modelVersions"]
        assert [(one["name"], one["index"]) for one in found] == [("v2", 0), ("v1", 1)]

    @pytest.mark.parametrize("number", ["0", "abc", "-1", "99999999999", "1e3"])
    def test_a_number_that_is_none(self, client, db, number):
        assert get(client, f"models/{number}").status_code == 400
        assert get(client, f"model-versions/{number}").status_code == 400

    def test_an_unknown_one(self, client, db):
        answer = get(client, "models/999")
        assert (answer.status_code, answer.json()) == (404, {"error": "No model with id 999"})
        assert get(client, "model-versions/999").json() == {"error": "Model not found"}

    def test_a_header_tells_what_is_private_to_nobody(self, client, people):
        model = make.published(people.alice)
        ModelFile.objects.update(
            description={"private_lines": [{"key": "k", "kind": "folder", "found": "/home/alice"}]}
        )
        for path in (f"models/{model.pk}", f"model-versions/{model.versions.get().pk}", "models"):
            assert "/home/alice" not in get(client, path).content.decode()

    def test_everybody_may_ask_from_anywhere_and_visitors_answers_may_be_kept(self, client, people):
        model = make.published(people.alice)
        answer = get(client, f"models/{model.pk}")
        assert answer["Access-Control-Allow-Origin"] == "*" and "s-maxage=300" in answer["Cache-Control"]
        client.force_login(people.bob)
        assert get(client, f"models/{model.pk}")["Cache-Control"] == "no-store"


class TestList:
    @pytest.fixture
    def some(self, people):
        made = []
        for number, (name, kind, base) in enumerate(
            [("Paper moon", "LORA", "SDXL 1.0"), ("Paper sun", "LoCon", "Pony"), ("Glass", "Checkpoint", "SD 1.5")]
        ):
            moment = timezone.now() - timedelta(days=30 * number + 1)
            made.append(
                make.published(
                    people.alice, name=name, type=kind, base_model=base, likes=number, thumbs_up=number, comments=3 - number, downloads=10 - number,
                    last_version_at=moment, allow_commercial_use=["Sell"] if number else [],
                )
            )  # fmt: skip
        return made

    def names(self, client, **query):
        answer = get(client, "models", **query)
        assert answer.status_code == 200, answer.content
        return [item["name"] for item in answer.json()["items"]]

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ({}, ["Glass", "Paper sun", "Paper moon"]),
            ({"sort": "Most Downloaded"}, ["Paper moon", "Paper sun", "Glass"]),
            ({"sort": "Newest"}, ["Paper moon", "Paper sun", "Glass"]),
            ({"sort": "Oldest"}, ["Glass", "Paper sun", "Paper moon"]),
            ({"types": "LORA,LoCon"}, ["Paper sun", "Paper moon"]),
            ({"types": ["LORA", "Checkpoint"]}, ["Glass", "Paper moon"]),
            ({"types": "Nonsense"}, []),
            ({"baseModels": ["Pony", "SD 1.5"]}, ["Glass", "Paper sun"]),
            ({"sort": "Most Discussed"}, ["Paper moon", "Paper sun", "Glass"]),
            ({"query": "paper"}, ["Paper moon", "Paper sun"]),
            ({"query": "papre mon"}, ["Paper moon"]),
            ({"query": "paper -sun"}, ["Paper moon"]),
            ({"query": "nothing like this"}, []),
            ({"fileFormats": "SafeTensor"}, ["Glass", "Paper sun", "Paper moon"]),
            ({"fileFormats": ["GGUF", "Diffusers"]}, []),
            ({"earlyAccess": "true"}, []),
            (
                {"earlyAccess": "false", "archived": "false", "needsReview": "x", "rating": "5"},
                ["Glass", "Paper sun", "Paper moon"],
            ),
            ({"availability": "Private"}, []),
            ({"supportsGeneration": "true"}, []),
            ({"fromPlatform": "true"}, []),
            ({"followed": "true"}, []),
            ({"browsingLevel": "2"}, []),
            ({"browsingLevel": "1", "nsfw": "true"}, ["Glass", "Paper sun", "Paper moon"]),
            ({"collectionId": "12345"}, []),
            ({"username": "ALICE"}, ["Glass", "Paper sun", "Paper moon"]),
            ({"username": "bob"}, []),
            ({"period": "Week"}, ["Paper moon"]),
            ({"allowCommercialUse": "Image"}, ["Glass", "Paper sun"]),
            ({"allowNoCredit": "False"}, []),
            ({"allowNoCredit": "True"}, ["Glass", "Paper sun", "Paper moon"]),
            ({"unknown": "param", "limit": "0"}, []),
            ({"tag": "none"}, []),
        ],
        ids=str,
    )
    def test_what_is_asked_for(self, client, some, query, names):
        assert self.names(client, **query) == names

    def test_ids_joined_and_repeated(self, client, some):
        one, two, _three = (model.pk for model in some)
        assert len(self.names(client, ids=f"{one},{two}")) == 2
        assert len(self.names(client, ids=[one, two])) == 2
        version = some[0].versions.get().pk
        assert self.names(client, modelVersionIds=version) == ["Paper moon"]

    def test_what_is_drawn_with_here_and_what_was_trained_here(self, client, some):
        moon, sun, glass = some
        ModelVersion.objects.filter(model=glass).update(can_generate=True)
        assert self.names(client, supportsGeneration="true") == ["Glass"]
        ModelVersion.objects.filter(model=sun).update(parent=glass.versions.get())
        assert self.names(client, fromPlatform="1") == ["Paper sun"]
        assert get(client, f"model-versions/{sun.versions.get().pk}").json()["uploadType"] == "Trained"

    def test_what_the_member_of_a_key_keeps_follows_and_hides(self, client, people, some):
        moon, sun, glass = some
        collecting.keep(people.bob, "models_hub.Model", moon.pk)
        client.force_login(people.bob)
        assert self.names(client, favorites="true") == ["Paper moon"]
        assert self.names(client, favorites="false") == ["Glass", "Paper sun", "Paper moon"]
        assert self.names(client, sort="Most Collected")[0] == "Paper moon"
        saved = Collection.objects.get(owner=people.bob, is_saved=True)
        assert self.names(client, collectionId=saved.pk) == ["Paper moon"]
        assert self.names(client, hidden="true") == []
        people.bob.hidden_people = [people.alice.pk]
        people.bob.save()
        assert self.names(client) == [] and self.names(client, hidden="true") == ["Glass", "Paper sun", "Paper moon"]
        client.logout()
        assert self.names(client, collectionId=saved.pk) == [], "it is private"

    def test_a_search_is_followed_by_numbers_of_rows(self, client, some):
        told = get(client, "models", query="paper", limit=1).json()
        assert [item["name"] for item in told["items"]] == ["Paper moon"] and told["metadata"]["nextCursor"] == "1"
        url = urlsplit(told["metadata"]["nextPage"])
        told = client.get(f"{url.path}?{url.query}").json()
        assert [item["name"] for item in told["items"]] == ["Paper sun"] and told["metadata"] == {}

    @pytest.mark.parametrize(
        "sort", ["Highest Rated", "Most Downloaded", "Most Discussed", "Most Collected", "Newest", "Oldest"]
    )
    def test_the_next_page_is_followed_to_the_end_without_a_gap_or_double(self, client, some, sort):
        answer, seen = get(client, "models", limit=1, sort=sort, nsfw="false").json(), []
        while True:
            seen += [item["name"] for item in answer["items"]]
            if "nextPage" not in answer["metadata"]:
                assert "nextCursor" not in answer["metadata"], "both are absent on the last page, never null"
                break
            assert isinstance(answer["metadata"]["nextCursor"], str)
            url = urlsplit(answer["metadata"]["nextPage"])
            assert parse_qs(url.query)["nsfw"] == ["false"] and url.netloc == "testserver"
            answer = client.get(f"{url.path}?{url.query}").json()
        assert seen == self.names(client, sort=sort)

    def test_numbered_pages(self, client, some):
        answer = get(client, "models", limit=2, page=1).json()
        assert answer["metadata"]["currentPage"] == 1 and answer["metadata"]["pageSize"] == 2
        assert "page=2" in answer["metadata"]["nextPage"]

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ({"limit": "x"}, 400),
            ({"limit": 101}, 400),
            ({"page": 0}, 400),
            ({"ids": "1,x"}, 400),
            ({"nsfw": "Soft"}, 400),
            ({"query": "a", "page": 1}, 400),
            ({"cursor": "nonsense"}, 400),
            ({"cursor": "a|b|c"}, 400),
            ({"cursor": "1|2|3|4"}, 400),
            ({"page": 101, "limit": 10}, 429),
            ({"query": "a", "cursor": "1|2|3"}, 400),
            ({"query": "a", "cursor": "999999999"}, 400),
            ({"browsingLevel": "x"}, 400),
            ({"favorites": "false"}, 401),
            ({"hidden": "true"}, 401),
        ],
        ids=str,
    )
    def test_refusals(self, client, db, query, status):
        answer = get(client, "models", **query)
        assert answer.status_code == status and answer.json()["error"]

    def test_a_bad_list_tells_it_as_a_text_of_json(self, client, db):
        error = get(client, "models", limit="x").json()["error"]
        assert error["name"] == "ZodError" and json.loads(error["message"])[0]["path"] == ["limit"]

    def test_mature_models_only_when_asked_for(self, client, people):
        make.published(people.alice, name="Tame")
        make.published(people.alice, name="Wild", level=16)
        assert self.names(client) == ["Tame"]
        assert set(self.names(client, nsfw="true")) == {"Tame", "Wild"}

    def test_a_key_in_the_address_is_not_repeated(self, rf):
        url = api._next_page(rf.get("/api/v1/models?token=secret&limit=1&types=LORA&types=VAE"), cursor="1|2|3")
        assert url == f"{HOST}/api/v1/models?limit=1&types=LORA&types=VAE&cursor=1%7C2%7C3"

    def test_a_bad_key_is_a_401(self, client, some):
        assert get(client, "models", token="secret").status_code == 401

    @pytest.mark.parametrize("count", [1, 3])
    def test_as_many_queries_for_one_as_for_three(self, client, people, django_assert_num_queries, count):
        for number in range(count):
            make.published(people.alice, name=f"m{number}")
        with django_assert_num_queries(7):
            assert len(get(client, "models").json()["items"]) == count


def test_tags_and_creators(client, people):
    paper, glass = Tag.objects.create(name="paper"), Tag.objects.create(name="glass")
    Tag.objects.create(name="unused")
    for number in range(3):
        make.published(people.alice, name=f"m{number}").tags.add(paper, *([glass] if number else []))
    make.draft(people.bob)
    found = get(client, "tags").json()
    assert [item["name"] for item in found["items"]] == ["paper", "glass"]
    assert found["items"][0]["link"] == f"{HOST}/api/v1/models?tag=paper"
    assert found["metadata"] == {"totalItems": 2, "currentPage": 1, "pageSize": 20, "totalPages": 1}
    assert [item["name"] for item in get(client, "tags", query="gl").json()["items"]] == ["glass"]
    first = get(client, "tags", limit=1).json()["metadata"]
    assert "page=2" in first["nextPage"] and "prevPage" not in first
    found = get(client, "creators").json()
    assert [(one["username"], one["modelCount"]) for one in found["items"]] == [("alice", 3)]
    assert found["items"][0]["link"] == f"{HOST}/api/v1/models?username=alice"
    assert get(client, "creators", query="ALI", limit=10).json()["metadata"]["totalItems"] == 1


@pytest.mark.parametrize("path", ["models", "images", "model-versions/by-hash/x", "nowhere", "models?token=bad"])
def test_pages_elsewhere_may_read_all_of_it_refusals_too(client, db, path):
    for answer in (client.get(f"/api/v1/{path}"), client.options(f"/api/v1/{path}")):
        assert answer["Access-Control-Allow-Origin"] == answer["Access-Control-Allow-Headers"] == "*"
        assert answer["Access-Control-Allow-Methods"] == "GET" and "Access-Control-Allow-Credentials" not in answer
        assert "Authorization" in answer["Vary"], "what is kept for visitors is not the answer to a key"
    assert (answer.status_code, answer.content) == (200, b"")


def test_the_page_of_the_api_names_what_each_address_asks(client, db):
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    for path, least in (("models", 25), ("images", 15), ("tags", 3), ("creators", 3), ("users", 2)):
        named = {one["name"] for one in paths[f"/api/v1/{path}"]["get"]["parameters"]}
        assert len(named) >= least
        # None of what it names is refused when it is sent empty.
        assert client.get(f"/api/v1/{path}", dict.fromkeys(named - {"favorites", "hidden"}, "")).status_code == 200
    assert "requestBody" in paths["/api/v1/model-versions/by-hash"]["post"]


def test_who_asks_is_told_to_programs_alone(client, db):
    for answer in (client.get("/api/v1/me"), client.options("/api/v1/me")):
        assert "Access-Control-Allow-Origin" not in answer


def test_another_method_is_a_405_in_json(client, db):
    answer = client.delete("/api/v1/models")
    assert (answer.status_code, answer.json()) == (405, {"error": "Method not allowed"})


def test_a_hash_that_is_not_there_and_a_version_without_a_file(client, people):
    for path in ("model-versions/by-hash", "model-versions/by-hash/"):
        assert (get(client, path).status_code, get(client, path).json()) == (400, {"error": "Missing hash"})
    version = make.published(people.alice).versions.get()
    ModelFile.objects.update(state="refused")
    for path in (f"model-versions/{version.pk}", f"model-versions/mini/{version.pk}"):
        assert (get(client, path).status_code, get(client, path).json()) == (404, {"error": "Missing model file"})


def test_the_flat_form_is_of_the_file_that_is_asked_for(client, people):
    version = make.published(people.alice).versions.get()
    second = make.ready_file(version, name="b.safetensors", precision="fp32", type="VAE")
    found = get(client, f"model-versions/mini/{version.pk}", modelFileId=second.pk).json()
    assert found["fileName"] == "b.safetensors" and f"fileId={second.pk}" in found["downloadUrls"][0]
    assert get(client, f"model-versions/mini/{version.pk}", modelFileId=999).status_code == 404


def test_a_sample_says_how_it_was_made_unless_its_file_is_its_owners(client, people):
    version = make.published(people.alice).versions.get()
    Picture.objects.update(generation_text="a moon\nSteps: 20, Sampler: Euler a, CFG scale: 5, Seed: 7")
    (image,) = get(client, f"model-versions/{version.pk}").json()["images"]
    assert image["hasMeta"] is True and (image["meta"]["prompt"], image["meta"]["steps"]) == ("a moon", 20)
    Picture.objects.update(original_is_private=True)
    answer = get(client, f"model-versions/{version.pk}")
    (image,) = answer.json()["images"]
    assert image["meta"] is None and image["hasMeta"] is False and "a moon" not in answer.content.decode()
    assert "original=true" not in image["url"], "that address would be refused"


def test_who_is_named_nowhere_is_named_by_no_model(client, people):
    model = make.published(people.alice)
    type(people.alice).objects.filter(pk=people.alice.pk).update(freeze_level=2)
    assert "creator" not in get(client, f"models/{model.pk}").json()


def test_a_name_whose_right_is_looked_at_is_a_number(client, people):
    model = make.published(people.alice, name="Somebody Else")
    version = model.versions.get()
    type(model).objects.filter(pk=model.pk).update(freeze_level=1, frozen_at=timezone.now())
    for path in (f"models/{model.pk}", f"model-versions/{version.pk}", f"model-versions/mini/{version.pk}"):
        answer = get(client, path)
        assert answer.status_code == 200 and "Somebody Else" not in answer.content.decode()
        assert f"Model {model.pk}" in answer.content.decode()


def test_enums(client, db):
    found = get(client, "enums").json()
    assert "LORA" in found["ModelType"] and "SDXL 1.0" in found["ActiveBaseModel"]
    assert set(found) == {"ModelType", "ModelFileType", "ActiveBaseModel", "BaseModel", "BaseModelType"}


def test_models_without_a_file_show_no_version(client, people):
    model = make.published(people.alice)
    ModelFile.objects.update(state="refused")
    assert get(client, f"models/{model.pk}").json()["modelVersions"] == []
