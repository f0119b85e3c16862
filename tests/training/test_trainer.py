"""The trainer alone: what it writes, that it goes on bit for bit, that a style is learnt."""

import hashlib
import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the worker extra is not installed")

from generation.pocket import WEIGHTS  # noqa: E402
from generation.pocket.captions import plain_caption  # noqa: E402
from generation.pocket.checker import score, stripes  # noqa: E402
from generation.sampler.bases import load_base  # noqa: E402
from generation.sampler.engine import Engine  # noqa: E402
from generation.sampler.request import DrawRequest  # noqa: E402
from models_hub.formats import hashing, safetensors  # noqa: E402
from tests.factories import training as make  # noqa: E402
from training.trainer.captions import tag_frequency  # noqa: E402
from training.trainer.loop import Training  # noqa: E402
from training.trainer.material import prepare  # noqa: E402
from training.trainer.settings import Settings, TrainerError  # noqa: E402
from training.trainer.writing import write  # noqa: E402

SMALL = Settings(epochs=2, repeats=2, rank=4, alpha=2.0, batch_size=4, warmup=2, flip=True, noise_offset=0.05)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return make.write_pairs(tmp_path_factory.mktemp("pairs"), count=20)


def begin(pairs, settings):
    torch.set_num_threads(1)
    base = load_base(WEIGHTS, key="base", device=torch.device("cpu"), dtype=torch.float32)
    return Training(base, prepare(base, pairs, settings), settings)


def go(training, steps=None):
    for progress in training.go():
        if steps and progress.step == steps:
            return training
    return training


def test_killed_and_resumed_it_gives_the_same_bits(pairs, tmp_path):
    whole = go(begin(pairs[:6], SMALL))
    first = go(begin(pairs[:6], SMALL), steps=4)
    first.save(tmp_path / "checkpoint")
    second = begin(pairs[:6], SMALL)
    second.restore(tmp_path / "checkpoint")
    go(second)
    assert second.step == whole.step == 6 and second.losses == whole.losses
    for key, tensor in whole.tensors().items():
        assert torch.equal(tensor, second.tensors()[key]), key


@pytest.mark.parametrize("prediction_type", ["v_prediction", "epsilon"])
def test_min_snr_weighs_as_the_reference_does(pairs, prediction_type):
    from diffusers import DDPMScheduler
    from diffusers.training_utils import compute_snr

    training = begin(pairs[:6], SMALL)
    assert training.predicts_velocity, "the pocket model's own"
    training.predicts_velocity = prediction_type == "v_prediction"
    steps = torch.tensor([0, 10, 250, 600, 999])
    names = ("num_train_timesteps", "beta_start", "beta_end", "beta_schedule")
    scheduler = DDPMScheduler(**{name: training.base.scheduler_config[name] for name in names})
    snr = compute_snr(scheduler, steps)
    wanted = snr.clamp(max=5.0) / (snr + 1 if training.predicts_velocity else snr)
    assert torch.allclose(training._weights_of(training.alphas[steps].view(-1, 1, 1, 1)), wanted, rtol=1e-4)


def test_a_run_from_before_layers_could_be_chosen_goes_on(pairs, tmp_path):
    attention = Settings(**{**SMALL.as_dict(), "layers": "attention"})
    go(begin(pairs[:6], attention), steps=2).save(tmp_path / "checkpoint")
    state = torch.load(tmp_path / "checkpoint", weights_only=True)
    del state["settings"]["layers"]
    torch.save(state, tmp_path / "checkpoint")
    again = begin(pairs[:6], Settings.of(state["settings"]))
    again.restore(tmp_path / "checkpoint")
    assert again.step == 2 and len(again.weights) == len(begin(pairs[:6], attention).weights)
    with pytest.raises(TrainerError, match="another run"):
        begin(pairs[:6], SMALL).restore(tmp_path / "checkpoint")


def test_a_checkpoint_of_other_settings_is_refused(pairs, tmp_path):
    go(begin(pairs[:6], SMALL), steps=1).save(tmp_path / "checkpoint")
    other = begin(pairs[:6], Settings(**{**SMALL.as_dict(), "rank": 8}))
    with pytest.raises(TrainerError, match="another run"):
        other.restore(tmp_path / "checkpoint")


