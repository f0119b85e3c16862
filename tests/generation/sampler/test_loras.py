"""LoRAs: put on with their true strength, taken off without a trace, refused where they don't fit."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.sampler import files, loras
from generation.sampler.errors import BadFile, BadRequest, DoesNotFit


def distance(one, other):
    return np.abs(np.asarray(one, dtype=int) - np.asarray(other, dtype=int)).max()


def test_a_lora_changes_the_picture_and_leaves_no_trace(draw, kohya):
    before = draw()
    with_lora = draw(loras=((kohya(), 1.0),))
    assert distance(with_lora, before) > 10
    assert draw().tobytes() == before.tobytes()
    assert draw(loras=((kohya(), 0.0),)).tobytes() == before.tobytes()
    assert draw(loras=((kohya(), 1.0),)).tobytes() == with_lora.tobytes()


def test_alpha_of_half_the_rank_is_half_the_weight(draw, kohya):
    whole, half = kohya("whole", alpha=4.0), kohya("half", alpha=2.0)
    assert draw(loras=((half, 1.0),)).tobytes() == draw(loras=((whole, 0.5),)).tobytes()
    assert distance(draw(loras=((half, 1.0),)), draw(loras=((whole, 1.0),))) > 2
    assert draw(loras=((half, 2.0),)).tobytes() == draw(loras=((whole, 1.0),)).tobytes()


def test_no_alpha_means_the_rank(draw, kohya):
    assert (
        draw(loras=((kohya("none", alpha=None), 1.0),)).tobytes()
        == draw(loras=((kohya("same", alpha=4.0), 1.0),)).tobytes()
    )


def test_the_weight_of_peft_in_one_picture(draw, wish, kohya):
    """The same LoRA by peft's adapters gives the same picture."""
    from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline

    ask = wish()
    pipeline = StableDiffusionPipeline.from_pretrained(ask.base, dtype=torch.float32, safety_checker=None)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = DPMSolverMultistepScheduler.from_config(pipeline.scheduler.config, use_karras_sigmas=True)
    path = kohya("peft", alpha=4.0)
    pipeline.load_lora_weights(path, adapter_name="one")
    pipeline.set_adapters(["one"], [0.7])
    theirs = pipeline(
        ask.prompt,
        width=64,
        height=64,
        num_inference_steps=4,
        guidance_scale=5.0,
        generator=torch.Generator().manual_seed(11),
    ).images[0]
    assert distance(draw(loras=((path, 0.7),)), theirs) <= 1


def test_kohya_and_diffusers_spell_the_same_lora(draw, kohya):
    ours, theirs = kohya("kohya", encoder=True), kohya("diffusers", encoder=True, spelling="diffusers")
    assert draw(loras=((ours, 1.0),)).tobytes() == draw(loras=((theirs, 1.0),)).tobytes()


def test_pefts_alpha_stands_in_the_metadata(draw, kohya):
    peft = kohya("peft", spelling="diffusers", lora_adapter_metadata='{"unet.r": 4, "unet.lora_alpha": 2}')
    assert draw(loras=((peft, 1.0),)).tobytes() == draw(loras=((kohya(), 0.5),)).tobytes()


def test_the_text_encoders_part_is_applied(draw, kohya):
    assert distance(draw(loras=((kohya("both", encoder=True), 1.0),)), draw(loras=((kohya("unet"), 1.0),))) > 0


def test_several_at_once_in_any_order(draw, kohya):
    one, two = kohya("one"), kohya("two", rank=8, alpha=8.0)
    both = draw(loras=((one, 0.6), (two, -0.4)))
    assert distance(both, draw(loras=((one, 0.6),))) > 2
    assert distance(both, draw(loras=((two, -0.4), (one, 0.6)))) <= 1
    assert distance(draw(loras=((one, 0.5), (one, 0.5))), draw(loras=((one, 1.0),))) <= 1


def remade(path, change):
    tensors = change(load_file(path))
    path.unlink()
    save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, path)
    return path


def test_a_lora_of_another_family_is_refused_by_name(draw, kohya):
    def widen(tensors):
        return {k: torch.zeros(4, 768) if "attn2_to_k" in k or "lora_down" in k else v for k, v in tensors.items()} | {
            "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight": torch.zeros(
                4, 768
            ),
            "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_up.weight": torch.zeros(48, 4),
        }

    before = draw()
    with pytest.raises(DoesNotFit, match="does not fit the chosen base model.*Stable Diffusion 1"):
        draw(loras=((remade(kohya(), widen), 1.0),))
    assert draw().tobytes() == before.tobytes()


def test_a_lora_with_parts_that_have_no_place_is_refused(draw, kohya):
    path = remade(kohya(), lambda t: {k.replace("down_blocks_0", "down_blocks_7"): v for k, v in t.items()})
    with pytest.raises(DoesNotFit, match="have no place in it"):
        draw(loras=((path, 1.0),))


def test_a_refused_lora_after_a_good_one_leaves_the_base_clean(draw, kohya):
    before = draw()
    bad = remade(kohya("bad"), lambda t: {k.replace("down_blocks_0", "down_blocks_7"): v for k, v in t.items()})
    with pytest.raises(DoesNotFit):
        draw(loras=((kohya("good"), 1.0), (bad, 1.0)))
    assert draw().tobytes() == before.tobytes()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: {k: v for k, v in t.items() if "lora_up" not in k}, "incomplete"),
        (lambda t: {k: v * float("nan") for k, v in t.items()}, "no numbers"),
        (lambda t: t | {"lora_unet_x.what": torch.zeros(1)}, "not understood"),
        (lambda t: t | {"lora_unet_x.dora_scale": torch.zeros(1)}, "DoRA"),
        (lambda t: {"weight": torch.zeros(1)}, "no LoRA"),
    ],
)
def test_broken_loras_are_refused(draw, kohya, change, sentence):
    with pytest.raises(BadFile, match=sentence):
        draw(loras=((remade(kohya(), change), 1.0),))


