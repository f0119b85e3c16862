"""GET /api/download/models/<id>: who gets which file, by what name, and what is counted."""

import urllib.error
import urllib.request
from datetime import timedelta

import pytest
from django.utils import timezone

from civitai import storages
from models_hub.domain import downloading
from models_hub.models import Download, Model, ModelFile, ModelVersion
from models_hub.states import FileState, ModelState
from tests.factories import models_hub as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(people):
    return make.published(people.alice, stored=make.safetensors(), name="Papercut")


def version_of(model):
    return model.versions.get()


def ask(client, version, query="", **headers):
    return client.get(f"/api/download/models/{version.pk}{query}", headers=headers)


def fetched(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, b""


def test_a_visitor_is_sent_to_the_bytes_for_five_minutes(client, model):
    answer = ask(client, version_of(model))
    assert answer.status_code == 307
    assert "no-store" in answer["Cache-Control"]
    assert "X-Amz-Expires=300" in answer["Location"]
    status, headers, body = fetched(answer["Location"])
    assert (status, body) == (200, make.safetensors())
    assert headers["Content-Disposition"] == 'attachment; filename="papercut.safetensors"'
    assert headers["Content-Type"] == "application/octet-stream"
    assert int(headers["Content-Length"]) == len(body)


def test_the_link_serves_ranges(client, model):
    whole = make.safetensors()
    url = ask(client, version_of(model))["Location"]
    status, headers, body = fetched(url, Range="bytes=100-199")
    assert (status, body) == (206, whole[100:200])
    assert headers["Content-Range"] == f"bytes 100-199/{len(whole)}"
    status, headers, body = fetched(url, Range=f"bytes={len(whole) - 5}-")
    assert (status, body) == (206, whole[-5:])
    assert fetched(url, Range=f"bytes={len(whole)}-")[0] == 416


def test_a_changed_link_is_worth_nothing(client, model):
    url = ask(client, version_of(model))["Location"]
    other = make.published(model.owner, stored=b"other bytes", name="Other")
    key = ModelFile.objects.get(version__model=other).key
    mine = ModelFile.objects.get(version__model=model).key
    assert fetched(url.replace(mine, key))[0] == 403


def test_head_tells_size_and_name_and_counts_nothing(client, model):
    answer = client.head(f"/api/download/models/{version_of(model).pk}")
    assert answer.status_code == 200
    assert int(answer["Content-Length"]) == len(make.safetensors())
    assert answer["Content-Disposition"] == 'attachment; filename="papercut.safetensors"'
    assert not Download.objects.exists()


def test_one_download_for_each_person_file_and_day(client, model, people):
    version = version_of(model)
    for _ in range(2):
        ask(client, version)
    client.force_login(people.bob)
    for _ in range(2):
        ask(client, version)
    assert Download.objects.count() == 2
    model.refresh_from_db()
    version.refresh_from_db()
    assert (model.downloads, version.downloads, version.files.get().downloads) == (2, 2, 2)
    file = version.files.get()
    file.version = version
    version.model = model
    tomorrow = timezone.now() + timedelta(days=1)
    assert downloading.count(file, people.bob, address="", now=tomorrow)
    assert not downloading.count(file, people.bob, address="", now=tomorrow)


def test_a_visitors_address_is_not_kept(client, model):
    ask(client, version_of(model))
    row = Download.objects.get()
    assert row.user is None and "127.0.0.1" not in row.who and len(row.who) == 64


def test_the_owners_own_download_does_not_count(client, model, people):
    client.force_login(people.alice)
    assert ask(client, version_of(model)).status_code == 307
    assert not Download.objects.exists()


class TestWhich:
    @pytest.fixture
    def version(self, model):
        version = version_of(model)
        version.files.update(precision="fp32", variant="full", name="full32.safetensors")
        make.ready_file(version, name="pruned16.safetensors", precision="fp16", variant="pruned")
        make.ready_file(version, name="small.gguf", format="GGUF", precision="", type="Model")
        make.ready_file(version, name="vae.safetensors", precision="fp16", type="VAE")
        return version

    @pytest.mark.parametrize(
        ("query", "name"),
        [
            ("", "full32.safetensors"),
            ("?fp=fp16", "pruned16.safetensors"),
            ("?format=SafeTensor&size=pruned&fp=fp16", "pruned16.safetensors"),
            ("?format=gguf", "small.gguf"),
            ("?type=VAE", "vae.safetensors"),
            ("?type=Model&format=SafeTensor", "full32.safetensors"),
            ("?size=full", "full32.safetensors"),
        ],
    )
    def test_the_best_of_what_was_asked_for(self, client, version, query, name):
        assert f'filename="{name}"' in client.head(f"/api/download/models/{version.pk}{query}")["Content-Disposition"]

    @pytest.mark.parametrize(
        "query", ["?fp=bf16", "?format=PickleTensor", "?type=Nonsense", "?fileId=999999", "?size=x"]
    )
    def test_what_no_file_is_cannot_be_found(self, client, version, query):
        answer = ask(client, version, query)
        assert (answer.status_code, answer.json()) == (404, {"error": "File not found"})

    def test_one_file_by_its_id(self, client, version):
        vae = version.files.get(type="VAE")
        found = client.head(f"/api/download/models/{version.pk}?fileId={vae.pk}")
        assert "vae.safetensors" in found["Content-Disposition"]


TRICKS = [
    "../../etc/passwd.safetensors",
    'a";filename="evil.exe.safetensors',
    "new\r\nSet-Cookie: a=b.safetensors",
    "CON.safetensors",
    "\u202egpj.exe.safetensors",
    "切り紙の山.safetensors",
    "x" * 240 + ".safetensors",
    "a%0d%0ab.safetensors",
]


@pytest.mark.parametrize("name", TRICKS, ids=range(len(TRICKS)))
def test_no_name_of_a_file_leaves_its_header(client, model, name):
    ModelFile.objects.update(name=name)
    status, headers, body = fetched(ask(client, version_of(model))["Location"])
    assert (status, body) == (200, make.safetensors())
    said = headers["Content-Disposition"]
    assert said.startswith("attachment; filename") and "Set-Cookie" not in headers
    assert not any(ch in said for ch in "/\\\r\n\u202e") and said.rstrip('"').endswith(".safetensors")
    assert said.count('"') in (0, 2)


def test_a_checkpoint_is_named_after_its_model(client, people):
    model = make.published(
        people.alice, stored=b"x", name="Realistic Vision", type="Checkpoint", version_name="V6.0 B1"
    )
    said = client.head(f"/api/download/models/{version_of(model).pk}")["Content-Disposition"]
    assert said == 'attachment; filename="realisticVision_v60B1.safetensors"'


class TestWho:
    """alice owns, bob follows, charlie is a stranger, mona moderates, nobody is signed in."""

    def statuses(self, client, people, version):
        found = {}
        for name in ("alice", "bob", "charlie", "mona", "nobody"):
            client.logout() if name == "nobody" else client.force_login(getattr(people, name))
            found[name] = ask(client, version).status_code
        return found

    def test_everybody_gets_what_is_published(self, client, people, model):
        assert set(self.statuses(client, people, version_of(model)).values()) == {307}

    def test_a_draft_is_its_owners_and_the_moderators_see_the_model_alone(self, client, people):
        model = make.draft(people.alice)
        make.ready_file(version_of(model), stored=b"draft")
        seen = self.statuses(client, people, version_of(model))
        assert seen == {"alice": 307, "bob": 404, "charlie": 404, "mona": 404, "nobody": 404}

    def test_what_is_hidden_stays_with_its_owner_and_moderators(self, client, people, model):
        model.hide(by=people.mona, reason="looked at")
        seen = self.statuses(client, people, version_of(model))
        assert seen == {"alice": 307, "bob": 404, "charlie": 404, "mona": 307, "nobody": 404}

    def test_what_is_unpublished_is_its_owners(self, client, people, model):
        model.move(ModelState.UNPUBLISHED)
        seen = self.statuses(client, people, version_of(model))
        assert seen == {"alice": 307, "bob": 404, "charlie": 404, "mona": 307, "nobody": 404}

    def test_what_was_removed_is_gone_for_all(self, client, people, model):
        version = version_of(model)
        version.move(ModelState.REMOVED)
        assert set(self.statuses(client, people, version).values()) == {410}
        model.move(ModelState.REMOVED)
        assert set(self.statuses(client, people, version).values()) == {410}

    def test_a_draft_that_was_deleted_never_was(self, client, people):
        model = make.draft(people.alice)
        version_of(model).move(ModelState.REMOVED)
        model.move(ModelState.REMOVED)
        assert set(self.statuses(client, people, version_of(model)).values()) == {404}

    def test_a_file_that_is_checked_or_refused_is_nobodys(self, client, people, model):
        for state in (FileState.CHECKING, FileState.REFUSED, FileState.REMOVED):
            ModelFile.objects.update(state=state)
            assert set(self.statuses(client, people, version_of(model)).values()) == {404}


@pytest.mark.parametrize("number", [999_999, 2**31, 2**63 - 1])
def test_a_number_that_names_nothing(client, db, number):
    answer = client.get(f"/api/download/models/{number}")
    assert (answer.status_code, answer.json()) == (404, {"error": "File not found"})


@pytest.mark.parametrize("number", [0, -1, 2**63, 10**40, "abc", "1e3", "²"])
def test_what_is_no_number(client, db, number):
    answer = client.get(f"/api/download/models/{number}")
    assert (answer.status_code, answer.json()) == (400, {"error": "Missing modelVersionId"})


@pytest.mark.parametrize("query", ["fileId=abc", "fileId=²", f"fp={'x' * 65}", f"quantType={'x' * 65}"])
def test_a_wish_that_can_not_be_read(client, model, query):
    answer = client.get(f"/api/download/models/{version_of(model).pk}?{query}")
    assert answer.status_code == 400 and query.partition("=")[0] in answer.json()["error"]


def test_what_is_to_be_drawn_with_alone_says_so_as_programs_know_it(client, model):
    Model.objects.filter(pk=model.pk).update(usage="generation")
    answer = client.get(f"/api/download/models/{version_of(model).pk}")
    assert answer.status_code == 401 and answer.json()["error"] == "Unauthorized"
    assert "disabled downloads" in answer.json()["message"]


def test_people_get_a_page_where_programs_get_json(client, db):
    answer = client.get("/api/download/models/999999", headers={"accept": "text/html,application/xhtml+xml"})
    assert answer.status_code == 404 and answer["Content-Type"].startswith("text/html")
    assert "no-store" in answer["Cache-Control"]


def test_very_many_downloads_are_a_429_that_says_when(client, model, monkeypatch):
    monkeypatch.setattr("models_hub.views.downloads.PER_HOUR", 2)
    seen = [client.get(f"/api/download/models/{version_of(model).pk}") for _ in range(3)]
    assert [answer.status_code for answer in seen] == [307, 307, 429]
    assert "unusual amount of downloading" in seen[2].json()["error"] and seen[2]["Retry-After"] == "3600"


def test_posting_is_not_a_download(client, model):
    assert client.post(f"/api/download/models/{version_of(model).pk}").status_code == 405


def test_the_sweeper_ends_links_to_what_was_removed(client, model):
    from models_hub import tasks
    from models_hub.domain import files

    url = ask(client, version_of(model))["Location"]
    Model.objects.update(state=ModelState.UNPUBLISHED)
    ModelVersion.objects.update(state=ModelState.UNPUBLISHED)
    file = ModelFile.objects.get()
    files.remove_file(file, by=model.owner)
    assert fetched(url)[0] == 200
    tasks.sweep_files.plain()
    assert fetched(url)[0] == 404
    assert not storages.private().exists(file.key)
    file.refresh_from_db()
    swept_at = file.swept_at
    assert swept_at
    tasks.sweep_files.plain()
    file.refresh_from_db()
    assert file.swept_at == swept_at
