"""What the pages of training tell: curves, pace, covers, marks."""

import io
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone, translation

from community.domain import pictures
from community.models import Picture
from tests.factories import models_hub as hub
from tests.factories import training as make
from tests.factories.community import image
from training import queries
from training.domain import collecting
from training.models import DatasetPicture, Unpacking

HASH = "EokBBxjHV5aHeIePhXl3aYiKRnIHSHgA"


class TestChart:
    def test_it_spans_the_whole_run_from_the_first_step(self):
        found = queries.chart([0.2, 0.19, 0.15, 0.12], steps=10, epochs=2)
        assert found["raw"].split()[0].startswith(f"{queries.LEFT}.0,") or found["raw"].startswith(f"{queries.LEFT},")
        last = float(found["raw"].split()[-1].split(",")[0])
        assert queries.LEFT < last < queries.RIGHT / 2, "four of ten steps"
        assert [number for number, _end, _middle in found["epochs"]] == [1, 2]
        assert found["epochs"][-1][1] == queries.RIGHT

    def test_its_figures_are_written_as_the_reader_writes_them(self):
        with translation.override("pt-br"):
            found = queries.chart([0.2, 0.1, 0.1, 0.1], steps=4, epochs=2, best=2)
        assert "," in found["now"] and "," in found["best"][2] and all("." not in text for text, _y in found["ticks"])
        assert "." in queries.chart([0.2, 0.1, 0.1, 0.1], steps=4, epochs=2)["now"]

    def test_its_lines_stand_at_round_values_inside_it(self):
        for low, high in ((0.03, 0.11), (0.0004, 0.9), (3, 3.1), (0.1, 0.1)):
            found = queries.chart([high, low] * 20, steps=40, epochs=4)
            assert 1 <= len(found["ticks"]) <= 7
            assert all(queries.TOP <= y <= queries.BOTTOM for _text, y in found["ticks"]), (low, high)
            assert all(len(text) <= 6 for text, _y in found["ticks"])

    def test_one_wild_step_does_not_flatten_it(self):
        calm, wild = [0.1, 0.11] * 60, [0.1, 0.11] * 60
        wild[7] = 50.0
        assert (
            queries.chart(wild, steps=120, epochs=2)["ticks"][-1][0]
            == queries.chart(calm, steps=120, epochs=2)["ticks"][-1][0]
        )

    def test_steps_without_a_loss_are_left_out_and_too_few_draw_nothing(self):
        assert queries.chart([None, 0.1], steps=2, epochs=1) is None
        assert "nan" not in str(queries.chart([0.1, None, 0.2], steps=3, epochs=3, best=3))

    def test_the_best_epoch_is_marked_where_it_ended(self):
        x, _y, _text, _above, is_at_the_end = queries.chart([0.2, 0.1, 0.1, 0.2], steps=4, epochs=2, best=1)["best"]
        assert not is_at_the_end and queries.chart([0.2, 0.1, 0.1, 0.1], steps=4, epochs=2, best=2)["best"][4]
        assert queries.LEFT < x < queries.RIGHT / 2


def test_the_pace_is_that_of_the_worker_who_has_it():
    now = timezone.now()
    run = SimpleNamespace(
        state="done",
        pace_at=now - timedelta(seconds=10),
        pace_step=30,
        finished_at=now,
        progress_done=50,
        progress_total=80,
    )
    assert queries.pace(run) == (2.0, 15.0), "twenty steps in ten seconds; what others did before is no part of it"
    for state in ("queued", "paused"):
        run.state = state
        assert queries.pace(run) == (None, None)
    run.state, run.progress_done = "running", 30
    assert queries.pace(run) == (None, None)


def test_of_many_epochs_the_last_are_shown_and_the_best_with_them():
    epochs = list(range(1, 21))
    assert queries.shown_epochs(epochs, 19) == [15, 16, 17, 18, 19, 20]
    assert queries.shown_epochs(epochs, 3) == [3, 16, 17, 18, 19, 20]
    assert queries.shown_epochs(epochs, 3, whole=True) == epochs
    assert queries.shown_epochs([1, 2], 1) == [1, 2] and queries.shown_epochs([], None) == []


