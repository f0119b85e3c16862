"""Asked for, drawn by the real engine with the pocket weights, stored with its recipe inside."""

import io
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

pytest.importorskip("torch", reason="the worker extra is not installed")

from civitai import jobs, storages
from civitai.jobs import JobState
from gallery.metadata import reader
from generation.domain import drawing
from generation.models import Generation, GenerationResult
from generation.tasks import draw
from tests.factories import generation as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def base(people):
    return make.pocket_base(people.alice)


def again(job):
    return Generation.objects.get(pk=job.pk)


def found_in(result):
    return reader.read(io.BytesIO(storages.private().read(result.picture.key)))


def test_pictures_come_with_the_whole_recipe_inside(people, base):
    stripes = make.lora(people.bob)
    job = make.asked(people.charlie, base, count=2, loras=((stripes, 0.8),), negative_prompt="blurry", seed=2**32 - 1)
    draw.plain(str(job.pk))
    job = again(job)
    assert (job.state, job.progress_done, job.percent) == (JobState.DONE, 8, 100), job.error
    first, second = job.results.all()
    assert (first.seed, second.seed) == (2**32 - 1, 0), "seeds count on, and wrap"
    assert first.picture.sha256 != second.picture.sha256
    assert first.picture.made_here and first.picture.owner == people.charlie and not first.picture.is_public
    recipe = found_in(first).recipe
    assert (recipe.prompt, recipe.negative_prompt) == (job.prompt, "blurry")
    assert (recipe.steps, recipe.cfg_scale, recipe.seed, recipe.width, recipe.height) == (4, 5.0, 2**32 - 1, 128, 128)
    assert {(r.version_id, r.weight) for r in recipe.resources} == {(base.pk, None), (stripes.pk, 0.8)}
    hashes = {r.hash for r in recipe.references()}
    auto_v2 = base.files.get().hashes.get(kind="AutoV2").value.lower()
    auto_v3 = stripes.files.get().hashes.get(kind="AutoV3").value.lower()
    assert recipe.model_hash == auto_v2 and auto_v3 in hashes


def test_a_lora_changes_the_picture_and_leaves_no_trace(people, base):
    stripes = make.lora(people.bob, strength=1.5)
    pictures = []
    for loras in ((), ((stripes, 1.0),), ()):
        job = make.asked(people.alice, base, loras=loras)
        draw.plain(str(job.pk))
        pictures.append(again(job).results.get().picture.pixels_sha256)
    assert pictures[0] == pictures[2] != pictures[1]


def test_a_picture_costs_few_statements(people, base, monkeypatch, django_assert_max_num_queries):
    """Beats apart, which come by the clock: 22 statements, and the marks of their transactions."""
    monkeypatch.setattr(drawing, "BEAT_EVERY_S", 3600)
    job = make.asked(people.alice, base)
    draw.plain(str(job.pk))  # the first one loads what later ones find in memory
    job = make.asked(people.alice, base)
    with django_assert_max_num_queries(38):
        drawing.draw(job.pk)
    assert again(job).state == JobState.DONE


def test_a_message_that_comes_twice_draws_once(people, base):
    job = make.asked(people.alice, base)
    draw.plain(str(job.pk))
    draw.plain(str(job.pk))
    assert again(job).results.count() == 1
    assert again(job).attempt == 1


def test_after_a_lost_worker_only_what_is_missing_is_drawn(people, base, monkeypatch):
    """The worker dies after the first of two pictures; the next attempt draws the other one alone."""
    job = make.asked(people.alice, base, count=2)
    keep = drawing._keep

    def dies_after_one(job, index, drawn):
        if index == 1:
            raise SystemExit
        keep(job, index, drawn)

    monkeypatch.setattr(drawing, "_keep", dies_after_one)
    # A killed process runs no handler: claim must not end the row.
    monkeypatch.setattr(jobs.Job, "_end", lambda *args, **kwargs: None)
    with pytest.raises(SystemExit):
        draw.plain(str(job.pk))
    monkeypatch.undo()
    assert again(job).state == JobState.RUNNING
    kept = again(job).results.get().picture_id

    Generation.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    jobs.reap()
    drawn = []
    real = drawing.engine().draw
    monkeypatch.setattr(
        drawing.engine(), "draw", lambda request, **k: drawn.append((request.seed, request.count)) or real(request, **k)
    )
    draw.plain(str(job.pk))
    job = again(job)
    assert (job.state, job.attempt) == (JobState.DONE, 2)
    assert drawn == [(8, 1)]
    assert [result.index for result in job.results.all()] == [0, 1]
    assert job.results.first().picture_id == kept


