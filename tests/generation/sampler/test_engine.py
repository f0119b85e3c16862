"""Pictures: the same seed is the same picture, progress and previews arrive, and a stop is a stop."""

import numpy as np
import pytest
import torch

from generation.pocket import WEIGHTS
from generation.sampler import engine as engines
from generation.sampler import files
from generation.sampler.errors import BadFile, BadRequest, Broken, Stopped
from generation.sampler.samplers import SAMPLERS, schedules_of


def levels(image):
    return np.asarray(image, dtype=int)


def distance(one, other):
    return np.abs(levels(one) - levels(other)).max()


def test_the_same_pixels_as_diffusers_own_pipeline(draw, wish):
    from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline

    pipeline = StableDiffusionPipeline.from_pretrained(WEIGHTS, dtype=torch.float32, safety_checker=None)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = DPMSolverMultistepScheduler.from_config(pipeline.scheduler.config, use_karras_sigmas=True)
    ask = wish(negative_prompt="blurry, lowres")
    theirs = pipeline(
        ask.prompt, negative_prompt=ask.negative_prompt, width=64, height=64, num_inference_steps=4, guidance_scale=5.0,
        generator=torch.Generator().manual_seed(11),
    ).images[0]  # fmt: skip
    assert distance(draw(negative_prompt="blurry, lowres"), theirs) <= 1


def test_the_text_is_read_once_a_picture_and_not_kept(engine, wish):
    ask = wish(steps=6)
    list(engine.draw(ask))
    base = engine._bases[files.content_key(WEIGHTS)]
    crossing = [layer for name, layer in base.unet.named_modules() if name.endswith("attn2")]
    calls = []
    hooks = [layer.to_k.register_forward_hook(lambda module, _in, _out: calls.append(module)) for layer in crossing]
    try:
        list(engine.draw(ask))
        assert len(calls) == len(crossing) == len(set(calls)), "keys of the text are made again at each step"
    finally:
        for hook in hooks:
            hook.remove()
    assert all(layer.kept is None for layer in crossing), "the text of the last picture stays in memory"
    with torch.inference_mode():
        width = crossing[0].to_k.in_features
        tokens, one, other = torch.ones(1, 4, crossing[0].to_q.in_features), *torch.randn(2, 1, 7, width)
        assert not torch.equal(crossing[0](tokens, one), crossing[0](tokens, other)), "another text is read anew"
    engines.forget(crossing)


@pytest.mark.parametrize("sampler", ["DPM++ 2M", "Euler a", "DPM++ 2M SDE"])
def test_a_picture_is_the_same_alone_and_among_others(engine, wish, sampler):
    ask = wish(sampler=sampler, count=3, seed=2**32 - 2)
    together = list(engine.draw(ask))
    assert [(drawn.index, drawn.seed) for drawn in together] == [(0, 2**32 - 2), (1, 2**32 - 1), (2, 0)]
    for drawn in together:
        alone = next(iter(engine.draw(ask.alone(drawn.index))))
        assert alone.seed == drawn.seed
        assert distance(alone.image, drawn.image) <= 1
    assert distance(together[0].image, together[1].image) > 10


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_draws(draw, sampler):
    colours = levels(draw(sampler=sampler, steps=16, width=128, height=128))
    assert colours[:12].mean(axis=(0, 1)).argmax() == 2, "the background is not blue"
    assert colours[56:72, 56:72].mean(axis=(0, 1)).argmax() == 0, "the star is not red"


@pytest.mark.parametrize("schedule", schedules_of("Euler a"))
@pytest.mark.parametrize("sampler", ["DPM++ 2M", "Euler a", "LMS", "DPM++ 3M SDE"])
def test_every_schedule_draws(draw, sampler, schedule):
    image = draw(sampler=sampler, schedule=schedule, steps=8)
    assert levels(image)[:6].mean(axis=(0, 1)).argmax() == 2


@pytest.mark.parametrize("steps", [1, 2, 6])
def test_a_few_steps_are_no_error_for_any_sampler(engine, wish, steps):
    for sampler in SAMPLERS:
        assert len(list(engine.draw(wish(sampler=sampler, steps=steps)))) == 1