def test_epochs_that_will_come_have_their_place_while_it_runs():
    run = SimpleNamespace(is_final=False, settings={"epochs": 8})
    assert queries.coming_epochs(run, [1]) == [2, 3, 4, 5, 6]
    assert queries.coming_epochs(run, [1, 2, 3, 4, 5, 6, 7]) == []
    run.settings["epochs"] = 3
    assert queries.coming_epochs(run, [1, 2]) == [3] and queries.coming_epochs(run, [1, 2, 3]) == []
    run.is_final = True
    assert queries.coming_epochs(run, [1]) == []


@pytest.mark.django_db
def test_a_run_of_twenty_epochs_stays_a_page_and_all_of_it_is_one_press_away(
    client, people, django_assert_max_num_queries
):
    from training.models import Dataset, Epoch, TrainingRun

    dataset = Dataset.objects.create(owner=people.alice, name="Moons")
    version = hub.published(people.charlie, base_model="Pocket").versions.get()
    told = {"settings": {"epochs": 20, "repeats": 1, "rank": 4, "alpha": 4.0}, "submission": "x", "name": "Moons"}
    run = TrainingRun.objects.create(owner=people.alice, dataset=dataset, base=version, progress_total=20, **told)
    Epoch.objects.bulk_create(
        Epoch(run=run, number=n, step=n, loss=0.5 if n == 3 else 1.0, key=f"e{n}", size_bytes=1, sha256="")
        for n in range(1, 21)
    )
    for n in range(30):
        run.say(f"line {n}")
    client.force_login(people.alice)
    client.get(run.get_absolute_url())
    with django_assert_max_num_queries(12):
        page = client.get(run.get_absolute_url()).content.decode()
    numbers = [int(n) for n in re.findall(r"<b>Epoch (\d+)</b>", page)]
    assert numbers == [20, 19, 18, 17, 16, 3] and page.count("<time") == 6 and "All 30 lines" in page
    whole = client.get(f"{run.get_absolute_url()}?all=1").content.decode()
    assert len(re.findall(r"<b>Epoch \d+</b>", whole)) == 20 and whole.count("<time") == 30
    assert f'hx-get="{run.get_absolute_url()}?all=1"' in whole, "it stays so while it is asked for again"


@pytest.mark.django_db
def test_receipts_call_a_run_by_its_name_and_lead_to_it_while_it_is_there(people):
    from civitai.moderated import QUARANTINED
    from training.models import Dataset, TrainingRun

    dataset = Dataset.objects.create(owner=people.alice, name="Moons")
    version = hub.published(people.charlie, base_model="Pocket").versions.get()
    run = TrainingRun.objects.create(owner=people.alice, dataset=dataset, base=version, submission="x", name="Moons")
    url = run.get_absolute_url()
    urls = [url, "/training/runs/7/", f"/training/runs/{'-' * 36}/", "/create?generation=7"]
    assert queries.names_by_url(urls) == {url: "Moons"}
    assert queries.gone_by_url(urls, user=people.alice) == {} and queries.gone_by_url(urls, user=people.bob) == {
        url: True
    }
    Dataset.objects.update(hidden_reason=QUARANTINED, hidden_at=timezone.now())
    assert queries.gone_by_url(urls, user=people.alice) == {url: True}


