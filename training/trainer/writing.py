"""The file: fp16 safetensors with kohya's ss_* keys, modelspec, and hashes that other tools find."""

import hashlib
import json
from datetime import UTC, datetime

from safetensors.torch import save, save_file

from .captions import tag_frequency

SOFTWARE = "civitai"


def write(path, tensors, *, title, settings, step, epoch, captions, trigger="", base_name="", base_sha256="", author="",
          started_at=None, predicts_velocity=False, architecture="stable-diffusion-v1"):  # fmt: skip
    """Writes the LoRA at `path`; returns its metadata. All values are text, as the format wants."""
    metadata = {
        "ss_network_module": "networks.lora",
        "ss_network_dim": str(settings.rank),
        "ss_network_alpha": str(settings.alpha),
        "ss_network_args": json.dumps(_network_args(settings)),
        "ss_base_model_version": "sd_v1" if architecture == "stable-diffusion-v1" else architecture,
        "ss_v2": "False",
        "ss_output_name": title,
        "ss_learning_rate": str(settings.learning_rate),
        "ss_unet_lr": str(settings.learning_rate),
        "ss_lr_scheduler": "cosine",
        "ss_lr_warmup_steps": str(settings.warmup),
        "ss_optimizer": "torch.optim.AdamW",
        "ss_max_grad_norm": str(settings.clip),
        "ss_min_snr_gamma": str(settings.min_snr_gamma),
        "ss_noise_offset": str(settings.noise_offset),
        "ss_caption_dropout_rate": str(settings.caption_dropout),
        "ss_seed": str(settings.seed),
        "ss_steps": str(step),
        "ss_epoch": str(epoch),
        "ss_num_epochs": str(settings.epochs),
        "ss_max_train_steps": str(settings.steps(len(captions))),
        "ss_num_train_images": str(len(captions) * settings.repeats),
        "ss_batch_size_per_device": str(settings.batch_size),
        "ss_total_batch_size": str(settings.batch_size),
        "ss_resolution": f"({settings.resolution}, {settings.resolution})",
        "ss_mixed_precision": "no",
        "ss_cache_latents": "True",
        "ss_sd_model_name": base_name,
        "ss_new_sd_model_hash": base_sha256.lower(),
        "ss_dataset_dirs": json.dumps(
            {_folder(settings, trigger): {"n_repeats": settings.repeats, "img_count": len(captions)}}
        ),
        "ss_tag_frequency": json.dumps({_folder(settings, trigger): tag_frequency(captions)}, ensure_ascii=False),
        "ss_training_started_at": str((started_at or datetime.now(UTC)).timestamp()),
        "ss_training_finished_at": str(datetime.now(UTC).timestamp()),
        "modelspec.sai_model_spec": "1.0.1",
        "modelspec.architecture": f"{architecture}/lora",
        "modelspec.implementation": "https://github.com/huggingface/diffusers",
        "modelspec.title": title,
        "modelspec.resolution": f"{settings.resolution}x{settings.resolution}",
        "modelspec.author": author,
        "modelspec.date": datetime.now(UTC).date().isoformat(),
        "modelspec.prediction_type": "v" if predicts_velocity else "epsilon",
        "modelspec.hash_sha256": "0x" + tensors_sha256(tensors),
    }
    if trigger:
        metadata["modelspec.trigger_phrase"] = trigger
    metadata |= _kohya_hashes(tensors, metadata)
    save_file(tensors, path, metadata={key: value for key, value in metadata.items() if value != ""})
    return metadata


def _network_args(settings):
    """kohya's own way to say that convolutions were learnt too, and how large."""
    return {"conv_dim": settings.rank, "conv_alpha": settings.alpha} if settings.layers == "all" else {}


def _folder(settings, trigger):
    return f"{settings.repeats}_{trigger or 'pictures'}"


def tensors_sha256(tensors):
    """Of everything after the header: what is hashed is what the format writes."""
    data = save(tensors)
    return hashlib.sha256(data[8 + int.from_bytes(data[:8], "little") :]).hexdigest()


def _kohya_hashes(tensors, metadata):
    """sshs_model_hash and sshs_legacy_hash over the bytes with the ss_* keys alone, as other trainers compute them."""
    data = save(tensors, {key: value for key, value in metadata.items() if key.startswith("ss_") and value != ""})
    body = data[8 + int.from_bytes(data[:8], "little") :]
    legacy = hashlib.sha256(data[0x100000 : 0x100000 + 0x10000]).hexdigest()[:8]
    return {"sshs_model_hash": hashlib.sha256(body).hexdigest(), "sshs_legacy_hash": legacy}
