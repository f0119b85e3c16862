"""What a header tells, for the layouts and trainers people use, and what it gives away."""

import io
import json
import time

import pytest

from models_hub.catalogue.bases import BASE_MODELS
from models_hub.catalogue.kinds import BaseModelType, FileType, ModelType, Precision
from models_hub.formats.describe import Word, describe
from models_hub.formats.private import PrivateKind, changes_without, private_lines
from models_hub.formats.safetensors import read_header, rewrite_metadata

from .build import lora, tensors

KOHYA = {
    "ss_network_module": "networks.lora",
    "ss_network_dim": "32",
    "ss_network_alpha": "16",
    "ss_base_model_version": "sdxl_base_v1-0",
    "ss_steps": "1505",
    "ss_epoch": "7",
    "ss_num_epochs": "10",
    "ss_num_train_images": "860",
    "ss_dataset_dirs": json.dumps({"10_ppcut": {"n_repeats": 10, "img_count": 86}}),
    "ss_resolution": "(1024, 1024)",
    "ss_clip_skip": "2",
    "ss_tag_frequency": json.dumps(
        {"10_ppcut": {"ppcut horizon": 86, "layered paper": 86, "serra": 61, " soft cast shadow": 44, "lua": 9}}
    ),
    "ss_sd_model_name": "sd_xl_base_1.0.safetensors",
    "sshs_model_hash": "0xE81A04C7D3" + "0" * 54,
}


def told(data):
    return describe(read_header(data))


def test_the_drawing():
    """The panel of the publish page, line by line."""
    made = told(lora(rank=32, text_width=2048, metadata=KOHYA))
    assert [(str(label), str(text)) for label, text in made.told()] == [
        ("Kind", "LoRA, rank 32, alpha 16"),
        ("Base", "SDXL 1.0"),
        ("Precision", "fp16"),
        ("Trained", "1,505 steps, epoch 7"),
        ("Pictures", "86, at 1024"),
        ("Clip skip", "2"),
    ]
    assert made.words == (
        Word("ppcut horizon", 86),
        Word("layered paper", 86),
        Word("serra", 61),
        Word("soft cast shadow", 44),
        Word("lua", 9),
    )
    assert made.trigger_words == ("ppcut horizon", "layered paper")
    assert made.embedded_hash == "E81A04C7D3" + "0" * 54
    assert made.architecture == "stable-diffusion-xl-v1-base/lora"
    assert not made.contradicts_itself and made.private_lines == ()


@pytest.mark.parametrize(("width", "base"), [(96, "Pocket"), (768, "SD 1.5"), (1024, "SD 2.1"), (2048, "SDXL 1.0")])
def test_the_width_of_the_text_tells_the_base(width, base):
    made = told(lora(text_width=width))
    assert (made.kind, made.base_model, made.rank, made.alpha) == (ModelType.LORA, base, 16, None)


@pytest.mark.parametrize(
    "naming",
    [
        ("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight", "lora_B.weight"),
        (
            "base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.default.weight",
            "lora_B.default.weight",
        ),
        ("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.lora.down.weight", "lora.up.weight"),
        ("lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.lora_down.weight", "lora_up.weight"),
    ],
)
def test_every_trainers_names_are_read(naming):
    down, up = naming
    stem = down[: down.index("to_k.") + 5]
    made = told(tensors({down: (8, 2048), stem + up: (640, 8)}))
    assert (made.kind, made.base_model, made.rank) == (ModelType.LORA, "SDXL 1.0", 8)


def test_a_lora_of_text_encoders_alone_is_sdxl_when_there_are_two():
    made = told(
        tensors(
            {
                "lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_down.weight": (4, 768),
                "lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight": (4, 1280),
            }
        )
    )
    assert made.base_model == "SDXL 1.0"


@pytest.mark.parametrize(
    "name",
    [
        "lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight",
        "transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight",
    ],
)
def test_flux_is_told_by_its_blocks(name):
    assert told(tensors({name: (16, 3072)})).base_model == "Flux.1 D"
    assert told(tensors({name: (16, 6144)})).base_model == "Flux.2 D"
    assert (
        told(tensors({name: (16, 3072)}, metadata={"modelspec.architecture": "flux-1-schnell/lora"})).base_model
        == "Flux.1 S"
    )