@pytest.mark.django_db
class TestSets:
    @pytest.fixture
    def dataset(self, people):
        dataset = collecting.start(people.alice, name="Moons")
        for name, size in (("a.png", (200, 200)), ("b.png", (200, 200)), ("c.png", (90, 200))):
            collecting.add_files(dataset, [SimpleUploadedFile(name, image(size))])
        collecting.add_files(dataset, [SimpleUploadedFile("d.png", b"\x89PNG\r\n\x1a\nnothing")])
        for picture in Picture.objects.filter(state="pending"):
            pictures.prepare(picture)
        return dataset

    def test_what_is_wrong_stands_on_the_picture_and_in_the_checks(self, client, people, dataset):
        rows = queries.marked(list(dataset.pictures.select_related("picture")))
        assert [row.twin for row in rows] == [2, 1, 0, 0] == [row.near for row in rows] and [
            row.is_small for row in rows
        ][2]
        assert {key: numbers for _kind, key, numbers in queries.checks(rows)} == {
            "refused": [4],
            "small": [3],
            "bare": [1, 2, 3],
            "same": [1, 2],
        }
        client.force_login(people.alice)
        page = client.get(dataset.get_absolute_url()).content.decode()
        assert "Same as no. 2" in page and "90 × 200" in page and "This is no picture that we can show" in page

    def test_one_kind_of_them_is_shown_by_its_number_in_the_whole(self, client, people, dataset):
        collecting.caption(dataset.pictures.all()[2], "zbr, a moon")
        client.force_login(people.alice)

        def shown(query):
            page = client.get(f"{dataset.get_absolute_url()}{query}").content.decode()
            return [int(n) for n in re.findall(r'id="picture-(\d+)"', page)]

        assert shown("") == [1, 2, 3, 4] == shown("?show=nonsense")
        assert shown("?show=small") == [3] and shown("?show=same") == [1, 2] and shown("?show=refused") == [4]
        assert shown("?show=bare") == [1, 2] and shown("?word=a%20moon") == [3] and shown("?word=moon") == []
        page = client.get(f"{dataset.get_absolute_url()}?show=held").content.decode()
        assert "None of this kind" in page and "No picture yet" not in page

    def test_leaving_one_out_leaves_the_rest_of_the_page_as_it_is(self, client, people, dataset):
        client.force_login(people.alice)
        row = dataset.pictures.first()
        url = f"/training/pictures/{row.pk}/removal/?show=same"
        answer = client.post(url, headers={"HX-Request": "true", "HX-Target": "pictures"})
        page = answer.content.decode()
        assert "<html" not in page and 'id="set-checks"' in page and answer["HX-Trigger"] == "set-ready"
        assert dataset.pictures.count() == 3 and "None of this kind" in page, "its twin is alone now"

    def test_checks_follow_a_caption(self, client, people, dataset):
        client.force_login(people.alice)
        row = dataset.pictures.first()
        saved = client.post(f"/training/pictures/{row.pk}/caption/", {"caption": "x"}, headers={"HX-Request": "true"})
        assert saved["HX-Trigger"] == "captions-changed"
        part = client.get(dataset.get_absolute_url(), headers={"HX-Target": "set-checks", "HX-Request": "true"})
        assert "No. 2" in part.content.decode() and "?show=bare#picture-1" not in part.content.decode()
        assert "<html" not in part.content.decode() and "hx-swap-oob" not in part.content.decode()

    def test_when_the_last_picture_is_ready_the_price_and_the_checks_follow(self, client, people, dataset):
        client.force_login(people.alice)
        ask = {"headers": {"HX-Target": "pictures", "HX-Request": "true"}}
        done = client.get(dataset.get_absolute_url(), **ask)
        assert done.status_code == 286 and done["HX-Trigger"] == "set-ready"
        assert 'id="set-checks" hx-swap-oob="true"' in done.content.decode()
        collecting.add_files(dataset, [SimpleUploadedFile("e.png", image((210, 200)))])
        moving = client.get(dataset.get_absolute_url(), **ask)
        assert moving.status_code == 200 and "HX-Trigger" not in moving
        page = client.get(dataset.get_absolute_url()).content.decode()
        assert 'hx-trigger="set-ready from:body"' in page and "hx-swap-oob" not in page

    def test_the_list_shows_a_picture_of_each_and_how_many_it_has(
        self, client, people, dataset, django_assert_num_queries
    ):
        collecting.start(people.alice, name="Empty")
        collecting.start(people.bob, name="Of bob")
        found = {row.name: row for row in queries.sets_of(people.alice)}
        assert set(found) == {"Moons", "Empty"}
        assert found["Moons"].count == 4 and found["Moons"].cover == dataset.pictures.first().picture
        assert found["Empty"].cover is None
        with django_assert_num_queries(2):
            queries.sets_of(people.alice)
        client.force_login(people.alice)
        assert "4 pictures" in client.get("/training/").content.decode()


@pytest.mark.django_db
def test_five_hundred_pictures_come_in_parts_and_cost_no_more_queries(client, people, django_assert_max_num_queries):
    dataset = collecting.start(people.alice, name="Many")
    stored = [hub.picture(people.alice, thumbhash=HASH, pixels_sha256=f"{n:064}") for n in range(500)]
    DatasetPicture.objects.bulk_create(
        DatasetPicture(dataset=dataset, picture=picture, name=f"{n}.png", caption=f"zbr, moon {n}", position=n)
        for n, picture in enumerate(stored)
    )
    client.force_login(people.alice)
    client.get(dataset.get_absolute_url())
    with django_assert_max_num_queries(12):
        page = client.get(dataset.get_absolute_url()).content.decode()
    assert page.count('class="sample') - page.count("sample-bare") == queries.SHOWN and "Show 452 more" in page
    whole = client.get(f"{dataset.get_absolute_url()}?all=1").content.decode()
    assert 'id="picture-500"' in whole and "more" not in re.findall(r"set-more.*?</p>", whole)


