"""The wizard as a member lives it: with forms alone, with the page saving by itself, refused, and published."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from community.domain import pictures
from community.models import Picture
from models_hub import tasks
from models_hub.domain import publishing
from models_hub.models import FileCheck, Model, ModelFile, ModelVersion, VersionPicture
from models_hub.states import FileState, ModelState
from tests.factories import models_hub as make
from tests.models_hub.uploading import uploaded

pytestmark = pytest.mark.django_db


def png(colour=(200, 80, 40), size=(96, 128)):
    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, "PNG")
    return made.getvalue()


def prepare_pictures():
    for picture in Picture.objects.filter(state="pending"):
        pictures.prepare(picture)


def check_files():
    for job in FileCheck.objects.filter(state="queued"):
        tasks.check_file.plain(str(job.pk))


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return people.alice


@pytest.fixture
def model(alice):
    return publishing.start(alice)


def step(model, name):
    return f"/models/{model.pk}/edit/{name}/"


WHAT = {"name": "Serra papercut", "type": "LORA", "tags": "style, Papercut", "description": "Layered **paper**."}


def test_the_whole_story_without_a_script(client, alice, commit):
    answer = client.post("/models/new/")
    model = Model.objects.get()
    assert answer["Location"].startswith(step(model, "what"))

    answer = client.post(step(model, "what"), WHAT)
    assert answer["Location"].startswith(step(model, "version"))
    answer = client.post(step(model, "version"), {"name": "v1", "base_model": "SDXL 1.0", "trained_words": "a, b"})
    assert answer["Location"].startswith(step(model, "files"))

    version = model.versions.get()
    file = SimpleUploadedFile("serra.safetensors", make.safetensors())
    with commit():
        answer = client.post(f"/versions/{version.pk}/files/", {"file": file})
    assert answer["Location"].startswith(step(model, "files"))
    assert "In line" in client.get(step(model, "files")).content.decode()
    check_files()
    page = client.get(step(model, "files")).content.decode()
    assert "Here" in page and "What its header told us" in page

    answer = client.post(step(model, "licence"), {"allow_commercial_use": ["Image"], "allow_derivatives": "on"})
    assert answer["Location"].startswith(step(model, "pictures"))

    sent = [SimpleUploadedFile(f"{n}.png", png((n * 40, 90, 90)), "image/png") for n in range(2)]
    client.post(f"/versions/{version.pk}/pictures/", {"picture": sent})
    prepare_pictures()

    assert "Publish it" in client.get(step(model, "review")).content.decode()
    answer = client.post(f"/models/{model.pk}/edit/publication/", {"version": version.pk})
    model.refresh_from_db()
    assert answer["Location"] == model.get_absolute_url() == f"/models/{model.pk}/serra-papercut/"
    assert (model.state, model.cover.state, model.cover.is_public) == (ModelState.PUBLISHED, "ready", True)
    assert model.cover == version.samples.first().picture and model.level_mask == 1
    assert [tag.name for tag in model.tags.all()] == ["papercut", "style"]

    client.logout()
    page = client.get(model.get_absolute_url()).content.decode()
    assert "Serra papercut" in page and "<strong>paper</strong>" in page and "Download" in page


class TestSaving:
    def autosave(self, client, url, **values):
        data = {**values, "changed": list(values)}
        return client.post(url, data, headers={"X-Autosave": "1", "Accept": "application/json"})

    def test_one_field_is_saved_while_the_rest_is_untouched(self, client, model):
        publishing.describe(model, description="kept", allow_no_credit=False)
        answer = self.autosave(client, step(model, "what"), name="Half a na")
        assert answer.status_code == 200 and "saved_at" in answer.json()
        model.refresh_from_db()
        assert (model.name, model.description, model.type) == ("Half a na", "kept", "LORA")

    def test_an_unticked_box_is_saved_too(self, client, model):
        publishing.describe(model, is_mature=True)
        self.autosave(client, step(model, "what"), is_mature="")
        model.refresh_from_db()
        assert model.is_mature is False

    def test_what_is_refused_is_said_beside_its_field_and_not_written(self, client, model):
        answer = self.autosave(client, step(model, "version"), steps="-4")
        assert answer.status_code == 422
        assert list(answer.json()["errors"]) == ["steps"] and answer.json()["error"]

    def test_a_field_that_the_form_does_not_have_is_not_written(self, client, model):
        self.autosave(client, step(model, "what"), name="x", state="published", owner="1", downloads="99")
        model.refresh_from_db()
        assert (model.state, model.downloads) == (ModelState.DRAFT, 0)

    def test_a_refused_form_keeps_everything_that_was_typed(self, client, model):
        typed = {**WHAT, "name": "y" * 121, "tags": "one, two", "description": "A long story."}
        answer = client.post(step(model, "what"), typed)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "y" * 121 in page and "A long story." in page and "one, two" in page
        assert 'aria-invalid="true"' in page
        model.refresh_from_db()
        assert model.name == ""

    def test_strengths_that_contradict_each_other(self, client, model):
        answer = client.post(step(model, "version"), {"name": "v1", "weight_min": "1.2", "weight_max": "0.4"})
        assert answer.status_code == 422 and "below where it starts" in answer.content.decode()

    @pytest.mark.parametrize("typed", ["0,65", "0.65"])
    def test_a_strength_is_read_and_shown_with_the_comma_of_the_language(self, client, model, typed):
        client.cookies["django_language"] = "pt-br"
        client.post(step(model, "version"), {"name": "v1", "weight_min": typed})
        assert ModelVersion.objects.get(model=model).weight_min == 0.65
        assert 'value="0,65"' in client.get(step(model, "version")).content.decode()

    @pytest.mark.parametrize("base", ["Nonsense", "SDXL 0.9"])
    def test_a_base_model_that_is_not_offered_is_refused(self, client, model, base):
        assert client.post(step(model, "version"), {"name": "v1", "base_model": base}).status_code == 422

    def test_a_retired_base_model_stays_what_it_was(self, client, model):
        ModelVersion.objects.update(base_model="SDXL 0.9")
        assert client.post(step(model, "version"), {"name": "v1", "base_model": "SDXL 0.9"}).status_code == 302

    @pytest.mark.parametrize("tags", ["x" * 61, ", ".join(f"t{n}" for n in range(21))], ids=["long", "many"])
    def test_tags_have_limits(self, client, model, tags):
        assert client.post(step(model, "what"), {**WHAT, "tags": tags}).status_code == 422

    def test_no_step_or_destination_but_ours(self, client, model):
        assert client.get(step(model, "nonsense")).status_code == 404
        answer = client.post(step(model, "what"), {**WHAT, "then": "https://evil.example"})
        assert answer["Location"].startswith(step(model, "version"))

    def test_the_right_column_follows(self, client, model):
        publishing.describe(model, name="Fresh name", allow_commercial_use=["Sell"])
        page = client.get(f"/models/{model.pk}/edit/preview/?step=licence").content.decode()
        assert "Fresh name" in page and "Sell the file itself" in page and 'hx-swap-oob="innerHTML"' in page


class TestPublishing:
    def test_everything_that_is_missing_is_listed_with_its_step(self, client, model):
        answer = client.post(f"/models/{model.pk}/edit/publication/")
        page = answer.content.decode()
        assert answer.status_code == 422
        for name in ("what", "version", "files", "pictures"):
            assert f'<a class="link" href="{step(model, name)}?version=' in page
        model.refresh_from_db()
        assert model.state == ModelState.DRAFT

    @pytest.mark.parametrize(
        ("spoil", "missing"),
        [
            (lambda m, v: Model.objects.update(name=" "), "what"),
            (lambda m, v: ModelVersion.objects.update(base_model=""), "version"),
            (lambda m, v: ModelVersion.objects.update(name=""), "version"),
            (lambda m, v: ModelFile.objects.update(state=FileState.CHECKING), "files"),
            (lambda m, v: ModelFile.objects.update(state=FileState.REFUSED), "files"),
            (lambda m, v: Picture.objects.update(state="pending"), "pictures"),
            (lambda m, v: Picture.objects.update(state="refused"), "pictures"),
            (lambda m, v: VersionPicture.objects.all().delete(), "pictures"),
        ],
    )
    def test_each_thing_is_needed(self, alice, spoil, missing):
        model = make.draft(alice)
        version = model.versions.get()
        make.ready_file(version)
        VersionPicture.objects.create(version=version, picture=make.picture(alice))
        spoil(model, version)
        with pytest.raises(publishing.Unfinished) as unfinished:
            publishing.publish(model, by=alice)
        assert [lack.step for lack in unfinished.value.lacks] == [missing]
        model.refresh_from_db()
        version.refresh_from_db()
        assert {model.state, version.state} == {ModelState.DRAFT}

    def test_publishing_twice_changes_nothing(self, alice):
        model = make.published(alice)
        before = Model.objects.values("state", "published_at", "last_version_at").get()
        publishing.publish(model, by=alice, version=model.versions.get())
        assert Model.objects.values("state", "published_at", "last_version_at").get() == before

    def test_unpublished_and_published_again_keeps_its_first_day(self, client, alice):
        model = make.published(alice)
        first = model.published_at
        client.post(f"/models/{model.pk}/edit/publication/", {"withdraw": "model"})
        model.refresh_from_db()
        assert model.state == ModelState.UNPUBLISHED and not model.cover.is_public
        client.logout()
        assert client.get(model.get_absolute_url()).status_code == 404
        client.force_login(alice)
        client.post(f"/models/{model.pk}/edit/publication/")
        model.refresh_from_db()
        assert (model.state, model.published_at, model.cover.is_public) == (ModelState.PUBLISHED, first, True)

    @pytest.mark.parametrize("act", ["unpublish", "remove", "take_out"])
    def test_a_sample_that_a_post_shows_stays_shown_there(self, alice, act):
        from gallery.domain import posting
        from models_hub.domain import samples

        model = make.published(alice)
        both, alone = model.cover, make.picture(alice)
        version = model.versions.get()
        VersionPicture.objects.create(version=version, picture=alone, position=1)
        post = posting.start(alice, version=version)
        posting.add_image(post, both)
        posting.publish(post, alice)
        if act == "take_out":
            for picture in (both, alone):
                VersionPicture.objects.create(version=version, picture=make.picture(alice), position=9)
                samples.take_out(version.samples.get(picture=picture), by=alice)
        else:
            getattr(publishing, act)(model, by=alice)
        both.refresh_from_db()
        alone.refresh_from_db()
        assert (both.is_public, alone.is_public) == (True, False)

    def test_another_version_is_a_draft_of_its_own(self, client, alice):
        model = make.published(alice)
        for _ in range(2):
            answer = client.post(f"/models/{model.pk}/edit/versions/")
        draft = model.versions.get(state=ModelState.DRAFT)
        assert answer["Location"] == f"{step(model, 'version')}?version={draft.pk}"
        assert (draft.name, draft.base_model) == ("v2", "SDXL 1.0")
        client.logout()
        assert f"version={draft.pk}" not in client.get(model.get_absolute_url()).content.decode()

    def test_a_second_version_published_makes_it_new_again(self, alice):
        model = make.published(alice)
        old = model.last_version_at
        version = publishing.add_version(model, by=alice)
        make.ready_file(version)
        VersionPicture.objects.create(version=version, picture=make.picture(alice, level=4))
        publishing.publish(model, by=alice, version=version)
        model.refresh_from_db()
        assert model.last_version_at > old and model.published_at < model.last_version_at
        assert model.level_mask == 5 and model.cover.level == 4

    def test_the_only_published_version_is_not_taken_back_alone(self, alice):
        from civitai.errors import Refused

        model = make.published(alice)
        for act in (publishing.unpublish_version, publishing.remove_version):
            with pytest.raises(Refused):
                act(model.versions.get(), by=alice)
        make.another_version(model)
        publishing.unpublish_version(model.versions.order_by("id").first(), by=alice)
        assert model.versions.filter(state=ModelState.PUBLISHED).count() == 1

    def test_what_is_mature_is_never_below_r(self, alice):
        model = make.published(alice)
        publishing.describe(model, is_mature=True)
        model.refresh_from_db()
        assert model.level_mask == 4

    def test_a_published_model_keeps_its_name_and_base(self, client, alice):
        model = make.published(alice)
        answer = client.post(step(model, "what"), {**WHAT, "name": "  "})
        assert answer.status_code == 422 and "keeps a name" in answer.content.decode()
        answer = client.post(step(model, "version"), {"name": "v1", "base_model": ""})
        assert answer.status_code == 422 and "keeps its base model" in answer.content.decode()

    def test_a_deleted_draft_leaves_nothing_and_a_removed_model_a_tombstone(self, client, alice):
        draft, model = make.draft(alice), make.published(alice, name="Secret name")
        for one in (draft, model):
            client.post(f"/models/{one.pk}/edit/removal/", {"scope": "model"})
        assert client.get(f"/models/{draft.pk}/papercut/").status_code == 404
        answer = client.get(f"/models/{model.pk}/secret-name/")
        assert answer.status_code == 410 and "Secret name" not in answer.content.decode()
        assert not ModelFile.objects.exclude(state=FileState.REMOVED).exists()
        assert client.get(step(model, "what")).status_code == 404


class TestFilesStep:
    def test_an_upload_is_handed_over_and_watched_until_it_is_here(self, client, model):
        version = model.versions.get()
        upload = uploaded(client, make.safetensors(metadata={"ss_tag_frequency": '{"a": {"ppcut": 9, "lua": 2}}'}))
        part = {"X-Part": "1"}
        answer = client.post(f"/versions/{version.pk}/files/", {"upload": upload}, headers=part)
        assert answer.status_code == 200 and "every 2s" in answer.content.decode()
        url = f"/versions/{version.pk}/files/"
        first = client.get(url, headers=part)
        assert first.status_code == 200
        assert client.get(url, headers={**part, "If-None-Match": first["ETag"]}).status_code == 304
        check_files()
        last = client.get(url, headers={**part, "If-None-Match": first["ETag"]})
        page = last.content.decode()
        assert last.status_code == 286 and "every 2s" not in page and "ppcut" in page

        answer = client.post(f"/versions/{version.pk}/words/", {"word": "lua"}, headers=part)
        assert 'value="lua" aria-pressed="true"' in answer.content.decode()
        client.post(f"/versions/{version.pk}/words/", {"word": "lua"})
        version.refresh_from_db()
        assert version.trained_words == []

    def test_a_refused_file_says_why_in_the_readers_language(self, client, model):
        version = model.versions.get()
        upload = uploaded(client, b"\x80\x04\x95pickled things here")
        client.post(f"/versions/{version.pk}/files/", {"upload": upload})
        check_files()
        page = client.get(step(model, "files")).content.decode()
        assert "pickle file" in page and "Refused" in page
        page = client.get(step(model, "files"), headers={"Accept-Language": "pt-br"}).content.decode()
        assert "pickle" in page and "This is a pickle file" not in page

    def test_a_file_that_is_here_already_is_linked(self, client, model, people):
        make.published(people.bob, stored=make.safetensors(), name="Elsewhere")
        version = model.versions.get()
        client.post(f"/versions/{version.pk}/files/", {"upload": uploaded(client, make.safetensors())})
        check_files()
        page = client.get(step(model, "files")).content.decode()
        assert "here already" in page and "Elsewhere, v1" in page

    def test_what_the_tensors_say_against_what_was_typed(self, client, model):
        ModelVersion.objects.update(base_model="SD 1.5")
        version = model.versions.get()
        client.post(f"/versions/{version.pk}/files/", {"upload": uploaded(client, make.safetensors())})
        check_files()
        assert "the shapes of SDXL 1.0; the version says SD 1.5" in client.get(step(model, "files")).content.decode()

    @pytest.mark.parametrize("upload", ["nonsense", "00000000-0000-0000-0000-000000000000"])
    def test_an_upload_that_is_not_there_is_told(self, client, model, upload):
        url = f"/versions/{model.versions.get().pk}/files/"
        answer = client.post(url, {"upload": upload}, headers={"X-Part": "1", "Accept": "application/json"})
        assert answer.status_code == 400 and "not arrived" in answer.json()["error"]
        page = client.post(url, {"upload": upload}, follow=True).content.decode()
        assert "not arrived completely" in page

    def test_the_first_file_changes_hands(self, client, alice):
        version = make.published(alice).versions.get()
        second = make.ready_file(version, name="second.safetensors")
        client.post(f"/files/{second.pk}/primacy/")
        assert list(version.files.filter(is_primary=True)) == [second]
        client.post(f"/files/{second.pk}/removal/")
        assert version.files.get(is_primary=True).name == "papercut.safetensors"
        page = client.post(f"/files/{version.files.get(is_primary=True).pk}/removal/", follow=True).content.decode()
        assert "only file of a published version" in page
        assert version.files.get(is_primary=True).state == FileState.READY


class TestPicturesStep:
    @pytest.fixture
    def version(self, model):
        version = model.versions.get()
        for level in (1, 2, 4):
            VersionPicture.objects.create(
                version=version, picture=make.picture(model.owner, level=level), position=level
            )
        return version

    def levels(self, version):
        return [sample.picture.level for sample in version.samples.select_related("picture")]

    def test_dragged_into_order_the_first_is_the_cover(self, client, version):
        ids = [sample.pk for sample in version.samples.all()][::-1]
        url = f"/versions/{version.pk}/pictures/order/"
        client.post(url, json.dumps({"ids": ids}), content_type="application/json")
        assert self.levels(version) == [4, 2, 1]
        version.model.refresh_from_db()
        assert version.model.cover.level == 4 and version.model.level_mask == 7

    def test_moved_by_buttons(self, client, version):
        last = version.samples.last()
        client.post(f"/versions/{version.pk}/pictures/order/", {"move": f"{last.pk} up"})
        assert self.levels(version) == [1, 4, 2]
        client.post(f"/versions/{version.pk}/pictures/order/", {"move": f"{last.pk} first"})
        assert self.levels(version) == [4, 1, 2]

    @pytest.mark.parametrize("body", [b"[]", b'{"ids": "abc"}', b'{"ids": [null]}', b'{"ids": {"a": 1}}', b"\xff"])
    def test_an_order_that_is_none(self, client, version, body):
        answer = client.post(
            f"/versions/{version.pk}/pictures/order/",
            body,
            content_type="application/json",
            headers={"Accept": "application/json"},
        )
        assert answer.status_code == 400 and self.levels(version) == [1, 2, 4]

    def test_somebody_elses_pictures_are_not_moved(self, client, version, people):
        foreign = make.published(people.bob).versions.get().samples.get()
        url = f"/versions/{version.pk}/pictures/order/"
        client.post(url, json.dumps({"ids": [foreign.pk]}), content_type="application/json")
        foreign.refresh_from_db()
        assert foreign.position == 0 and self.levels(version) == [1, 2, 4]
        assert client.post(f"/samples/{foreign.pk}/removal/").status_code == 403
        assert client.post(f"/samples/{foreign.pk}/level/", {"level": 16}).status_code == 403

    def test_its_owner_says_how_far_it_goes(self, client, version):
        first = version.samples.first()
        client.post(f"/samples/{first.pk}/level/", {"level": "8"})
        assert self.levels(version) == [8, 2, 4]
        for bad in ("", "0", "32", "7", "x", "-1"):
            client.post(f"/samples/{first.pk}/level/", {"level": bad})
        assert self.levels(version) == [8, 2, 4]

    def test_what_a_moderator_blocked_stays_blocked(self, client, version):
        first = version.samples.first()
        Picture.objects.filter(pk=first.picture_id).update(level=32)
        client.post(f"/samples/{first.pk}/level/", {"level": "1"})
        assert self.levels(version) == [32, 2, 4]

    def test_taken_out_and_the_next_becomes_the_cover(self, client, version):
        client.post(f"/samples/{version.samples.first().pk}/removal/")
        version.model.refresh_from_db()
        assert self.levels(version) == [2, 4] and version.model.cover.level == 2

    def test_a_published_version_keeps_one(self, client, alice):
        version = make.published(alice).versions.get()
        page = client.post(f"/samples/{version.samples.get().pk}/removal/", follow=True).content.decode()
        assert "at least one picture" in page and version.samples.count() == 1

    def test_a_text_named_png_is_refused_after_the_look(self, client, model):
        version = model.versions.get()
        client.post(f"/versions/{version.pk}/pictures/", {"picture": SimpleUploadedFile("a.png", b"hello" * 50)})
        prepare_pictures()
        page = client.get(step(model, "pictures")).content.decode()
        assert version.samples.get().picture.state == "refused"
        assert str(version.samples.get().picture.refusal_sentence)[:20] in page


def test_many_drafts_are_enough(client, alice, monkeypatch):
    monkeypatch.setattr(publishing, "MOST_DRAFTS", 2)
    for _ in range(2):
        client.post("/models/new/")
    answer = client.post("/models/new/")
    assert answer.status_code == 400 and "many drafts" in answer.content.decode()
