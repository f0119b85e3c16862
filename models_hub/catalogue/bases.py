"""Base models, grouped in ecosystems, each with the licence that its makers gave it.

Names are the published ones, since tools compare them letter by letter. `architecture` says whose
tensors fit whose: a LoRA for Pony loads into SDXL, one for SD 1.5 does not.
"""

from dataclasses import dataclass
from functools import cache

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


@dataclass(frozen=True)
class Licence:
    key: str
    name: str
    url: str = ""
    is_non_commercial: bool = False
    forbids_mature: bool = False
    restricts_use: bool = False


@dataclass(frozen=True)
class Ecosystem:
    """`key` lower-cased is the one in AIR identifiers. `architecture` "" means tensors fit only within the ecosystem."""

    key: str
    name: str
    architecture: str = ""
    medium: str = "image"


@dataclass(frozen=True)
class BaseModel:
    """`is_active` False: still accepted from old files and tools, no longer offered in forms."""

    name: str
    ecosystem: Ecosystem
    licence: Licence
    is_active: bool = True

    @property
    def is_non_commercial(self):
        return self.licence.is_non_commercial

    @property
    def forbids_mature(self):
        return self.licence.forbids_mature


# fmt: off
LICENCES = {licence.key: licence for licence in (
    Licence("own", _("the licence of this project")),
    Licence("openrail", "CreativeML Open RAIL-M", "https://huggingface.co/spaces/CompVis/stable-diffusion-license", restricts_use=True),
    Licence("openrail++", "CreativeML Open RAIL++-M", "https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/LICENSE.md", restricts_use=True),
    Licence("sdxl-0.9", "SDXL 0.9 Research License", "https://huggingface.co/stabilityai/stable-diffusion-xl-base-0.9/blob/main/LICENSE.md", is_non_commercial=True, restricts_use=True),
    Licence("stability-nc", "Stability AI Non-Commercial Research Community License", "https://huggingface.co/stabilityai/sdxl-turbo/blob/main/LICENSE.md", is_non_commercial=True, forbids_mature=True, restricts_use=True),
    Licence("stability-community", "Stability AI Community License", "https://stability.ai/community-license-agreement", forbids_mature=True, restricts_use=True),
    Licence("apache-2.0", "Apache 2.0", "https://www.apache.org/licenses/LICENSE-2.0"),
    Licence("mit", "MIT", "https://opensource.org/license/mit"),
    Licence("pony", "Pony License", "https://purplesmart.ai/license", restricts_use=True),
    Licence("illustrious", "Illustrious License", "https://huggingface.co/OnomaAIResearch/Illustrious-xl-early-release-v0/blob/main/README.md", restricts_use=True),
    Licence("noobai", "Fair AI Public License 1.0-SD", "https://freedevproject.org/faipl-1.0-sd/", restricts_use=True),
    Licence("flux-dev-nc", "FLUX.1 [dev] Non-Commercial License", "https://huggingface.co/black-forest-labs/FLUX.1-dev/blob/main/LICENSE.md", is_non_commercial=True, restricts_use=True),
    Licence("flux2-dev-nc", "FLUX.2 [dev] Non-Commercial License", "https://huggingface.co/black-forest-labs/FLUX.2-dev/blob/main/LICENSE.txt", is_non_commercial=True, restricts_use=True),
    Licence("playground-2", "Playground v2 Community License", "https://huggingface.co/playgroundai/playground-v2-1024px-aesthetic/blob/main/LICENSE.md", restricts_use=True),
    Licence("hunyuan", "Tencent Hunyuan Community License", "https://huggingface.co/Tencent-Hunyuan/HunyuanDiT/blob/main/LICENSE.txt", restricts_use=True),
    Licence("kolors", "Kolors License", "https://huggingface.co/Kwai-Kolors/Kolors/blob/main/MODEL_LICENSE", restricts_use=True),
    Licence("ltxv", "LTX Video License", "https://huggingface.co/Lightricks/LTX-Video/blob/main/LICENSE.txt", restricts_use=True),
    Licence("cogvideox", "CogVideoX License", "https://huggingface.co/THUDM/CogVideoX-5b/blob/main/LICENSE", restricts_use=True),
    Licence("ideogram-nc", "Ideogram Non-Commercial License", is_non_commercial=True, forbids_mature=True, restricts_use=True),
    Licence("service", _("the terms of its provider"), restricts_use=True),
    Licence("unknown", _("its makers’ licence")),
)}

