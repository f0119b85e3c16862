"""What may be asked for, and the names of samplers."""

import pytest

from generation.sampler.errors import BadRequest
from generation.sampler.request import DrawRequest
from generation.sampler.samplers import SAMPLERS, check_names, read_names, schedules_of


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", "x" * 10_001), ("prompt", None), ("negative_prompt", b"x"),
        ("width", 63), ("width", 100), ("width", 4096), ("width", 128.0), ("height", "128"), ("height", True),
        ("steps", 0), ("steps", 151), ("steps", 1.5), ("seed", -1), ("seed", 2**32), ("count", 0), ("count", 13),
        ("clip_skip", 0), ("cfg_scale", 0.9), ("cfg_scale", 31), ("cfg_scale", float("nan")), ("cfg_scale", "7"),
        ("sampler", "Nonsense"), ("sampler", None), ("schedule", "Nonsense"),
        ("loras", (("a.safetensors", 9.0),)), ("loras", (("a.safetensors", float("inf")),)), ("loras", (("a", 1.0),) * 17),
    ],
)  # fmt: skip
def test_bounds_are_kept_and_named(field, value):
    with pytest.raises(BadRequest) as refused:
        DrawRequest(**{"base": "x", "prompt": "y", field: value}).validate()
    assert refused.value.field == field
    assert refused.value.sentence.endswith(".") and len(refused.value.sentence) < 200


def test_the_bounds_themselves_are_allowed():
    DrawRequest(
        base="x", prompt="x" * 10_000, width=64, height=2048, steps=150, seed=2**32 - 1, count=12, cfg_scale=1
    ).validate()


def test_a_pair_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(BadRequest, match="DDIM can't follow the Karras schedule. Choose one of: Automatic, Normal"):
        check_names("DDIM", "Karras")


def test_automatic_is_offered_first_everywhere():
    assert {schedules_of(sampler)[0] for sampler in SAMPLERS} == {"Automatic"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (("DPM++ 2M Karras", ""), ("DPM++ 2M", "Karras")), (("dpmpp_2m", "karras"), ("DPM++ 2M", "Karras")),
        (("DPM++ 2M SDE Exponential", ""), ("DPM++ 2M SDE", "Exponential")), (("euler_ancestral", "normal"), ("Euler a", "Normal")),
        (("euler a", "Automatic"), ("Euler a", "Automatic")), (("uni_pc", "sgm_uniform"), ("UniPC", "SGM Uniform")),
        (("Euler", ""), ("Euler", "Automatic")), (("DPM adaptive", ""), (None, "Automatic")), (("LCM", "kl_optimal"), ("LCM", None)),
    ],
)  # fmt: skip
def test_other_programs_names_are_understood(written, meant):
    assert read_names(*written) == meant


def test_a_sentence_can_be_told_in_another_language():
    with pytest.raises(BadRequest) as refused:
        DrawRequest(base="x", prompt="y", steps=0).validate()
    words = {"The number of steps must be a whole number from {least} to {most}.": "De {least} a {most} passos."}
    assert refused.value.told(words.__getitem__) == "De 1 a 150 passos."
