from django.utils.translation import override

from models_hub.catalogue.bases import BASE_MODELS, ECOSYSTEMS, LICENCES, find_base, fits, grouped_choices
from models_hub.catalogue.generation import FRAMES, SAMPLERS, SEED, frame_of
from models_hub.catalogue.kinds import AIR_TYPES, EXTENSIONS, FileType, HashType, ModelType


def test_published_enumerations_keep_names_and_order():
    assert ",".join(ModelType.values) == (
        "Checkpoint,TextualInversion,Hypernetwork,AestheticGradient,LORA,LoCon,DoRA,Controlnet,Upscaler,MotionModule,VAE,TextEncoder,UNet,"
        "CLIPVision,Poses,Wildcards,Workflows,ComfyWorkflows,Detection,VisionLanguage,CLIP,LLM,Other"
    )
    assert HashType.values == ["AutoV1", "AutoV2", "AutoV3", "SHA256", "CRC32", "BLAKE3"]
    assert (
        FileType.values[:5] == ["Model", "Text Encoder", "Vision Encoder", "Pruned Model", "Negative"]
        and len(FileType) == 17
    )
    assert AIR_TYPES[ModelType.LOCON] == "lycoris" and set(EXTENSIONS.values()) == {"safetensors", "gguf", "zip"}


def test_labels_are_translatable_words_and_values_are_not():
    with override("en"):
        assert ModelType.LORA.label == "LoRA" and str(ModelType.UPSCALER.label) == "Upscaler"


def test_every_base_model_has_an_ecosystem_and_a_licence():
    assert len(BASE_MODELS) > 90
    for name, base in BASE_MODELS.items():
        assert (
            base.name == name
            and base.ecosystem.key in ECOSYSTEMS
            and base.licence.key in LICENCES
            and str(base.licence.name)
        )


def test_every_ecosystem_and_licence_is_used():
    assert {base.ecosystem.key for base in BASE_MODELS.values()} == set(ECOSYSTEMS)
    assert {base.licence.key for base in BASE_MODELS.values()} == set(LICENCES)


def test_bases_are_found_in_any_letter_case():
    assert find_base("sdxl 1.0") is find_base("SDXL 1.0") is BASE_MODELS["SDXL 1.0"]
    assert find_base("nothing such") is None and find_base("") is None


def test_licences_that_bind():
    assert find_base("Flux.1 D").is_non_commercial and not find_base("Flux.1 S").is_non_commercial
    assert (
        find_base("SDXL Turbo").forbids_mature
        and find_base("SVD").forbids_mature
        and find_base("SD 3.5").forbids_mature
    )
    assert not find_base("Pocket").is_non_commercial and not find_base("Pocket").forbids_mature


def test_shapes_fit_within_an_architecture():
    assert fits("Pony", "SDXL 1.0") and fits("Illustrious", "Pony") and fits("Pocket", "pocket")
    assert (
        not fits("SD 1.5", "SDXL 1.0")
        and not fits("Pocket", "SD 1.5")
        and not fits("x", "x")
        and not fits("Anima", "Chroma")
    )


def test_forms_offer_active_bases_once_by_ecosystem():
    groups = grouped_choices()
    offered = [name for _group, choices in groups for name, _label in choices]
    assert len(offered) == len(set(offered)) and "Pocket" in offered
    assert "SDXL 0.9" not in offered and "Sora 2" not in offered
    assert len({str(group) for group, _choices in groups}) == len(groups)


def test_frames_hold_their_own_sizes():
    for frame in FRAMES.values():
        for width, height in frame.sizes:
            assert width % frame.multiple == height % frame.multiple == 0 and max(width, height) <= frame.largest_side
    assert frame_of("Pocket").sizes[0] == (128, 128) and frame_of("Pony") is FRAMES["sdxl"]
    assert frame_of("Sora 2") is None and frame_of("x") is None


def test_sampler_names_are_unique_and_the_seed_has_32_bits():
    assert len(SAMPLERS) == len(set(SAMPLERS)) == 26
    assert SEED.holds(0) and SEED.holds(2**32 - 1) and not SEED.holds(2**32) and not SEED.holds(-1)