ECOSYSTEMS = {ecosystem.key: ecosystem for ecosystem in (
    Ecosystem("Pocket", "Pocket", "pocket"),
    Ecosystem("SD1", "Stable Diffusion 1", "sd1"),
    Ecosystem("SD2", "Stable Diffusion 2", "sd2"),
    Ecosystem("SDXL", "Stable Diffusion XL", "sdxl"),
    Ecosystem("Pony", "Pony", "sdxl"),
    Ecosystem("Illustrious", "Illustrious", "sdxl"),
    Ecosystem("NoobAI", "NoobAI", "sdxl"),
    Ecosystem("SDXLDistilled", "SDXL Distilled"),
    Ecosystem("SD3", "Stable Diffusion 3", "sd3"),
    Ecosystem("SD3_5M", "Stable Diffusion 3.5 Medium", "sd3.5m"),
    Ecosystem("SCascade", "Stable Cascade"),
    Ecosystem("Flux1", "Flux.1", "flux1"),
    Ecosystem("FluxKrea", "Flux.1 Krea", "flux1"),
    Ecosystem("Flux1Kontext", "Flux.1 Kontext", "flux1"),
    Ecosystem("Flux2", "Flux.2", "flux2"),
    Ecosystem("Flux2Klein_9B", "Flux.2 Klein 9B", "flux2-klein-9b"),
    Ecosystem("Flux2Klein_4B", "Flux.2 Klein 4B", "flux2-klein-4b"),
    Ecosystem("PonyV7", "Pony V7", "auraflow"),
    Ecosystem("AuraFlow", "AuraFlow", "auraflow"),
    Ecosystem("Anima", "Anima"), Ecosystem("Chroma", "Chroma"), Ecosystem("HiDream", "HiDream"),
    Ecosystem("Kolors", "Kolors"), Ecosystem("Lumina", "Lumina"), Ecosystem("PixArtA", "PixArt α"),
    Ecosystem("PixArtE", "PixArt Σ"), Ecosystem("PlaygroundV2", "Playground v2"), Ecosystem("HyDit1", "Hunyuan DiT"),
    Ecosystem("Qwen", "Qwen"), Ecosystem("Qwen2", "Qwen 2"), Ecosystem("Qwen3", "Qwen 3"),
    Ecosystem("ZImageTurbo", "Z-Image Turbo", "zimage"), Ecosystem("ZImageBase", "Z-Image", "zimage"),
    Ecosystem("Ernie", "Ernie"), Ecosystem("Krea2", "Krea 2"), Ecosystem("Lens", "Lens"), Ecosystem("MageFlow", "MageFlow"),
    Ecosystem("Ideogram", "Ideogram"), Ecosystem("WanImage", "Wan Image"),
    Ecosystem("WanVideo", "Wan Video", medium="video"), Ecosystem("HyV1", "Hunyuan Video", medium="video"),
    Ecosystem("LTXV", "LTX Video", medium="video"), Ecosystem("LTXV2", "LTX Video 2", medium="video"),
    Ecosystem("Mochi", "Mochi", medium="video"), Ecosystem("CogVideoX", "CogVideoX", medium="video"),
    Ecosystem("SVD", "Stable Video Diffusion", medium="video"), Ecosystem("Flux3Video", "Flux 3 Video", medium="video"),
    Ecosystem("Service", _("Hosted services")),
    Ecosystem("Other", _("Other")),
)}

