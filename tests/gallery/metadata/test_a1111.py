"""The A1111 text: written and read back equal, and read from what real tools write."""

import time

import pytest

from gallery.metadata import a1111
from gallery.metadata.recipe import CHECKPOINT, EMBEDDING, LORA, VAE, Recipe, Resource, Unreadable

FULL = Recipe(
    prompt="a red star on a blue background",
    negative_prompt="blurry, lowres",
    steps=20,
    sampler="DPM++ 2M",
    schedule="Karras",
    cfg_scale=5.5,
    seed=4294967295,
    width=128,
    height=192,
    clip_skip=2,
    model_name="Pocket, standard",
    model_hash="0123456789",
    resources=(
        Resource(name="Pocket", type=CHECKPOINT, hash="0123456789", version_id=1, version_name="v1.0"),
        Resource(name="stripes", type=LORA, hash="abcdef012345", version_id=7, weight=0.8, version_name="v2"),
        Resource(name='odd, "name": x', type=LORA, hash="00ff00ff00ff", weight=-1.0),
        Resource(name="easynegative", type=EMBEDDING, hash="c74b4e810b030f6b75fde959e2db678c2d07115b85356d3c0138ba5eb42c340b"),
        Resource(name="vae-ft-mse.safetensors", type=VAE, hash="235745af8d"),
    ),
    extra={"Denoising strength": "0.4", "Hires upscaler": "4x, sharp: yes", "Version": "v1.9.4"},
)  # fmt: skip

HOSTILE = [
    "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512",
    "a cat\nNegative prompt: dog\nSteps: 1, Sampler: x, Seed: 2",
    "Negative prompt: at the very start",
    "a cat Negative prompt: in the middle",
    "Steps: 20, Sampler: Euler, CFG scale: 7",
    "Parameters: of the universe",
    "   spaces around   ",
    "\n\nlines before and after\n\n",
    "windows\r\nlines\rand returns",
    "nul \x00 bytes \x1b and \x7f controls",
    'quotes " and \\ backslashes {"json": [1, 2]} and "Civitai resources: []"',
    "ação, 日本語, 🐈‍⬛, \u202e right to left, \u2028 line separator",
    ", : , : , :: Exact prompts: 1",
    "a, b: c, d: e, Seed: f, g: h",
    "Template: a\nNegative Template: b",
    "",
]


@pytest.mark.parametrize("prompt", HOSTILE)
@pytest.mark.parametrize("negative", ["", "plain", HOSTILE[0], HOSTILE[7], HOSTILE[10]])
def test_prompts_come_back_whatever_they_hold(prompt, negative):
    recipe = Recipe(prompt=prompt, negative_prompt=negative, steps=20, sampler="Euler", cfg_scale=7.0, seed=1)
    assert a1111.read(a1111.write(recipe)) == recipe


@pytest.mark.parametrize("prompt", HOSTILE)
def test_prompts_come_back_without_any_settings(prompt):
    recipe = Recipe(prompt=prompt, seed=5)
    assert a1111.read(a1111.write(recipe)) == recipe


def test_everything_comes_back():
    assert a1111.read(a1111.write(FULL)) == FULL


def test_a_plain_recipe_is_written_as_a1111_writes_it():
    text = a1111.write(
        Recipe(
            prompt="a cat",
            negative_prompt="a dog",
            steps=20,
            sampler="Euler a",
            schedule="Automatic",
            cfg_scale=7.0,
            seed=42,
            width=512,
            height=768,
            model_hash="6ce0161689",
            model_name="v1-5-pruned",
            clip_skip=2,
        )
    )
    assert text == (
        "a cat\nNegative prompt: a dog\nSteps: 20, Sampler: Euler a, Schedule type: Automatic, CFG scale: 7, "
        "Seed: 42, Size: 512x768, Model hash: 6ce0161689, Model: v1-5-pruned, Clip skip: 2"
    )


@pytest.mark.parametrize("key", ["Steps", "Civitai resources", "a,b", "a: b", "", "1st", "new\nline", "Exact prompts"])
def test_an_extra_key_can_not_pose_as_another(key):
    recipe = Recipe(prompt="x", steps=3, sampler="Euler", seed=1, extra={key: '[{"type":"lora","modelVersionId":1}]'})
    assert a1111.read(a1111.write(recipe)) == Recipe(prompt="x", steps=3, sampler="Euler", seed=1)


@pytest.mark.parametrize(
    "value", ["a, Seed: 9", "line\nSteps: 1, Seed: 2, Size: 1x1", '"quoted"', "{", "[1", " x ", ""]
)
def test_an_extra_value_can_not_change_a_setting(value):
    recipe = Recipe(prompt="x", steps=3, sampler="Euler", seed=1, extra={"Note": value})
    assert a1111.read(a1111.write(recipe)) == recipe


