"""A base that can be drawn with, LoRAs that fit it, and wishes."""

import numpy as np

from generation.domain.asking import Wish, ask
from generation.pocket import WEIGHTS
from models_hub.domain import importing
from models_hub.models import Model, ModelVersion


def pocket_base(owner):
    """The pocket model as a published version, without sample pictures: quick."""
    from django.utils import timezone

    from generation.sampler.checkpoints import write_checkpoint

    path = _folder() / "pocket.safetensors"
    if not path.exists():
        write_checkpoint(WEIGHTS, path)
    version = _published(owner, "Pocket", "Checkpoint", timezone.now())
    importing.add_file_from_path(version, path)
    version.allow_generation()
    return version


def lora(owner, *, name="Stripes", strength=0.5, base_model="Pocket", seed=0, state="published"):
    """A published LoRA for the pocket UNet."""
    from django.utils import timezone

    path = write_lora(_folder() / f"{name}-{seed}-{strength}.safetensors", strength=strength, seed=seed)
    version = _published(owner, name, "LORA", timezone.now(), base_model=base_model, state=state)
    importing.add_file_from_path(version, path)
    return version


def write_lora(path, *, rank=4, alpha=4.0, strength=0.5, seed=0, trigger="zbrstyle"):
    """A kohya LoRA for the pocket UNet's text attention; its strength can be told from its pictures. Returns `path`."""
    from safetensors.numpy import load_file, save_file

    rng = np.random.default_rng(seed)
    tensors = {}
    for key, weight in load_file(WEIGHTS / "unet/diffusion_pytorch_model.safetensors").items():
        if not key.endswith((".attn2.to_v.weight", ".attn2.to_q.weight")):
            continue
        stem = "lora_unet_" + key.removesuffix(".weight").replace(".", "_")
        tensors[f"{stem}.lora_down.weight"] = rng.normal(0, weight.shape[1] ** -0.5, (rank, weight.shape[1])).astype(
            "f4"
        )
        tensors[f"{stem}.lora_up.weight"] = rng.normal(0, strength / rank**0.5, (weight.shape[0], rank)).astype("f4")
        tensors[f"{stem}.alpha"] = np.array(alpha, "f4")
    metadata = {
        "ss_network_module": "networks.lora",
        "modelspec.trigger_phrase": trigger,
        "ss_network_dim": str(rank),
        "ss_network_alpha": str(alpha),
        "ss_tag_frequency": f'{{"5_{trigger}": {{"{trigger}": 20, "red circle": 4}}}}',
    }
    save_file(tensors, path, metadata=metadata)
    return path


def wish(base, **changes):
    asked = {"prompt": "a red circle on a blue background", "width": 128, "height": 128, "steps": 4, "cfg_scale": 5.0}
    return Wish(base=base, **{**asked, "seed": 7, **changes})


def asked(owner, base, **changes):
    return ask(owner, wish(base, **changes))


def _published(owner, name, type, at, *, base_model="Pocket", state="published"):
    model = Model.objects.create(owner=owner, name=name, type=type, state=state, published_at=at, last_version_at=at)
    return ModelVersion.objects.create(model=model, name="v1", base_model=base_model, state=state, published_at=at)


def _folder():
    from pathlib import Path

    from django.conf import settings

    folder = Path(settings.DATA_DIR) / "factories"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