@pytest.mark.parametrize(
    ("shapes", "kind"),
    [
        ({"a.lora_down.weight": (4, 8, 3, 3), "a.lora_up.weight": (8, 4, 1, 1)}, ModelType.LOCON),
        ({"a.lora_down.weight": (4, 8, 1, 1), "a.lora_up.weight": (8, 4, 1, 1)}, ModelType.LORA),
        ({"a.hada_w1_a": (8, 4), "a.hada_w1_b": (4, 8), "a.hada_w2_a": (8, 4), "a.hada_w2_b": (4, 8)}, ModelType.LOCON),
        ({"a.lokr_w1": (4, 4), "a.lokr_w2": (8, 8)}, ModelType.LOCON),
        ({"a.lora_down.weight": (4, 8), "a.lora_up.weight": (8, 4), "a.dora_scale": (8, 1)}, ModelType.DORA),
        ({"a.lora_A.weight": (4, 8), "a.lora_B.weight": (8, 4), "a.lora_magnitude_vector": (8,)}, ModelType.DORA),
        ({"emb_params": (4, 768)}, ModelType.TEXTUAL_INVERSION),
        ({"clip_l": (4, 768), "clip_g": (4, 1280)}, ModelType.TEXTUAL_INVERSION),
        ({"<ppcut>": (768,)}, ModelType.TEXTUAL_INVERSION),
        ({"model.diffusion_model.out.2.weight": (4, 8), "first_stage_model.decoder.conv_out.weight": (3, 8, 3, 3), "cond_stage_model.x": (4,)}, ModelType.CHECKPOINT),
        ({"double_blocks.0.img_attn.qkv.weight": (9216, 8), "img_in.weight": (8, 8)}, ModelType.CHECKPOINT),
        ({"control_model.input_hint_block.0.weight": (8, 3, 3, 3)}, ModelType.CONTROLNET),
        ({"controlnet_cond_embedding.conv_in.weight": (8, 3, 3, 3), "down_blocks.0.x": (3,)}, ModelType.CONTROLNET),
        ({"down_blocks.0.motion_modules.0.temporal_transformer.proj_in.weight": (8, 8)}, ModelType.MOTION_MODULE),
        ({"decoder.conv_out.weight": (3, 128, 3, 3), "encoder.conv_in.weight": (128, 3, 3, 3)}, ModelType.VAE),
        ({"down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight": (320, 768), "conv_in.weight": (320, 4, 3, 3)}, ModelType.UNET),
        ({"text_model.embeddings.token_embedding.weight": (49408, 4)}, ModelType.TEXT_ENCODER),
        ({"vision_model.embeddings.class_embedding": (8,)}, ModelType.CLIP_VISION),
        ({"model.0.weight": (64, 3, 3, 3), "model.1.sub.0.RDB1.conv1.0.weight": (32, 64, 3, 3)}, ModelType.UPSCALER),
        ({"something": (4, 4), "else": (2, 2)}, ModelType.OTHER),
    ],
)  # fmt: skip
def test_kinds_are_told_by_names(shapes, kind):
    assert told(tensors(shapes)).kind == kind


@pytest.mark.parametrize(("width", "base"), [(96, "Pocket"), (768, "SD 1.5"), (1024, "SD 2.1"), (1280, None)])
def test_embeddings_are_told_by_their_width(width, base):
    assert told(tensors({"emb_params": (4, width)})).base_model == (base or "SDXL 1.0")


def test_the_pocket_models_parts_are_known():
    parts = {
        FileType.UNET: {
            "conv_in.weight": (48, 4, 3, 3),
            "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight": (48, 96),
        },
        FileType.TEXT_ENCODER: {"embeddings.token_embedding.weight": (1032, 96)},
        FileType.VAE: {"decoder.conv_in.weight": (64, 4, 3, 3), "decoder.conv_out.weight": (3, 16, 3, 3)},
    }
    for file_type, shapes in parts.items():
        made = told(tensors(shapes))
        assert (made.file_type, made.base_model) == (file_type, "Pocket")


@pytest.mark.parametrize(
    ("channels", "expected"), [(4, BaseModelType.STANDARD), (9, BaseModelType.INPAINTING), (8, BaseModelType.PIX2PIX)]
)
def test_the_channels_that_enter_tell_inpainting(channels, expected):
    shapes = {
        "model.diffusion_model.input_blocks.0.0.weight": (320, channels, 3, 3),
        "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": (320, 768),
    }
    assert told(tensors(shapes)).base_model_type == expected