def test_a_late_worker_keeps_nothing(people, base, monkeypatch):
    job = make.asked(people.alice, base)
    keep = drawing._keep

    def another_attempt_began(job, index, drawn):
        Generation.objects.filter(pk=job.pk).update(attempt=2)
        keep(job, index, drawn)

    monkeypatch.setattr(drawing, "_keep", another_attempt_began)
    draw.plain(str(job.pk))
    assert not GenerationResult.objects.exists()
    assert again(job).state == JobState.RUNNING, "the other attempt's row is its own"


def test_cancelled_on_the_way_it_keeps_what_is_finished(people, base, monkeypatch):
    monkeypatch.setattr(drawing, "_runs", lambda indexes: [(index, 1) for index in indexes])
    job = make.asked(people.alice, base, count=3)
    keep = drawing._keep

    def cancel_after(job, index, drawn):
        keep(job, index, drawn)
        again(job).cancel(by=people.alice)

    monkeypatch.setattr(drawing, "_keep", cancel_after)
    draw.plain(str(job.pk))
    job = again(job)
    assert job.state == JobState.CANCELLED
    assert [result.index for result in job.results.all()] == [0]


def test_previews_arrive_and_go(people, base, monkeypatch):
    monkeypatch.setattr(drawing, "PREVIEW_EVERY_S", 0)
    seen = []
    keep = drawing._keep
    monkeypatch.setattr(drawing, "_keep", lambda job, *rest: seen.append(drawing.preview_of(job)) or keep(job, *rest))
    job = make.asked(people.alice, base)
    draw.plain(str(job.pk))
    assert seen[0][:4] == b"RIFF" and seen[0][8:12] == b"WEBP"
    assert drawing.preview_of(job) is None


def test_a_cache_that_is_away_costs_previews_and_no_picture(people, base, monkeypatch):
    def away(*_args):
        raise ConnectionError("the cache is away")

    monkeypatch.setattr(drawing, "PREVIEW_EVERY_S", 0)
    monkeypatch.setattr(drawing, "shared", SimpleNamespace(set=away, delete=away))
    job = make.asked(people.alice, base, count=2)
    draw.plain(str(job.pk))
    assert again(job).state == JobState.DONE and again(job).results.count() == 2


def test_a_lora_whose_shapes_do_not_fit_is_a_sentence(people, base):
    """It says Pocket, but its tensors are of another size."""
    wrong = make.lora(people.bob, name="Wrong")
    import numpy as np
    from safetensors.numpy import save_file

    from models_hub.domain import importing

    path = make._folder() / "wrong.safetensors"
    stem = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_v"
    save_file(
        {f"{stem}.lora_down.weight": np.zeros((4, 999), "f4"), f"{stem}.lora_up.weight": np.zeros((48, 4), "f4")}, path
    )
    wrong.files.all().delete()
    importing.add_file_from_path(wrong, path)
    job = make.asked(people.alice, base, loras=((wrong, 1.0),))
    draw.plain(str(job.pk))
    job = again(job)
    assert job.state == JobState.FAILED
    assert "fit" in job.error or "made for" in job.error, job.error
    assert not job.results.exists()


def test_the_sentence_of_a_failure_speaks_the_owners_language(people, base):
    people.alice.choose_language("pt-br")
    job = make.asked(people.alice, base)
    base.files.get().move("removed")
    draw.plain(str(job.pk))
    assert again(job).error == "O arquivo de “Pocket” sumiu. Tire-o e tente de novo."


def test_out_of_memory_names_the_size(people, base, monkeypatch):
    def full(*args, **kwargs):
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")

    job = make.asked(people.alice, base)
    monkeypatch.setattr(drawing.engine(), "draw", full)
    draw.plain(str(job.pk))
    assert "128 × 128" in again(job).error


def test_a_surprise_is_raised_and_told_neutrally(people, base, monkeypatch):
    job = make.asked(people.alice, base)
    monkeypatch.setattr(drawing.engine(), "draw", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        draw.plain(str(job.pk))
    assert again(job).error == str(jobs.BROKEN)
