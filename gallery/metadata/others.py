"""InvokeAI's, SwarmUI's and Fooocus' JSON, as far as it says what the others say."""

import json
import math
import re

from .recipe import LORA, MAX_RESOURCES, MAX_TEXT, Recipe, Resource, Unreadable, clean_hash


def read_invoke(text):
    """The recipe of InvokeAI's ``invokeai_metadata``."""
    found = _object(text)
    model = found.get("model") if isinstance(found.get("model"), dict) else {}
    loras = found.get("loras") if isinstance(found.get("loras"), list) else []
    return Recipe(
        prompt=_text(found, "positive_prompt"),
        negative_prompt=_text(found, "negative_prompt"),
        steps=_whole(found.get("steps")),
        sampler=_text(found, "scheduler")[:60],
        cfg_scale=_number(found.get("cfg_scale")),
        seed=_whole(found.get("seed")),
        width=_whole(found.get("width")),
        height=_whole(found.get("height")),
        model_name=_text(model, "name", "model_name")[:300],
        resources=tuple(_invoke_lora(entry) for entry in loras[:MAX_RESOURCES] if isinstance(entry, dict)),
    )


def read_swarm(text):
    """The recipe of SwarmUI's ``sui_image_params``, which stands under "parameters" as JSON."""
    whole = _object(text)
    found = whole.get("sui_image_params")
    if not isinstance(found, dict):
        raise Unreadable("This is no SwarmUI text.")
    names = found.get("loras") if isinstance(found.get("loras"), list) else []
    weights = found.get("loraweights") if isinstance(found.get("loraweights"), list) else []
    hashes = _swarm_hashes(whole.get("sui_models"))
    used = []
    for number, name in enumerate(names[:MAX_RESOURCES]):
        if isinstance(name, str):
            weight = _number(weights[number]) if number < len(weights) else None
            name = name.rsplit("/", 1)[-1]
            used.append(Resource(name=name[:300], type=LORA, hash=hashes.get(_bare(name), ""), weight=weight))
    return Recipe(
        prompt=_text(found, "prompt"),
        negative_prompt=_text(found, "negativeprompt"),
        steps=_whole(found.get("steps")),
        sampler=_text(found, "sampler", "comfyuisampler")[:60],
        schedule=_text(found, "scheduler", "comfyuischeduler")[:60],
        cfg_scale=_number(found.get("cfgscale")),
        seed=_whole(found.get("seed")),
        width=_whole(found.get("width")),
        height=_whole(found.get("height")),
        model_name=_text(found, "model")[:300],
        model_hash=hashes.get(_bare(_text(found, "model").rsplit("/", 1)[-1]), ""),
        resources=tuple(used),
    )


def _swarm_hashes(models):
    """{bare name: hash} of what SwarmUI lists beside the settings: SHA-256 of the tensors, which is AutoV3 in full."""
    models = models if isinstance(models, list) else []
    return {
        _bare(_text(entry, "name").rsplit("/", 1)[-1]): clean_hash(_text(entry, "hash").removeprefix("0x")[:12])
        for entry in models[:MAX_RESOURCES]
        if isinstance(entry, dict)
    }


def _bare(name):
    return name.removesuffix(".safetensors")


def read_fooocus(text):
    """The recipe of Fooocus' JSON, under "parameters" too."""
    found = _object(text)
    if "prompt" not in found or "base_model" not in found:
        raise Unreadable("This is no Fooocus text.")
    loras = found.get("loras") if isinstance(found.get("loras"), list) else []
    return Recipe(
        prompt=_text(found, "full_prompt", "prompt"),
        negative_prompt=_text(found, "negative_prompt"),
        steps=_whole(found.get("steps")),
        sampler=_text(found, "sampler")[:60],
        schedule=_text(found, "scheduler")[:60],
        cfg_scale=_number(found.get("guidance_scale")),
        seed=_whole(found.get("seed")),
        model_name=_text(found, "base_model")[:300],
        model_hash=clean_hash(found.get("base_model_hash", "")),
        resources=tuple(_fooocus_lora(*entry[:3]) for entry in loras[:MAX_RESOURCES] if _is_fooocus_lora(entry)),
    )


def _is_fooocus_lora(entry):
    return isinstance(entry, list) and bool(entry) and isinstance(entry[0], str)


def _fooocus_lora(name, weight=None, digest=""):
    return Resource(name=_bare(name)[:300], type=LORA, hash=clean_hash(digest), weight=_number(weight))


def _invoke_lora(entry):
    model = next((entry[key] for key in ("model", "lora") if isinstance(entry.get(key), dict)), {})
    return Resource(name=_text(model, "name", "model_name")[:300], type=LORA, weight=_number(entry.get("weight")))


def _object(text):
    if len(text) > MAX_TEXT:
        raise Unreadable("The generation text is too long.")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The generation text can't be read.") from error
    if not isinstance(found, dict):
        raise Unreadable("The generation text can't be read.")
    return found


def _text(found, *keys):
    for key in keys:
        value = found.get(key)
        if isinstance(value, list):
            value = "\n".join(part for part in value if isinstance(part, str))
        if isinstance(value, str) and value:
            return value
    return ""


def _whole(value):
    if isinstance(value, str) and value.isdecimal() and len(value) <= 20:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**64 else None


def _number(value):
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,6}(\.\d{1,6})?", value, re.ASCII):
        value = float(value)
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if good else None