def test_steps_and_previews_arrive_for_every_picture(engine, wish):
    seen = []
    ask = wish(count=2, steps=5, sampler="Heun", width=128, height=128)
    for drawn in engine.draw(ask, on_step=lambda i, step, total, preview: seen.append((i, step, total, preview()))):
        last = [preview for index, *_, preview in seen if index == drawn.index][-1]
        assert last.size == (128, 128)
        assert np.abs(levels(last) - levels(drawn.image)).mean() < 25
    for index in (0, 1):
        steps = [step for i, step, _, _ in seen if i == index]
        assert steps == sorted(steps) and steps[-1] == 5
    assert {total for _, _, total, _ in seen} == {5}


def test_previews_of_a_large_decoder_are_a_linear_map(engine, wish, monkeypatch):
    from generation.sampler import previews

    monkeypatch.setattr(previews, "SMALL_DECODER", 0)
    monkeypatch.setattr(engine, "_previewers", {})
    seen = []
    drawn = next(iter(engine.draw(wish(steps=8, width=128, height=128), on_step=lambda *a: seen.append(a[3]()))))
    small = drawn.image.resize((16, 16))
    assert np.abs(levels(seen[-1].resize((16, 16))) - levels(small)).mean() < 40


def test_a_stop_between_steps_ends_the_drawing(engine, wish):
    steps = []
    stream = engine.draw(
        wish(steps=20, count=12), on_step=lambda i, s, t, p: steps.append((i, s)), should_stop=lambda: len(steps) >= 12
    )
    with pytest.raises(Stopped):
        list(stream)
    assert max(step for _, step in steps) == 3
    assert len(list(engine.draw(wish()))) == 1


def test_pictures_before_the_stop_are_kept(engine, wish):
    kept = []
    with pytest.raises(Stopped):
        for drawn in engine.draw(wish(steps=2, count=12), should_stop=lambda: len(kept) >= 4):
            kept.append(drawn.index)
    assert kept == [0, 1, 2, 3]


def test_an_error_of_the_listener_is_not_swallowed(engine, wish, draw):
    def fail(*_):
        raise LookupError

    with pytest.raises(LookupError):
        list(engine.draw(wish(), on_step=fail))
    assert draw()


def test_a_bad_request_is_refused_before_anything_is_drawn(engine, wish):
    with pytest.raises(BadRequest) as refused:
        engine.draw(wish(width=65))
    assert refused.value.field == "width"


def test_clip_skip_changes_the_picture_and_keeps_within_the_encoder(draw):
    assert distance(draw(clip_skip=2), draw()) > 0
    with pytest.raises(BadRequest) as refused:
        draw(clip_skip=3)
    assert refused.value.field == "clip_skip"


def test_clip_skip_two_is_the_last_but_one_layer_normed(engine):
    from generation.sampler.conditioning import _hidden

    engine.warm(WEIGHTS)
    encoder = next(iter(engine._bases.values())).text_encoder
    start, end = encoder.config.vocab_size - 2, encoder.config.vocab_size - 1
    ids = torch.tensor([[start, 5, 6, *[end] * 74]])
    with torch.inference_mode():
        layers = encoder(ids, output_hidden_states=True)
        assert torch.equal(_hidden(encoder, ids, 1), layers.last_hidden_state)
        torch.testing.assert_close(encoder.final_layer_norm(layers.hidden_states[-1]), layers.last_hidden_state)
        assert torch.equal(_hidden(encoder, ids, 2), encoder.final_layer_norm(layers.hidden_states[-2]))


def test_weights_move_the_picture(draw):
    plain = draw(prompt="a red star on a blue background")
    assert distance(draw(prompt="a (red:1.0) star on a blue background"), plain) == 0
    assert distance(draw(prompt="a (red:1.5) star on a blue background"), plain) > 2
    assert distance(draw(prompt="a [red] star on a blue background"), plain) > 0
    assert distance(draw(prompt="a red star on a blue background <lora:gone:1>"), plain) == 0


def test_words_beyond_75_tokens_are_read(draw):
    filler = "masterpiece, best quality, " * 30
    assert distance(draw(prompt=filler + "a red star"), draw(prompt=filler + "a green circle")) > 2
    assert draw(prompt="x", negative_prompt=filler)


