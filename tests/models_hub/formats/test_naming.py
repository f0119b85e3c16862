"""Names of downloads, as published clients know them, from text that anybody may have typed."""

import re
import unicodedata
from urllib.parse import unquote

import pytest

from models_hub.catalogue.kinds import BaseModelType, FileType, ModelType
from models_hub.formats.naming import clean_name, content_disposition, download_name, filenamize

HOSTILE = [
    "../../x", "..\\..\\x", "/etc/passwd", "C:\\x", "con.txt", "NUL", "a\r\nSet-Cookie: s=1", 'a".safetensors', "a;b", "é" * 300, "x" * 5000,
    "x.safetensors%00.html", "x\x00.html", "a\u202egpj", "\ud800", "", ".", "...", " . ", ".htaccess", "a/../b", "猫" * 200, "a\u200b", "👩‍🎨" * 80, "-rf", "a?b*c|d<e>f:",
]  # fmt: skip


def name(**more):
    facts = {
        "model_name": "Serra papercut",
        "version_name": "v4",
        "model_type": ModelType.CHECKPOINT,
        "extension": "safetensors",
    }
    return download_name(**facts | more)


@pytest.mark.parametrize(
    ("model", "version", "expected"),
    [
        ("DreamShaper", "8", "dreamshaper_8"),
        ("Realistic Vision V6.0 B1", "V5.1 (VAE)", "realisticVisionV60B1_v51VAE"),
        ("majicMIX realistic 麦橘写实", "v7", "majicmixRealistic_v7"),
        ("DreamShaper XL", "v2.1 Turbo DPM++ SDE", "dreamshaperXL_v21TurboDPMSDE"),
        ("Pony Diffusion V6 XL", "V6 (start with this one)", "ponyDiffusionV6XL_v6StartWithThisOne"),
        ("ReV Animated", "v1.2.2-EOL", "revAnimated_v122EOL"),
        ("Counterfeit-V3.0", "v3.0", "counterfeitV30_v30"),
    ],
)
def test_names_are_the_published_ones(model, version, expected):
    assert name(model_name=model, version_name=version) == f"{expected}.safetensors"


def test_the_version_does_not_repeat_the_model():
    assert name(version_name="Serra papercut v4") == "serraPapercut_v4.safetensors"


def test_a_version_named_as_its_model_adds_nothing():
    assert name(version_name="Serra Papercut") == "serraPapercut.safetensors"


@pytest.mark.parametrize("kind", [ModelType.LORA, ModelType.LOCON, ModelType.DORA, ModelType.VAE])
def test_loras_and_vaes_keep_the_uploaded_name(kind):
    assert name(model_type=kind, uploaded_name="serra-papercut-v4.safetensors") == "serra-papercut-v4.safetensors"


def test_checkpoints_do_not_keep_it():
    assert name(uploaded_name="final_final2.safetensors") == "serraPapercut_v4.safetensors"


def test_an_embedding_is_called_by_its_word():
    facts = {"model_type": ModelType.TEXTUAL_INVERSION, "trained_word": "ppcut-bad"}
    assert name(**facts) == "ppcut-bad.safetensors"
    assert name(**facts, file_type=FileType.NEGATIVE) == "ppcut-bad-neg.safetensors"


def test_training_data_is_called_so():
    assert (
        name(file_type=FileType.TRAINING_DATA, extension="zip", model_type=ModelType.LORA, uploaded_name="x.zip")
        == "serraPapercut_v4_trainingData.zip"
    )


def test_an_override_wins():
    assert name(override_name="mine", uploaded_name="x.safetensors", model_type=ModelType.LORA) == "mine.safetensors"


def test_suffixes():
    assert name(base_model_type=BaseModelType.INPAINTING) == "serraPapercut_v4-inpainting.safetensors"
    assert name(base_model_type=BaseModelType.PIX2PIX) == "serraPapercut_v4.instruct-pix2pix.safetensors"
    assert name(file_type=FileType.TEXT_ENCODER) == "serraPapercut_v4_txt.safetensors"


def test_the_format_decides_the_extension():
    assert name(model_type=ModelType.LORA, uploaded_name="a.ckpt") == "a.safetensors"
    assert name(model_type=ModelType.LORA, uploaded_name="a.safetensors.exe") == "a.safetensors.exe.safetensors"


def test_other_scripts_are_kept_where_nothing_else_is_left():
    assert name(model_name="麦橘写实", version_name="一") == "麦橘写实_一.safetensors"
    assert name(model_name="★★", version_name="!!") == "model.safetensors"


def test_words_are_not_cut_where_they_can_be_left_out():
    assert filenamize("one two three four five six") == "oneTwoThreeFourFive"
    assert filenamize("supercalifragilisticexpialidocious") == "supercalifragilistic"


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("extension", ["", "safetensors"])
def test_no_name_can_hurt(text, extension):
    made = clean_name(text, extension)
    assert made and len(made.encode()) <= 200
    assert not re.search(r'[/\\<>:"|?*%;\x00-\x1f\x7f]', made)
    assert not made.startswith(".") and not made.endswith((".", " "))
    assert not any(unicodedata.category(ch) in ("Cc", "Cf", "Cs") for ch in made)
    assert made.partition(".")[0].casefold() not in {"con", "nul", "prn", "aux"}
    assert made.endswith(f".{extension}" if extension else "")
    assert clean_name(made, extension) == made


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_header_can_be_broken(text):
    header = content_disposition(text)
    assert header.isascii() and header.isprintable()
    assert re.fullmatch(r"attachment; (filename\*=UTF-8''[A-Za-z0-9!#$&+\-.^_`|~%]+; )?filename=\"[^\"\\;%]+\"", header)
    assert not re.search(r"%(0|1|7F|2F|5C)", header)


def test_a_plain_name_stands_last_and_alone():
    assert content_disposition("serra_v4.safetensors") == 'attachment; filename="serra_v4.safetensors"'


def test_another_name_is_encoded_by_rfc_5987_with_a_plain_one_behind():
    header = content_disposition("ação 猫.safetensors")
    encoded = re.search(r"filename\*=UTF-8''([^;]+);", header)[1]
    assert unquote(encoded) == "ação 猫.safetensors"
    assert header.endswith('filename="acao _.safetensors"')
    assert content_disposition("猫.safetensors").endswith('filename="file.safetensors"')


def test_a_name_is_cut_between_letters():
    made = clean_name("é" * 300, "safetensors")
    assert len(made.encode()) in (199, 200) and made.count("é") == 94