@pytest.mark.django_db
def test_a_base_that_the_trainer_does_not_know_is_named_before_anything_is_uploaded(client, people):
    from models_hub.models import ModelVersion

    client.force_login(people.alice)
    assert "not trained on yet" not in client.get("/training/").content.decode()
    model = hub.published(people.charlie, name="Great XL", type="Checkpoint", base_model="SDXL 1.0")
    ModelVersion.objects.filter(model=model).update(can_generate=True)
    dataset = collecting.start(people.alice, name="Moons")
    for url in ("/training/", dataset.get_absolute_url()):
        assert "not trained on yet: Great XL." in client.get(url).content.decode(), url
    told = {"base": model.versions.get().pk, "epochs": 1, "repeats": 1, "rank": 4, "learning_rate": "0.002"}
    told |= {"attested": "on", "submission": "a" * 32}
    answer = client.post(f"/training/sets/{dataset.pk}/runs/", told)
    assert answer.status_code == 400 and not dataset.runs.exists()


def test_words_that_several_captions_have_are_told():
    def told(*captions):
        return [(word, n) for word, n, _percent in queries.words([SimpleNamespace(caption=text) for text in captions])]

    assert told("zbr, a moon", "zbr, a hill", "a hill") == [("zbr", 2), ("a hill", 2)]
    assert told("a moon", "a hill") == [("a moon", 1), ("a hill", 1)] and told() == []


@pytest.mark.django_db
def test_what_a_zip_lacked_is_told_for_a_day(client, people):
    dataset = collecting.start(people.alice, name="Zip")
    told = {"dataset": dataset, "name": "set.zip", "size_bytes": 1, "state": "done", "refused": [["a.png", "broken"]]}
    job = Unpacking.objects.create(key="zips/1", finished_at=timezone.now(), **told)
    client.force_login(people.alice)
    assert "a.png: it is broken" in client.get(dataset.get_absolute_url()).content.decode()
    Unpacking.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=2))
    assert "set.zip" not in client.get(dataset.get_absolute_url()).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 1])
def test_a_set_of_none_or_one_says_so_and_can_not_be_started(client, people, count):
    dataset = collecting.start(people.alice, name="Few")
    for n in range(count):
        collecting.add(dataset, hub.picture(people.alice), name=f"{n}.png", caption="zbr")
    client.force_login(people.alice)
    page = client.get(dataset.get_absolute_url()).content.decode()
    assert ("No picture yet" in page) == (count == 0) and re.search(r'form="run" disabled', page)
    assert ('popovertarget="captions-all"' in page) == (count == 1)


def test_what_nearly_looks_the_same_is_found_and_what_is_like_it_is_not():
    from PIL import Image

    from community.pixels.decode import _impression

    def hashed(picture):
        return _impression(picture)[0]

    def rows_of(*images):
        return [
            SimpleNamespace(number=n, picture=SimpleNamespace(thumbhash=hashed(one))) for n, one in enumerate(images, 1)
        ]

    pictures = [Image.fromarray(pixels) for pixels, _caption in make.striped(20)]
    assert list(queries._near(rows_of(*pictures))) == [], "one style, other subjects"
    for one in pictures[:6]:
        buffer = io.BytesIO()
        one.save(buffer, "JPEG", quality=60)
        for again in (Image.open(buffer).convert("RGB"), one.resize((90, 90))):
            (pair,) = queries._near(rows_of(one, again))
            assert {row.number for row in pair} == {1, 2}


def test_what_the_trainer_says_is_told_in_the_readers_language():
    pytest.importorskip("torch", reason="the worker extra is not installed")
    import ast
    from pathlib import Path

    from django.utils.translation import gettext, override

    import training.trainer
    from training.refusals import OF_THE_TRAINER
    from training.trainer.settings import TrainerError

    said = set()
    for path in Path(training.trainer.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "TrainerError":
                said.add(node.args[0].value)
    assert said == set(OF_THE_TRAINER)
    with override("pt-br"):
        assert (
            TrainerError("Picture {number} can't be encoded by this base model.", number=3)
            .told(gettext)
            .startswith("A imagem 3")
        )
