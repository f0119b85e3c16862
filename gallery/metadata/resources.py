"""Which models a generation text names: hashes, tags in the prompt, and Civitai's own list, joined into one."""

import json
import math
import re
from dataclasses import replace

from .recipe import (
    CHECKPOINT,
    EMBEDDING,
    HYPERNETWORK,
    LORA,
    MAX_RESOURCES,
    VAE,
    Resource,
    clean_hash,
)

LIST, HASHES, LORAS, EMBEDDINGS = "Civitai resources", "Hashes", "Lora hashes", "TI hashes"
VAE_NAME, VAE_HASH = "VAE", "VAE hash"
KEYS = {LIST, HASHES, LORAS, EMBEDDINGS, VAE_NAME, VAE_HASH}

_TAG = re.compile(r"<(lora|lyco|hypernet):([^:<>\n]{1,200}):([^:<>\n]{1,20})(?::[^<>\n]{0,40})?>")
_AIR = re.compile(r"urn:air:[\w.\-]{1,40}:([\w.\-]{1,40}):civitai:(\d{1,18})@(\d{1,18})")
_TYPES = {
    "model": CHECKPOINT, "checkpoint": CHECKPOINT, "lora": LORA, "lycoris": LORA, "locon": LORA, "dora": LORA,
    "lyco": LORA, "embed": EMBEDDING, "embedding": EMBEDDING, "textualinversion": EMBEDDING, "ti": EMBEDDING,
    "vae": VAE, "hypernet": HYPERNETWORK, "hypernetwork": HYPERNETWORK,
}  # fmt: skip
_WORDS = {CHECKPOINT: "model", LORA: "lora", EMBEDDING: "embed", VAE: "vae", HYPERNETWORK: "hypernet"}
_UNSAFE = set(',:"\n\r')


def read(pairs, prompt):
    """A tuple of ``Resource``, each once, in the order in which the text names them."""
    found = [*_listed(pairs.get(LIST, "")), *_hashed(pairs)]
    vae = pairs.get(VAE_NAME, "")
    if vae or clean_hash(pairs.get(VAE_HASH, "")):
        found.append(Resource(name=vae, type=VAE, hash=clean_hash(pairs.get(VAE_HASH, ""))))
    for kind, name, weight in _TAG.findall(prompt):
        found.append(Resource(name=name.strip(), type=_TYPES[kind], weight=_number(weight)))
    joined = []
    for resource in found:
        _join(joined, resource)
        if len(joined) >= MAX_RESOURCES:
            break
    return tuple(joined)


def base_hash(pairs):
    """Some tools say the base model's hash in the list of hashes alone."""
    return clean_hash(_json(pairs.get(HASHES, ""), dict).get("model", ""))


def written(recipe, quote):
    """The pairs that name a recipe's resources: A1111's own first, then Civitai's list, which loses nothing."""
    pairs = {}
    for resource in recipe.resources:
        if resource.type == VAE and resource.name and VAE_NAME not in pairs:
            if resource.hash:
                pairs[VAE_HASH] = resource.hash
            pairs[VAE_NAME] = quote(resource.name)
    for key, kind in ((LORAS, LORA), (EMBEDDINGS, EMBEDDING)):
        named = [r for r in recipe.resources if r.type == kind and r.hash and r.name and not set(r.name) & _UNSAFE]
        if named:
            pairs[key] = json.dumps(", ".join(f"{r.name}: {r.hash}" for r in named), ensure_ascii=False)
    hashes = {f"{_WORDS.get(r.type, r.type)}:{r.name}": r.hash for r in recipe.resources if r.hash and r.name}
    if recipe.model_hash:
        hashes = {"model": recipe.model_hash, **hashes}
    if hashes and recipe.resources:
        pairs[HASHES] = json.dumps(hashes, ensure_ascii=False)
    if recipe.resources:
        pairs[LIST] = json.dumps([_entry(resource) for resource in recipe.resources], ensure_ascii=False)
    return pairs


def _entry(resource):
    entry = {"type": _WORDS.get(resource.type, resource.type)}
    for key, value in (
        ("weight", resource.weight),
        ("modelVersionId", resource.version_id),
        ("modelName", resource.name or None),
        ("modelVersionName", resource.version_name or None),
        ("hash", resource.hash or None),
        ("air", resource.air or None),
    ):
        if value is not None:
            entry[key] = value
    return entry


def _listed(text):
    for entry in _json(text, list):
        if not isinstance(entry, dict):
            continue
        air = str(entry.get("air", ""))[:300]
        match = _AIR.fullmatch(air)
        kind = str(entry.get("type") or (match[1] if match else "")).lower()
        version_id = entry.get("modelVersionId", int(match[3]) if match else None)
        if isinstance(version_id, bool) or not isinstance(version_id, int) or not 0 < version_id < 2**63:
            version_id = None
        yield Resource(
            name=_words(entry.get("modelName")),
            type=_TYPES.get(kind, kind[:40] or LORA),
            hash=clean_hash(entry.get("hash", "")),
            version_id=version_id,
            weight=_number(entry.get("weight")),
            version_name=_words(entry.get("modelVersionName")),
            air=air,
        )


def _hashed(pairs):
    for key, kind in ((LORAS, LORA), (EMBEDDINGS, EMBEDDING)):
        for part in pairs.get(key, "").split(",")[:MAX_RESOURCES]:
            name, _, digest = part.rpartition(":")
            if name.strip() and clean_hash(digest):
                yield Resource(name=name.strip(), type=kind, hash=clean_hash(digest))
    for key, digest in list(_json(pairs.get(HASHES, ""), dict).items())[:MAX_RESOURCES]:
        kind, _, name = key.partition(":")
        if kind.lower() in ("model", "vae") and not name:
            continue  # the base model has its own fields; a bare "vae" names nothing
        if name and clean_hash(digest):
            yield Resource(name=name[:300], type=_TYPES.get(kind.lower(), kind[:40]), hash=clean_hash(digest))


def _join(joined, new):
    for place, old in enumerate(joined):
        if old.type != new.type:
            continue
        # Texts give 12 digits in one place and 10 or 64 in another: one being the other's beginning is enough.
        same_hash = bool(old.hash and new.hash) and (old.hash.startswith(new.hash) or new.hash.startswith(old.hash))
        same_name = bool(old.name) and old.name == new.name
        if old.version_id and new.version_id:
            same = old.version_id == new.version_id
        else:
            same = same_hash or (same_name and not (old.hash and new.hash))
        if same:
            joined[place] = replace(
                old,
                name=old.name or new.name,
                hash=old.hash or new.hash,
                version_id=old.version_id or new.version_id,
                weight=old.weight if old.weight is not None else new.weight,
            )
            return
    joined.append(new)


def _json(text, kind):
    try:
        value = json.loads(text or "null")
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, kind) else kind()


def _words(value):
    return value[:300] if isinstance(value, str) else ""


def _number(value):
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and not isinstance(value, bool) else None