@pytest.mark.parametrize(
    ("said", "base"),
    [
        ("ponyDiffusionV6XL.safetensors", "Pony"),
        ("Illustrious-XL-v0.1.safetensors", "Illustrious"),
        ("noobaiXL.safetensors", "NoobAI"),
        ("sd_xl.safetensors", "SDXL 1.0"),
    ],
)
def test_families_of_sdxl_are_told_by_what_was_trained_on(said, base):
    made = told(lora(text_width=2048, metadata=KOHYA | {"ss_sd_model_name": said}))
    assert made.base_model == base and not made.contradicts_itself
    assert made.architecture == "stable-diffusion-xl-v1-base/lora"


def test_shapes_win_over_what_metadata_claims():
    made = told(lora(text_width=768, metadata={"ss_base_model_version": "sdxl_base_v1-0"}))
    assert made.base_model == "SD 1.5" and made.claimed_base_model == "SDXL 1.0" and made.contradicts_itself


def test_pocket_is_stable_diffusion_1_by_its_trainers_word():
    made = told(lora(text_width=96, metadata={"ss_base_model_version": "sd_v1"}))
    assert made.base_model == "Pocket" and not made.contradicts_itself


@pytest.mark.parametrize(
    ("said", "base"),
    [
        ("sd_v1", "SD 1.5"),
        ("sd_1.5", "SD 1.5"),
        ("sd_2.1", "SD 2.1"),
        ("sdxl_1.0", "SDXL 1.0"),
        ("flux1", "Flux.1 D"),
        ("sd3", "SD 3"),
        ("pocket", "Pocket"),
    ],
)
def test_metadata_tells_where_shapes_do_not(said, base):
    assert told(tensors({"a.lora_down.weight": (4, 8)}, metadata={"ss_base_model_version": said})).base_model == base


def test_every_guess_is_in_the_catalogue():
    from models_hub.formats import architecture

    named = (
        {base for _claim, base in architecture._CLAIMS}
        | {base for _word, base in architecture._SDXL_FAMILIES}
        | set(architecture._BY_TEXT_WIDTH.values())
    )
    assert named <= BASE_MODELS.keys()


@pytest.mark.parametrize(
    ("dtype", "precision"),
    [
        ("F16", Precision.FP16),
        ("BF16", Precision.BF16),
        ("F32", Precision.FP32),
        ("F8_E4M3", Precision.FP8),
        ("I64", None),
    ],
)
def test_precision_is_that_of_most_bytes(dtype, precision):
    assert told(tensors({"w": (dtype, (1000,)), "norm": ("F32", (1,))})).precision == precision


def test_ai_toolkit_and_diffusers_metadata_are_read():
    made = told(lora(metadata={
        "training_info": json.dumps({"step": 2000, "epoch": 12}),
        "lora_adapter_metadata": json.dumps({"unet.r": 16, "unet.lora_alpha": 8}),
        "modelspec.trigger_phrase": "ppcut, paper",
        "modelspec.resolution": "832x1216",
        "modelspec.encoder_layer": "2",
        "modelspec.prediction_type": "v",
        "modelspec.title": "Serra papercut",
    }))  # fmt: skip
    assert (made.steps, made.epochs, made.alpha, made.resolution, made.clip_skip) == (2000, 12, 8, (832, 1216), 2)
    assert (made.trigger_words, made.prediction_type, made.title) == (
        ("ppcut", "paper"),
        "v_prediction",
        "Serra papercut",
    )
    assert str(dict((str(label), text) for label, text in made.told())["Pictures"]) == "at 832×1216"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "None",
        "NaN",
        "inf",
        "-1",
        "1e400",
        "x" * 1000,
        "[" * 100_000,
        '{"a": ' * 5000,
        "null",
        "[1]",
        '{"a": 1}',
        '{"a": {"b": "c"}}',
        '{"a": {"b": 1e999}}',
        "\u0000",
        "<script>",
        "9" * 5000,
    ],
)
def test_no_metadata_value_breaks_it(value):
    """Each key that is read gets each odd value; what is told stays within its bounds."""
    for key in (
        *KOHYA,
        "ss_datasets",
        "training_info",
        "lora_adapter_metadata",
        "modelspec.trigger_phrase",
        "modelspec.resolution",
        "modelspec.title",
        "modelspec.hash_sha256",
    ):
        made = told(lora(metadata={key: value, "ss_num_train_images": "3"} | {key: value}))
        assert len(made.title) <= 2000 and len(made.words) <= 30 and made.n_parameters
        assert all(str(label) and str(text) for label, text in made.told())
        for number in (made.steps, made.epochs, made.alpha, made.n_pictures, made.clip_skip):
            assert number is None or 0 < number < 1e9


