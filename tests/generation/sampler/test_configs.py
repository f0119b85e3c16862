"""The shapes of SD 1 and SDXL that ship: counted against the published models, and a tokenizer that counts as CLIP."""

import json

import pytest

from generation.sampler import configs
from generation.sampler.files import SD1, SDXL
from generation.sampler.prompts import count_tokens


def size(model_class, folder, part):
    from accelerate import init_empty_weights
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    classes = {c.__name__: c for c in (AutoencoderKL, UNet2DConditionModel, CLIPTextModel, CLIPTextModelWithProjection)}
    config = json.loads((folder / part / "config.json").read_text())
    with init_empty_weights():
        if model_class.startswith("CLIP"):
            model = classes[model_class](CLIPTextConfig(**config))
        else:
            model = classes[model_class].from_config(config)
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("architecture", "model_class", "part", "parameters"),
    [
        (SD1, "UNet2DConditionModel", "unet", 859_520_964),
        (SD1, "AutoencoderKL", "vae", 83_653_863),
        (SD1, "CLIPTextModel", "text_encoder", 123_060_480),
        (SDXL, "UNet2DConditionModel", "unet", 2_567_463_684),
        (SDXL, "AutoencoderKL", "vae", 83_653_863),
        (SDXL, "CLIPTextModel", "text_encoder", 123_060_480),
        (SDXL, "CLIPTextModelWithProjection", "text_encoder_2", 694_659_840),
    ],
)
def test_the_parts_have_as_many_parameters_as_the_published_ones(architecture, model_class, part, parameters):
    assert size(model_class, configs.folder(architecture), part) == parameters


def test_the_tokenizer_is_clips():
    from transformers import CLIPTokenizer

    folder = configs.folder(SDXL)
    first = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    second = CLIPTokenizer.from_pretrained(folder / "tokenizer_2")
    assert first("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert len(first) == len(second) == 49_408
    assert (first.pad_token_id, second.pad_token_id) == (49407, 0)
    assert count_tokens(folder, "a photo of a cat") == 5