_TABLE = (
    ("Pocket", "own", "Pocket"),
    ("SD1", "openrail", "SD 1.4 | SD 1.5 | SD 1.5 LCM | SD 1.5 Hyper"),
    ("SD2", "openrail", "SD 2.0 | SD 2.0 768 | SD 2.1 | SD 2.1 768 | SD 2.1 Unclip"),
    ("SDXL", "sdxl-0.9", "SDXL 0.9"),
    ("SDXL", "openrail++", "SDXL 1.0 | SDXL 1.0 LCM | SDXL Lightning | SDXL Hyper"),
    ("SDXL", "stability-nc", "SDXL Turbo"),
    ("SDXLDistilled", "openrail++", "SDXL Distilled"),
    ("SD3", "stability-community", "SD 3 | SD 3.5 | SD 3.5 Large | SD 3.5 Large Turbo"),
    ("SD3_5M", "stability-community", "SD 3.5 Medium"),
    ("SCascade", "stability-nc", "Stable Cascade"),
    ("Pony", "pony", "Pony"),
    ("PonyV7", "pony", "Pony V7"),
    ("Illustrious", "illustrious", "Illustrious"),
    ("NoobAI", "noobai", "NoobAI"),
    ("Anima", "unknown", "Anima"),
    ("Flux1", "apache-2.0", "Flux.1 S"),
    ("Flux1", "flux-dev-nc", "Flux.1 D"),
    ("FluxKrea", "flux-dev-nc", "Flux.1 Krea"),
    ("Flux1Kontext", "flux-dev-nc", "Flux.1 Kontext"),
    ("Flux2", "flux2-dev-nc", "Flux.2 D"),
    ("Flux2Klein_9B", "flux2-dev-nc", "Flux.2 Klein 9B | Flux.2 Klein 9B-base"),
    ("Flux2Klein_4B", "apache-2.0", "Flux.2 Klein 4B | Flux.2 Klein 4B-base"),
    ("Flux3Video", "service", "Flux 3 Video"),
    ("Chroma", "apache-2.0", "Chroma"),
    ("HiDream", "mit", "HiDream | HiDream-O1"),
    ("AuraFlow", "apache-2.0", "AuraFlow"),
    ("Kolors", "kolors", "Kolors"),
    ("Lumina", "apache-2.0", "Lumina"),
    ("PixArtA", "openrail++", "PixArt a"),
    ("PixArtE", "openrail++", "PixArt E"),
    ("PlaygroundV2", "playground-2", "Playground v2"),
    ("HyDit1", "hunyuan", "Hunyuan 1"),
    ("HyV1", "hunyuan", "Hunyuan Video"),
    ("Qwen", "apache-2.0", "Qwen"),
    ("Qwen2", "apache-2.0", "Qwen 2"),
    ("Qwen3", "apache-2.0", "Qwen 3"),
    ("ZImageTurbo", "apache-2.0", "ZImageTurbo"),
    ("ZImageBase", "apache-2.0", "ZImageBase"),
    ("WanVideo", "apache-2.0", "Wan Video | Wan Video 1.3B t2v | Wan Video 14B t2v | Wan Video 14B i2v 480p | Wan Video 14B i2v 720p"
     " | Wan Video 2.2 TI2V-5B | Wan Video 2.2 I2V-A14B | Wan Video 2.2 T2V-A14B | Wan Video 2.5 T2V | Wan Video 2.5 I2V | Wan Video 2.7"),
    ("WanImage", "service", "Wan Image 2.7"),
    ("LTXV", "ltxv", "LTXV"),
    ("LTXV2", "ltxv", "LTXV2 | LTXV 2.3"),
    ("Mochi", "apache-2.0", "Mochi"),
    ("CogVideoX", "cogvideox", "CogVideoX"),
    ("SVD", "stability-nc", "SVD | SVD XT"),
    ("Ernie", "unknown", "Ernie"),
    ("Ideogram", "ideogram-nc", "Ideogram 4.0"),
    ("Krea2", "unknown", "Krea 2"),
    ("Lens", "unknown", "Lens"),
    ("MageFlow", "unknown", "MageFlow"),
    ("Service", "service", "MAI | Nano Banana | OpenAI | Imagen4 | Veo 3 | Sora 2 | Kling | Seedance | Seedream | Vidu Q1"
     " | MiniMax H3 | Reve | Grok | ACE Audio | PolyGen | Tripo | Hunyuan3D"),
    ("Other", "unknown", "ODOR | Upscaler | Other"),
)
_RETIRED = {"SDXL 0.9", "SD 2.1 Unclip", "Wan Video", "ODOR"}
# fmt: on

BASE_MODELS = {
    name: BaseModel(name, ECOSYSTEMS[ecosystem], LICENCES[licence], is_active=name not in _RETIRED)
    for ecosystem, licence, names in _TABLE
    for name in names.split(" | ")
}
POCKET = BASE_MODELS["Pocket"]
# What the versions that ship with the site say of themselves. Everybody reads it, so it is shown in the reader's language.
POCKET_FAMILY = {
    "standard": gettext_noop("Flat shapes, plain colours. Start here."),
    "anime": gettext_noop("Dark outlines, two tones of shade, a highlight."),
    "realistic": gettext_noop("Soft light, shadows, grain."),
}
OTHER = BASE_MODELS["Other"]


def find_base(name):
    """The BaseModel of that published name in any letter case, or None."""
    return BASE_MODELS.get(name) or _by_folded_name().get(str(name).casefold())


def grouped_choices():
    """Active base models for a form's select: [(ecosystem's name, [(name, name), …]), …]."""
    groups = {}
    for base in BASE_MODELS.values():
        if base.is_active and base.ecosystem.key != "Service":
            groups.setdefault(base.ecosystem.key, []).append((base.name, base.name))
    return [(ECOSYSTEMS[key].name, choices) for key, choices in groups.items()]


def fits(resource_base, checkpoint_base):
    """Whether a LoRA or embedding made for one base model has the shapes of the other. Names in, unknown names never fit."""
    resource, checkpoint = find_base(resource_base), find_base(checkpoint_base)
    if not resource or not checkpoint:
        return False
    return _shape_family(resource) == _shape_family(checkpoint)


def _shape_family(base):
    return base.ecosystem.architecture or base.ecosystem.key


@cache
def _by_folded_name():
    return {name.casefold(): base for name, base in BASE_MODELS.items()}