def test_words_are_bounded_and_printable():
    counts = {f"word {n}": n for n in range(1, 1000)} | {
        "a\x00b\u202ec": 5000,
        "y" * 5000: 4000,
        "": 9999,
        "minus": -4,
        "text": "x",
        "true": True,
    }
    words = told(
        lora(metadata={"ss_tag_frequency": json.dumps({"a": counts, "b": {"word 999": 10_000}, "c": 4})})
    ).words
    assert len(words) == 30
    assert (
        words[0] == Word("word 999", 10_999) and words[1] == Word("a b c", 5000) and words[2] == Word("y" * 120, 4000)
    )


# What it gives away


PRIVATE = {
    "ss_sd_model_name": "C:\\Users\\bob\\models\\sd_xl_base_1.0.safetensors",
    "ss_datasets": json.dumps(
        [{"resolution": [512, 512], "subsets": [{"image_dir": "/home/alice/train/10_ppcut", "img_count": 86}]}]
    ),
    "ss_vae_name": "\\\\BOBS-PC\\models\\vae.safetensors",
    "ss_training_comment": "by bob@example.org",
    "hostname": "BOBS-PC",
    "ss_user": "bob",
    "train_config": json.dumps({"folder": "/Users/alice", "hostname": "ALICE-MAC", "lr": 0.1}),
}
PUBLIC = {
    "ss_lr_scheduler": "cosine",
    "ss_output_name": "serra-papercut",
    "modelspec.license": "https://example.org/home/licence",
    "modelspec.implementation": "https://github.com/kohya-ss/sd-scripts",
    "modelspec.author": "alice@example.org",
    "ss_tag_frequency": json.dumps({"10_ppcut": {"and/or": 2, "http://example.org/x": 1}}),
    "ss_training_started_at": "1700000000.0",
    "ss_optimizer": "torch.optim.AdamW(weight_decay=0.1)",
}  # fmt: skip


def test_private_lines_are_found_and_others_left():
    found = private_lines(PUBLIC | PRIVATE)
    assert {line.key: line.kind for line in found} == {
        "ss_sd_model_name": PrivateKind.FOLDER,
        "ss_datasets": PrivateKind.FOLDER,
        "ss_vae_name": PrivateKind.COMPUTER,
        "ss_training_comment": PrivateKind.ADDRESS,
        "hostname": PrivateKind.COMPUTER,
        "ss_user": PrivateKind.PERSON,
        "train_config": PrivateKind.FOLDER,
    }
    assert all(str(line.label) and line.found for line in found)


def test_nothing_private_stays_in_a_rewritten_file():
    before = lora(metadata=PUBLIC | PRIVATE)
    target = io.BytesIO()
    rewrite_metadata(io.BytesIO(before), target, changes_without(describe(read_header(before)).private_lines))
    after = target.getvalue()
    for word in (b"bob", b"BOBS-PC", b"/home/alice", b"Users", b"ALICE-MAC", b"bob@example.org"):
        assert word in before.replace(b"\\\\", b"\\") and word not in after
    metadata = read_header(after).metadata
    assert metadata["ss_sd_model_name"] == "sd_xl_base_1.0.safetensors"
    assert json.loads(metadata["ss_datasets"])[0]["subsets"][0] == {"image_dir": "10_ppcut", "img_count": 86}
    assert json.loads(metadata["train_config"]) == {"folder": "", "hostname": "", "lr": 0.1}
    assert all(metadata[key] == value for key, value in PUBLIC.items())
    assert private_lines(metadata) == ()


@pytest.mark.parametrize("path", ["/home/bob", "/Users/bob/", "C:\\Users\\bob", "D:/Users/bob"])
def test_a_home_folder_does_not_leave_its_owners_name(path):
    (line,) = private_lines({"ss_note": path})
    assert line.replacement == ""


@pytest.mark.parametrize(
    "text",
    [
        "/" * 500_000,
        "\\" * 500_000,
        "a@" * 500_000,
        "a" * 1_000_000 + "@",
        "/home/" * 200_000,
        "C:" * 500_000,
        "../" * 300_000,
        "//a" * 300_000,
        '["' + "/x" * 400_000 + '"]',
    ],
)
def test_looking_for_private_lines_takes_linear_time(text):
    start = time.process_time()
    private_lines({"ss_note": text})
    assert time.process_time() - start < 2