def test_break_starts_a_chunk_of_its_own(draw):
    assert distance(draw(prompt="a red star BREAK blue background"), draw(prompt="a red star blue background")) > 0


def test_without_guidance_the_negative_prompt_means_nothing(draw):
    assert distance(draw(cfg_scale=1.0, negative_prompt="red"), draw(cfg_scale=1.0)) == 0


def test_bases_leave_in_the_order_they_were_last_used(wish, tmp_path):
    import shutil

    folders = [tmp_path / name for name in "abc"]
    for number, folder in enumerate(folders):
        shutil.copytree(WEIGHTS, folder)
        (folder / "note.txt").write_text(str(number))
    engine = engines.Engine("cpu", keep_bases=2, threads=1)
    for number in (0, 1, 0, 2):
        engine.warm(folders[number])
    assert engine.resident() == [files.content_key(folders[0]), files.content_key(folders[2])]


def test_bases_leave_when_memory_is_short(tmp_path):
    import shutil

    shutil.copytree(WEIGHTS, tmp_path / "other")
    engine = engines.Engine("cpu", keep_bytes=20_000_000, threads=1)
    engine.warm(WEIGHTS)
    engine.warm(tmp_path / "other")
    assert engine.resident() == [files.content_key(tmp_path / "other")]


def test_a_base_replaced_under_the_same_path_is_loaded_anew(engine, wish, tmp_path):
    import shutil

    from safetensors.torch import load_file, save_file

    folder = tmp_path / "base"
    shutil.copytree(WEIGHTS, folder)
    before = next(iter(engine.draw(wish(base=folder)))).image
    path = folder / "unet/diffusion_pytorch_model.safetensors"
    tensors = {key: tensor * 0.9 for key, tensor in load_file(path).items()}
    path.unlink()
    save_file(tensors, path)
    assert distance(next(iter(engine.draw(wish(base=folder)))).image, before) > 0


def test_numbers_that_run_away_are_said_so(engine, wish, tmp_path):
    import shutil

    from safetensors.torch import load_file, save_file

    folder = tmp_path / "base"
    shutil.copytree(WEIGHTS, folder)
    path = folder / "unet/diffusion_pytorch_model.safetensors"
    tensors = load_file(path)
    tensors["conv_out.bias"] = torch.full_like(tensors["conv_out.bias"], float("inf"))
    path.unlink()
    save_file(tensors, path)
    with pytest.raises(Broken, match="fell apart"):
        list(engine.draw(wish(base=folder)))


def test_two_threads_take_turns(engine, wish, kohya):
    from concurrent.futures import ThreadPoolExecutor

    asks = [wish(loras=((kohya(), 1.0),), count=2), wish(count=2)]
    alone = [[drawn.image for drawn in engine.draw(ask)] for ask in asks]
    with ThreadPoolExecutor(2) as pool:
        rounds = list(pool.map(lambda ask: [drawn.image for drawn in engine.draw(ask)], asks * 3))
    for number, images in enumerate(rounds):
        assert max(distance(a, b) for a, b in zip(images, alone[number % 2], strict=True)) == 0


def test_sdxl_draws_by_the_same_door(engine, wish, tiny_sdxl):
    ask = wish(base=tiny_sdxl, sampler="Euler", count=2, prompt="a (red:1.3) star, " * 30)
    seen = []
    images = [drawn.image for drawn in engine.draw(ask, on_step=lambda *a: seen.append(a[3]().size))]
    assert len(images) == 2 and len(seen) == 8
    assert distance(next(iter(engine.draw(ask.alone(1)))).image, images[1]) <= 1


def test_sdxl_gives_the_pixels_of_diffusers_own_pipeline(engine, wish, tiny_sdxl):
    from diffusers import StableDiffusionXLPipeline

    pipeline = StableDiffusionXLPipeline.from_pretrained(tiny_sdxl, dtype=torch.float32, add_watermarker=False)
    pipeline.set_progress_bar_config(disable=True)
    theirs = pipeline(
        "a red star",
        width=64,
        height=64,
        num_inference_steps=4,
        guidance_scale=5.0,
        generator=torch.Generator().manual_seed(11),
    ).images[0]
    ours = next(iter(engine.draw(wish(base=tiny_sdxl, sampler="Euler", prompt="a red star")))).image
    assert distance(ours, theirs) <= 1