def test_a_megabyte_of_prompt_is_read_and_written_quickly():
    start = time.perf_counter()
    for letter in ("a, b: c, ", "word ", "Steps: 1, ", "\n", "<lora:", ", ", "(((", "a: {[", '"'):
        recipe = Recipe(prompt=(letter * (1_000_000 // len(letter)) + "x"), steps=20, sampler="Euler", seed=1)
        assert a1111.read(a1111.write(recipe)).prompt == recipe.prompt
    assert time.perf_counter() - start < 20


def test_texts_beyond_the_limit_are_refused():
    with pytest.raises(Unreadable):
        a1111.read("a" * 8_000_001)
    with pytest.raises(Unreadable):
        a1111.write(Recipe(prompt="a" * 1_200_000))


@pytest.mark.parametrize("end", ["{" * 100_000, "[" * 100_000, '"' * 100_000, "9" * 100_000, '{"a":' * 50_000])
def test_broken_json_costs_a_key_and_nothing_else(end):
    recipe = a1111.read(f"a cat\nSteps: 20, Sampler: Euler, Seed: 7, Size: 64x64, Civitai resources: {end}")
    assert (recipe.prompt, recipe.seed, recipe.resources) == ("a cat", 7, ())


# What real tools write ------------------------------------------------------------------------------------------------


def test_webui_with_hires_and_lora_hashes():
    recipe = a1111.read(
        "masterpiece, 1girl, <lora:add_detail:0.5>, (red hair:1.2)\n"
        "second line of the prompt\n"
        "Negative prompt: EasyNegative, (worst quality:2)\n"
        "bad hands\n"
        "Steps: 25, Sampler: DPM++ 2M Karras, CFG scale: 7.5, Seed: 2346523423, Size: 512x768, "
        "Model hash: 6ce0161689, Model: v1-5-pruned-emaonly, VAE hash: 735e4c3a44, VAE: vae-ft-mse.safetensors, "
        "Denoising strength: 0.45, Clip skip: 2, Hires upscale: 2, Hires steps: 15, Hires upscaler: R-ESRGAN 4x+, "
        'Lora hashes: "add_detail: 7c6bad76eb54, other: 0x00ff00ff00ff", TI hashes: "EasyNegative: c74b4e810b03", Version: v1.6.0'
    )
    assert recipe.prompt.endswith("second line of the prompt")
    assert recipe.negative_prompt == "EasyNegative, (worst quality:2)\nbad hands"
    assert (recipe.sampler, recipe.schedule, recipe.cfg_scale) == ("DPM++ 2M", "Karras", 7.5)
    assert (recipe.width, recipe.height, recipe.clip_skip) == (512, 768, 2)
    assert Resource(name="add_detail", type=LORA, hash="7c6bad76eb54", weight=0.5) in recipe.resources
    assert Resource(name="other", type=LORA, hash="00ff00ff00ff") in recipe.resources
    assert Resource(name="EasyNegative", type=EMBEDDING, hash="c74b4e810b03") in recipe.resources
    assert Resource(name="vae-ft-mse.safetensors", type=VAE, hash="735e4c3a44") in recipe.resources
    assert recipe.references()[0] == Resource(name="v1-5-pruned-emaonly", type=CHECKPOINT, hash="6ce0161689")
    assert recipe.extra["Hires upscaler"] == "R-ESRGAN 4x+"


def test_newer_webui_with_a_schedule_of_its_own():
    recipe = a1111.read(
        "a cat\nSteps: 30, Sampler: DPM++ 2M, Schedule type: SGM Uniform, CFG scale: 6, Seed: 1, Size: 1024x1024"
    )
    assert (recipe.sampler, recipe.schedule, recipe.negative_prompt) == ("DPM++ 2M", "SGM Uniform", "")


def test_civitai_generator_resources_by_version():
    recipe = a1111.read(
        "a cat\nNegative prompt: dog\nSteps: 25, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 832x1216, "
        "Created Date: 2024-11-02T09:10:11.1234567Z, Clip skip: 2, "
        'Civitai resources: [{"type":"checkpoint","modelVersionId":290640,"modelName":"Pony","modelVersionName":"V6 XL"},'
        '{"type":"lora","weight":0.75,"modelVersionId":382152,"modelName":"Detail, tweaker: [x]","modelVersionName":"1.0"}], '
        'Civitai metadata: {"remixOfId": 3, "nested": {"a": [1, 2]}}'
    )
    pony, detail = recipe.resources
    assert (pony.type, pony.version_id, pony.version_name) == (CHECKPOINT, 290640, "V6 XL")
    assert (detail.type, detail.version_id, detail.weight) == (LORA, 382152, 0.75)
    assert recipe.extra["Created Date"] == "2024-11-02T09:10:11.1234567Z"
    assert recipe.extra["Civitai metadata"] == '{"remixOfId": 3, "nested": {"a": [1, 2]}}'
    assert recipe.references() == recipe.resources


def test_civitai_resources_by_air():
    recipe = a1111.read(
        "a\nSteps: 4, Sampler: LCM, CFG scale: 1, Seed: 5, Size: 512x512, "
        'Civitai resources: [{"air":"urn:air:sdxl:lora:civitai:122359@135867","weight":1.5},{"air":"nonsense"}, 7]'
    )
    assert (recipe.resources[0].version_id, recipe.resources[0].type, recipe.resources[0].weight) == (135867, LORA, 1.5)


def test_the_extension_writes_hashes_as_json():
    recipe = a1111.read(
        "a <lora:style:0.9>\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 5, Size: 512x512, Model hash: abcdef0123, "
        'Hashes: {"model": "abcdef0123", "lora:style": "1122334455", "vae": "aabbccddee", "embed:bad": "00112233aa"}'
    )
    assert Resource(name="style", type=LORA, hash="1122334455", weight=0.9) in recipe.resources
    assert Resource(name="bad", type=EMBEDDING, hash="00112233aa") in recipe.resources
    assert not [r for r in recipe.resources if r.type == VAE]
    assert recipe.model_hash == "abcdef0123"


def test_one_resource_named_thrice_is_one():
    recipe = a1111.read(
        "a <lora:style:0.9>\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 5, Size: 512x512, "
        'Lora hashes: "style: 112233445566", Hashes: {"lora:style": "1122334455"}, '
        'Civitai resources: [{"type":"lora","modelVersionId":9,"modelName":"style","hash":"1122334455"}]'
    )
    assert [(r.name, r.version_id, r.weight) for r in recipe.resources] == [("style", 9, 0.9)]


def test_the_hash_of_nothing_names_nothing():
    recipe = a1111.read(
        "a\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 5, Size: 512x512, Model hash: e3b0c44298, "
        'Lora hashes: "broken: e3b0c44298fc"'
    )
    assert recipe.resources == () and recipe.model_hash == ""


def test_forge_with_quoted_module_and_rng():
    recipe = a1111.read(
        "a\nSteps: 20, Sampler: Euler, Schedule type: Simple, CFG scale: 1, Distilled CFG Scale: 3.5, Seed: 5, "
        'Size: 896x1152, Model hash: c161224931, Model: flux1-dev-bnb-nf4, RNG: CPU, Version: "f2.0.1v1.10.1-previous, x"'
    )
    assert recipe.extra == {"Distilled CFG Scale": "3.5", "RNG": "CPU", "Version": "f2.0.1v1.10.1-previous, x"}


def test_dynamic_prompts_write_templates_behind_the_settings():
    recipe = a1111.read(
        "a red cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 5, Size: 512x512\n"
        "Template: a {red|blue} cat\nNegative Template: dog"
    )
    assert (recipe.prompt, recipe.negative_prompt) == ("a red cat", "dog")
    assert recipe.extra["Template"] == "a {red|blue} cat"


def test_all_on_one_line_with_a_prefix():
    recipe = a1111.read(
        "parameters: a cat Negative prompt: a dog Steps: 20, Sampler: Euler, CFG scale: 7, Seed: 5, Size: 512x512"
    )
    assert (recipe.prompt, recipe.negative_prompt, recipe.seed) == ("a cat", "a dog", 5)


def test_windows_lines_and_a_trailing_line_break():
    recipe = a1111.read(
        "a cat\r\nNegative prompt: dog\r\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 5, Size: 5x6\r\n"
    )
    assert (recipe.prompt, recipe.negative_prompt, recipe.height) == ("a cat", "dog", 6)


def test_settings_without_steps_are_found_by_three_pairs():
    recipe = a1111.read("a cat\nSampler: Euler, CFG scale: 7, Seed: 5")
    assert (recipe.prompt, recipe.seed, recipe.steps) == ("a cat", 5, None)


def test_a_prompt_that_lists_things_is_no_settings():
    assert a1111.read("hair: red, eyes: blue, dress: green").prompt == "hair: red, eyes: blue, dress: green"


def test_a_prompt_alone():
    assert a1111.read("just a cat") == Recipe(prompt="just a cat")


def test_a_seed_or_size_that_is_none_stays_as_text():
    recipe = a1111.read("a\nSteps: 20, Sampler: Euler, Seed: -1, Size: wide, CFG scale: nan, Clip skip: 0")
    assert (recipe.seed, recipe.width, recipe.cfg_scale, recipe.clip_skip) == (None, None, None, 1)
    assert recipe.extra["Seed"] == "-1"


def test_weights_of_tags_with_more_numbers():
    recipe = a1111.read(
        "a <lora:one:0.5:0.7> <lyco:two:1> <hypernet:three:0.2> <lora:four>\nSteps: 2, Sampler: x, Seed: 1"
    )
    assert [(r.name, r.type, r.weight) for r in recipe.resources] == [
        ("one", "lora", 0.5), ("two", "lora", 1.0), ("three", "hypernet", 0.2),
    ]  # fmt: skip


def test_the_base_models_hash_may_stand_among_the_hashes_alone():
    text = 'x\nSteps: 3, Model: foo, Hashes: {"model": "6ce0161689", "lora:ink": "aaaabbbbcc"}'
    assert a1111.read(text).model_hash == "6ce0161689"
    text = 'x\nSteps: 3, Model hash: 0123456789, Hashes: {"model": "6ce0161689"}'
    assert a1111.read(text).model_hash == "0123456789", "its own field goes first"
    assert a1111.read('x\nSteps: 3, Hashes: {"model": {"a": 1}}').model_hash == ""