def test_clipping_sees_the_weights_and_the_base_does_not_change(pairs):
    training = begin(pairs[:6], SMALL)
    before = {name: p.clone() for name, p in training.unet.named_parameters() if not p.requires_grad}
    go(training, steps=2)
    assert len(training.weights) == 2 * sum("lora_A" in name for name, _ in training.unet.named_parameters())
    norm = torch.nn.utils.clip_grad_norm_(training.weights, 1.0)
    assert 0 < norm <= 1.01
    for name, parameter in training.unet.named_parameters():
        assert name not in before or torch.equal(parameter, before[name])


def test_put_on_it_changes_nothing_before_the_first_step(pairs):
    base = load_base(WEIGHTS, key="base", device=torch.device("cpu"), dtype=torch.float32)
    material = prepare(base, pairs[:6], SMALL)
    with torch.no_grad():
        asked = (material.latents[:2], torch.tensor([10, 700]), material.states[:2])
        before = base.unet(*asked).sample
        after = Training(base, material, SMALL).unet(*asked).sample
    assert torch.allclose(before, after, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("rank", [16, 1], ids=["narrow", "wide"])
def test_its_attention_gives_what_the_layers_give_one_by_one(pairs, rank):
    from diffusers.models.attention_processor import AttnProcessor

    training = begin(pairs[:6], Settings(**{**SMALL.as_dict(), "rank": rank, "alpha": 3.0}))
    for number, weight in enumerate(training.weights):
        torch.nn.init.normal_(weight, std=0.1, generator=torch.Generator().manual_seed(number))
    latents, states, (_noise, steps) = training._batch()
    found = []
    for plain in (False, True):
        if plain:
            training.unet.set_attn_processor(AttnProcessor())
        training.optimizer.zero_grad()
        predicted = training.unet(latents, steps, states).sample
        predicted.square().mean().backward()
        found.append([predicted.detach(), *[weight.grad.clone() for weight in training.weights]])
    for ours, theirs in zip(*found, strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    "wrong",
    [{"rank": 0}, {"rank": True}, {"epochs": 51}, {"learning_rate": 0.5}, {"alpha": float("nan")}, {"layers": "some"}],
)
def test_what_can_not_be_trained_is_said_before_it_begins(wrong):
    with pytest.raises(TrainerError):
        Settings(**wrong).check()


def test_a_loss_that_is_no_number_ends_with_a_sentence(pairs):
    training = begin(pairs[:6], SMALL)
    training.material.latents = torch.full_like(training.material.latents, float("nan"))
    with pytest.raises(TrainerError, match="lower learning rate"):
        go(training)


class TestFile:
    @pytest.fixture(scope="class")
    def file(self, pairs, tmp_path_factory):
        training = go(begin(pairs[:6], SMALL))
        path = tmp_path_factory.mktemp("file") / "stripes.safetensors"
        captions = [caption for _path, caption in pairs[:6]]
        write(
            path, training.tensors(), title="Stripes", settings=SMALL, step=6, epoch=2, captions=captions,
            trigger=make.TRIGGER, base_name="Pocket", base_sha256="AB" * 32, author="alice", predicts_velocity=True,
        )  # fmt: skip
        return path

    def test_it_has_kohyas_keys_and_its_true_alpha(self, file):
        header = safetensors.read_header(file.open("rb"))
        stems = {name.partition(".")[0] for name in header.tensors}
        assert all(name.startswith("lora_unet_") for name in stems)
        for stem in stems:
            down, up = header.tensors[f"{stem}.lora_down.weight"], header.tensors[f"{stem}.lora_up.weight"]
            assert down.shape[0] == up.shape[1] == 4 and f"{stem}.alpha" in header.tensors
            assert (
                len(down.shape)
                == len(up.shape)
                == (4 if "conv" in stem or "proj_in" in stem or "proj_out" in stem else 2)
            )
        assert any("attn1_to_q" in stem for stem in stems) and any("resnets_0_conv1" in stem for stem in stems)
        from safetensors.numpy import load_file

        assert {float(value) for name, value in load_file(file).items() if name.endswith("alpha")} == {2.0}

    def test_its_metadata_is_what_other_tools_read(self, file):
        told = safetensors.read_header(file.open("rb")).metadata
        assert told["ss_network_dim"] == "4" and told["ss_network_alpha"] == "2.0" and told["ss_steps"] == "6"
        assert told["modelspec.architecture"] == "stable-diffusion-v1/lora" and told["modelspec.prediction_type"] == "v"
        assert json.loads(told["ss_network_args"]) == {"conv_dim": 4, "conv_alpha": 2.0}
        assert told["modelspec.trigger_phrase"] == make.TRIGGER
        assert json.loads(told["ss_tag_frequency"])[f"2_{make.TRIGGER}"][make.TRIGGER] == 6
        assert all(isinstance(value, str) for value in told.values())

    def test_its_hashes_are_true(self, file):
        data = file.read_bytes()
        told = safetensors.read_header(data).metadata
        body = data[8 + int.from_bytes(data[:8], "little") :]
        assert told["modelspec.hash_sha256"] == "0x" + hashlib.sha256(body).hexdigest()
        assert told["sshs_model_hash"] == hashlib.sha256(body).hexdigest(), "what others trust is what is there"
        with hashing.Hasher() as hasher:
            hasher.update(data)
            assert hasher.hashes().autov3.lower() == told["sshs_model_hash"][:12]

    def test_diffusers_reads_of_it_what_the_sampler_reads(self, file):
        from diffusers import StableDiffusionPipeline

        from generation.sampler.loras import Weights, read_lora

        source = torch.Generator().manual_seed(1)
        asked = (
            torch.randn(1, 4, 16, 16, generator=source),
            torch.tensor([500]),
            torch.randn(1, 77, 96, generator=source),
        )
        pipeline = StableDiffusionPipeline.from_pretrained(WEIGHTS, safety_checker=None, feature_extractor=None)
        ours = load_base(WEIGHTS, key="base", device=torch.device("cpu"), dtype=torch.float32).unet
        with torch.no_grad():
            plain = ours(*asked).sample
            pipeline.load_lora_weights(file)
            Weights({"unet": ours}, ours.config).put([("lora", read_lora(file), 1.0)])
            theirs, mine = pipeline.unet.float()(*asked).sample, ours(*asked).sample
        assert not torch.allclose(mine, plain, atol=1e-3) and torch.allclose(mine, theirs, atol=1e-4)

    def test_the_sampler_draws_with_it_and_it_changes_the_picture(self, file):
        engine = Engine("cpu")

        def drawn(loras):
            wish = {
                "prompt": "a red circle on a blue background",
                "width": 128,
                "height": 128,
                "steps": 4,
                "cfg_scale": 5.0,
            }
            return np.asarray(next(iter(engine.draw(DrawRequest(base=WEIGHTS, seed=3, loras=loras, **wish)))).image)

        assert not np.array_equal(drawn(()), drawn(((file, 1.0),)))


def test_a_style_is_learnt_for_prompts_that_were_not_trained(pairs, tmp_path):
    """A hundred steps; the whole figure is the benchmark's."""
    settings = Settings(epochs=1, repeats=40, rank=16)
    training = go(begin(pairs, settings))
    assert training.step == 100 and np.mean(training.losses[-20:]) < np.mean(training.losses[:20])
    path = tmp_path / "stripes.safetensors"
    captions = [caption for _path, caption in pairs]
    write(path, training.tensors(), title="Stripes", settings=settings, step=100, epoch=1, captions=captions)
    engine, scenes = Engine("cpu"), make.scenes(20, np.random.default_rng(99))
    scores, pictures = {}, []
    for name, loras in (("without", ()), ("with", ((path, 1.0),))):
        wishes = [
            DrawRequest(
                base=WEIGHTS, prompt=f"{make.TRIGGER}, {plain_caption(scene)}", width=128, height=128, steps=12,
                cfg_scale=5.0, seed=100 + number, loras=loras,
            )
            for number, scene in enumerate(scenes)
        ]  # fmt: skip
        pictures = [np.asarray(next(iter(engine.draw(wish))).image) for wish in wishes]
        scores[name] = np.mean([stripes(picture) for picture in pictures])
    assert scores["with"] >= scores["without"] + 0.08, scores
    assert score(scenes, pictures)["background"] >= 0.95, "the style is learnt, and what is asked for still heard"


def test_tags_are_counted_once_a_caption():
    assert tag_frequency(["a, b, a", "b, c", ""]) == {"b": 2, "a": 1, "c": 1}
