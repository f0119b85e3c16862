import pytest

from models_hub.catalogue.air import Air, air_of, parse_air


def test_the_published_example():
    made = air_of(model_type="Checkpoint", base_model="SDXL 1.0", model_id=827184, version_id=2514310)
    assert made == "urn:air:sdxl:checkpoint:civitai:827184@2514310"
    assert parse_air(made) == Air("sdxl", "checkpoint", 827184, 2514310)


@pytest.mark.parametrize(
    ("facts", "start"),
    [
        ({"model_type": "LoCon", "base_model": "Pony"}, "urn:air:pony:lycoris:"),
        ({"model_type": "LORA", "base_model": "Pocket"}, "urn:air:pocket:lora:"),
        ({"model_type": "TextualInversion", "base_model": "SD 1.5"}, "urn:air:sd1:embedding:"),
        ({"model_type": "Upscaler", "base_model": "Upscaler"}, "urn:air:other:upscaler:"),
        ({"model_type": "Wildcards", "base_model": "Some New Base"}, "urn:air:somenewbase:unknown:"),
        (
            {"model_type": "Checkpoint", "base_model": "Flux.1 D", "primary_file_type": "Diffusion Model"},
            "urn:air:flux1:diffusionmodel:",
        ),
    ],
)
def test_identifiers(facts, start):
    made = air_of(model_id=1, version_id=2, **facts)
    assert made == f"{start}civitai:1@2" and parse_air(made)


@pytest.mark.parametrize("text", ["air:sd1:lora:civitai:1@2", "sd1:lora:civitai:1@2", " URN:AIR:SD1:LORA:CIVITAI:1@2 "])
def test_prefixes_and_letter_case_are_free(text):
    assert parse_air(text) == Air("sd1", "lora", 1, 2)


def test_all_parts_are_read():
    assert parse_air("urn:air:sd1:lora:civitai:1@2+3.safetensors") == Air("sd1", "lora", 1, 2, 3, "safetensors")
    assert parse_air("urn:air:sd1:lora:civitai:1") == Air("sd1", "lora", 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "urn:air",
        "urn:air:sd1:lora:huggingface:1@2",
        "urn:air:sd1:lora:civitai:x",
        "urn:air:sd1:lora:civitai:1@2/../",
        "urn:air:sd1:lora:civitai:99999999999",
        "urn:air:sd1:lora:civitai:١@٢",
    ],
)
def test_it_refuses_what_is_none(text):
    assert parse_air(text) is None
