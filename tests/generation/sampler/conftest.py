"""A base, an engine and small LoRAs: everything here is drawn for real, at 64 x 64 pixels."""

import dataclasses
import json

import pytest

torch = pytest.importorskip("torch", reason="the sampler's tests need the worker extra (torch)")

from safetensors.torch import load_file, save_file  # noqa: E402

from generation.pocket import WEIGHTS  # noqa: E402
from generation.sampler.engine import Engine  # noqa: E402
from generation.sampler.request import DrawRequest  # noqa: E402


@pytest.fixture(scope="session")
def engine():
    return Engine("cpu", threads=1)


@pytest.fixture
def wish():
    """A small request; ``wish(steps=3)`` changes it."""
    base = DrawRequest(
        base=WEIGHTS, prompt="a red star on a blue background", width=64, height=64, steps=4, cfg_scale=5.0, seed=11
    )
    return lambda **changes: dataclasses.replace(base, **changes)


@pytest.fixture
def draw(engine, wish):
    """Draw one picture of a changed request."""
    return lambda **changes: next(iter(engine.draw(wish(**changes)))).image


@pytest.fixture
def kohya(tmp_path):
    """Make a kohya LoRA for the pocket UNet's text attention; its strength can be told from its picture."""

    def make(name="random", *, rank=4, alpha=4.0, encoder=False, strength=0.5, spelling="kohya", **metadata):
        generator = torch.Generator().manual_seed(rank)
        weights = load_file(WEIGHTS / "unet/diffusion_pytorch_model.safetensors")
        targets = [
            ("unet", k, v) for k, v in weights.items() if k.endswith((".attn2.to_v.weight", ".attn2.to_q.weight"))
        ]
        if encoder:
            weights = load_file(WEIGHTS / "text_encoder/model.safetensors")
            targets += [("te", k, v) for k, v in weights.items() if k.endswith("q_proj.weight")]
        tensors = {}
        for part, key, weight in targets:
            module = key.removesuffix(".weight")
            down = torch.randn(rank, weight.shape[1], generator=generator) / weight.shape[1] ** 0.5
            up = torch.randn(weight.shape[0], rank, generator=generator) * strength / rank**0.5
            if spelling == "diffusers":
                prefix = "unet." if part == "unet" else "text_encoder.text_model."
                tensors[f"{prefix}{module}.lora_A.weight"] = down
                tensors[f"{prefix}{module}.lora_B.weight"] = up
                continue
            prefix = "lora_unet_" if part == "unet" else "lora_te_text_model_"
            stem = prefix + module.removeprefix("text_model.").replace(".", "_")
            tensors |= {f"{stem}.lora_down.weight": down, f"{stem}.lora_up.weight": up}
            if alpha is not None:
                tensors[f"{stem}.alpha"] = torch.tensor(alpha)
        metadata.setdefault("ss_network_module", "networks.lora")
        path = tmp_path / f"{name}.safetensors"
        save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, path, metadata=metadata)
        return path

    return make


@pytest.fixture(scope="session")
def tiny_sdxl(tmp_path_factory):
    """An SDXL folder with random weights: both text encoders, pooled text and time ids, in miniature."""
    from diffusers import AutoencoderKL, EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

    torch.manual_seed(0)
    tokenizer = CLIPTokenizer.from_pretrained(WEIGHTS / "tokenizer")
    ids = json.loads((WEIGHTS / "text_encoder/config.json").read_text())

    def text(width):
        return CLIPTextConfig(
            hidden_size=width, intermediate_size=37, num_attention_heads=4, num_hidden_layers=3, projection_dim=width,
            vocab_size=ids["vocab_size"], bos_token_id=ids["bos_token_id"], eos_token_id=ids["eos_token_id"],
        )  # fmt: skip

    pipeline = StableDiffusionXLPipeline(
        unet=UNet2DConditionModel(
            block_out_channels=(32, 64), layers_per_block=1, sample_size=8, in_channels=4, out_channels=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            attention_head_dim=(2, 4), use_linear_projection=True, addition_embed_type="text_time",
            addition_time_embed_dim=8, transformer_layers_per_block=(1, 2), projection_class_embeddings_input_dim=96,
            cross_attention_dim=80, norm_num_groups=8,
        ),
        vae=AutoencoderKL(
            block_out_channels=(8, 8, 8, 8), in_channels=3, out_channels=3, latent_channels=4, norm_num_groups=2,
            down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        ),
        text_encoder=CLIPTextModel(text(32)), text_encoder_2=CLIPTextModelWithProjection(text(48)),
        tokenizer=tokenizer, tokenizer_2=tokenizer,
        scheduler=EulerDiscreteScheduler(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, steps_offset=1),
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("sdxl")
    pipeline.save_pretrained(folder)
    return folder