def test_pickles_and_missing_files_are_refused(draw, tmp_path):
    (tmp_path / "lora.pt").write_bytes(b"\x80\x04.")
    with pytest.raises(BadFile, match="safetensors"):
        draw(loras=((tmp_path / "lora.pt", 1.0),))
    with pytest.raises(BadFile, match="missing"):
        draw(loras=((tmp_path / "gone.safetensors", 1.0),))
    (tmp_path / "lora.txt").write_bytes(b"x")
    with pytest.raises((BadFile, BadRequest)):
        draw(loras=((tmp_path / "lora.txt", 1.0),))


def target(width=6, inner=4, conv=False):
    model = torch.nn.Module()
    layer = torch.nn.Conv2d(inner, width, 3, bias=False) if conv else torch.nn.Linear(inner, width, bias=False)
    torch.nn.init.zeros_(layer.weight)
    model.add_module("layer", layer)
    config = {"layers_per_block": 1, "down_block_types": [], "up_block_types": []}
    return loras.Weights({"unet": model}, config), layer


def applied(networks, **shape):
    weights, layer = target(**shape)
    weights.put([("k", loras.Lora({"lora_unet_layer": networks}, None, 0), 1.0)])
    return layer.weight.data


def test_loha_is_the_product_of_two():
    g = torch.Generator().manual_seed(0)
    a1, b1, a2, b2 = (torch.randn(shape, generator=g) for shape in [(6, 2), (2, 4), (6, 2), (2, 4)])
    net = {"hada_w1_a": a1, "hada_w1_b": b1, "hada_w2_a": a2, "hada_w2_b": b2, "alpha": torch.tensor(1.0)}
    torch.testing.assert_close(applied(net), (a1 @ b1) * (a2 @ b2) * 0.5)


def test_lokr_is_the_kronecker_product():
    g = torch.Generator().manual_seed(0)
    w1, a, b = (torch.randn(shape, generator=g) for shape in [(3, 2), (2, 1), (1, 2)])
    net = {"lokr_w1": w1, "lokr_w2_a": a, "lokr_w2_b": b, "alpha": torch.tensor(0.5)}
    torch.testing.assert_close(applied(net), torch.kron(w1, a @ b) * 0.5)
    with pytest.raises(DoesNotFit):
        applied(net | {"lokr_w1": torch.zeros(4, 2)})


def test_locon_patches_convolutions():
    g = torch.Generator().manual_seed(0)
    down, up = torch.randn(2, 4, 3, 3, generator=g), torch.randn(6, 2, 1, 1, generator=g)
    delta = applied({"down": down, "up": up, "alpha": torch.tensor(2.0)}, conv=True)
    torch.testing.assert_close(delta, (up.flatten(1) @ down.flatten(1)).reshape(6, 4, 3, 3))


def test_sdxl_loras_under_their_original_names_find_their_places(engine, wish, tiny_sdxl, tmp_path):
    def draw(*stack):
        return next(iter(engine.draw(wish(base=tiny_sdxl, sampler="Euler", loras=stack)))).image

    def make(name, module):
        g = torch.Generator().manual_seed(1)
        path = tmp_path / f"{name}.safetensors"
        save_file({
            f"{module}.lora_down.weight": torch.randn(2, 80, generator=g), f"{module}.lora_up.weight": torch.randn(64, 2, generator=g),
            f"{module}.alpha": torch.tensor(2.0)}, path)  # fmt: skip
        return path

    original = make("original", "lora_unet_input_blocks_3_1_transformer_blocks_1_attn2_to_k")
    diffusers = make("diffusers", "lora_unet_down_blocks_1_attentions_0_transformer_blocks_1_attn2_to_k")
    assert draw((original, 1.0)).tobytes() == draw((diffusers, 1.0)).tobytes()
    assert distance(draw((original, 1.0)), draw()) > 0
    both = tmp_path / "te.safetensors"
    save_file({
        f"lora_te{n}_text_model_encoder_layers_0_self_attn_v_proj.{part}.weight": torch.randn(shape) * 9
        for n, width in ((1, 32), (2, 48)) for part, shape in (("lora_down", (2, width)), ("lora_up", (width, 2)))}, both)  # fmt: skip
    assert distance(draw((both, 1.0)), draw()) > 0


def test_a_lora_is_described_from_its_header(kohya):
    path = kohya(
        rank=8, alpha=4.0, ss_network_dim="8", ss_network_alpha="4.0",
        ss_tag_frequency='{"10_stripes": {"stripes": 20, "star": 3}, "reg": {"star": 1}}', **{"modelspec.trigger_phrase": "stripes, flat"},
    )  # fmt: skip
    known = files.describe_lora(path)
    assert (known.kind, known.rank, known.alpha, known.network_module) == ("LoRA", 8, 4.0, "networks.lora")
    assert known.trigger_words == ("stripes", "flat")
    assert known.tags == {"stripes": 20, "star": 4}


@pytest.mark.parametrize("tags", ["", "{", "[]", '{"a": 1}', '{"a": {"b": "x"}}', "[" * 100_000])
def test_hostile_metadata_is_no_error(kohya, tags):
    assert files.describe_lora(kohya(ss_tag_frequency=tags, ss_network_dim="-1", ss_network_alpha="nan")).tags == {}