# Bases that are none --------------------------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path):
    import shutil

    shutil.copytree(WEIGHTS, tmp_path / "base")
    return tmp_path / "base"


def refused(engine, ask):
    with pytest.raises(BadFile) as error:
        list(engine.draw(ask))
    return error.value.sentence


def test_a_missing_base_is_said_so(engine, wish, tmp_path):
    assert "missing" in refused(engine, wish(base=tmp_path / "nothing"))


def test_a_base_of_pickles_is_refused(engine, wish, copy):
    (copy / "unet/diffusion_pytorch_model.safetensors").rename(copy / "unet/diffusion_pytorch_model.bin")
    assert "no safetensors" in refused(engine, wish(base=copy))


def test_a_base_with_code_of_its_own_is_refused(engine, wish, copy):
    index = copy / "model_index.json"
    index.write_text(
        index.read_text().replace('"diffusers",\n    "UNet2DConditionModel"', '"evil",\n    "UNet2DConditionModel"')
    )
    assert "code of its own" in refused(engine, wish(base=copy))


def test_a_truncated_base_is_refused(engine, wish, copy):
    path = copy / "vae/diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    assert "cut short" in refused(engine, wish(base=copy))


def test_parts_of_different_bases_are_refused(engine, wish, copy):
    config = copy / "unet/config.json"
    config.write_text(config.read_text().replace('"cross_attention_dim": 96', '"cross_attention_dim": 128'))
    assert "do not belong together" in refused(engine, wish(base=copy))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"_class_name": "FluxPipeline"}', '{"_class_name": ["x"]}'])
def test_a_broken_index_is_refused(engine, wish, copy, text):
    (copy / "model_index.json").write_text(text)
    assert refused(engine, wish(base=copy))


def test_a_single_file_draws_what_its_folder_draws(engine, wish, tmp_path):
    from generation.sampler.checkpoints import write_checkpoint

    path = write_checkpoint(WEIGHTS, tmp_path / "pocket.safetensors", metadata={"modelspec.title": "Pocket"})
    known = files.describe_checkpoint(path)
    assert (known.architecture, known.prediction_type) == (files.POCKET, "v_prediction")
    ours = next(iter(engine.draw(wish(base=path)))).image
    assert distance(ours, next(iter(engine.draw(wish()))).image) <= 1


def test_a_single_sdxl_file_draws_what_its_folder_draws(engine, wish, tiny_sdxl, tmp_path):
    from generation.sampler.checkpoints import write_checkpoint

    path = write_checkpoint(tiny_sdxl, tmp_path / "xl.safetensors", dtype=torch.float32)
    ask = wish(base=tiny_sdxl, sampler="Euler", negative_prompt="blurry")
    theirs = next(iter(engine.draw(ask))).image
    assert (
        distance(
            next(iter(engine.draw(wish(base=path, config=tiny_sdxl, sampler="Euler", negative_prompt="blurry")))).image,
            theirs,
        )
        <= 1
    )


def test_a_checkpoint_without_its_text_encoder_is_refused(engine, wish, tmp_path):
    from safetensors.torch import load_file, save_file

    from generation.sampler.checkpoints import write_checkpoint

    path = write_checkpoint(WEIGHTS, tmp_path / "pocket.safetensors")
    tensors = {key: tensor for key, tensor in load_file(path).items() if not key.startswith("cond_stage_model")}
    save_file(tensors, tmp_path / "pruned.safetensors")
    assert "incomplete" in refused(engine, wish(base=tmp_path / "pruned.safetensors"))


@pytest.mark.parametrize("suffix", [".ckpt", ".pt", ".bin"])
def test_a_single_pickle_is_refused_unopened(engine, wish, tmp_path, suffix):
    import pickle

    class Boom:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    for path in (tmp_path / f"base{suffix}", tmp_path / "renamed.safetensors"):
        path.write_bytes(pickle.dumps(Boom()))
        assert "safetensors" in refused(engine, wish(base=path))
    assert not (tmp_path / "ran").exists()


def test_a_lora_is_no_base(engine, wish, kohya):
    assert "no Stable Diffusion checkpoint" in refused(engine, wish(base=kohya()))
