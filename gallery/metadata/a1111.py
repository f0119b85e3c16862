"""The text that Stable Diffusion tools put into pictures, as AUTOMATIC1111's web UI shaped it.

Prompt lines; ``Negative prompt: …`` lines; then one line of ``key: value`` pairs. Values that hold a comma, a colon
or a line break are JSON strings; some tools add whole JSON arrays and objects. What is written here is read back
equal, whatever the prompts hold.
"""

import json
import math
import re
from dataclasses import replace

from . import resources
from .recipe import MAX_PROMPTS, MAX_TEXT, Recipe, Unreadable, clean_hash

NEGATIVE = "Negative prompt:"
# Ours: the two prompts as JSON, written only where the plain lines would be read otherwise.
EXACT = "Exact prompts"
MAX_PAIRS = 300
MAX_ODD = 3_000

_KEY = re.compile(r"[\s,]{0,100}([A-Za-z][\w \-/.]{0,60}?)\s{0,8}:[^\S\n]{0,8}")
_KNOWN = {"Steps", "Sampler", "CFG scale", "Seed", "Size", "Model", "Model hash"}
_STEPS = re.compile(r"(?<![^\s.,])Steps: ?\d{1,6}\s{0,4},")
_GLUED = (" Karras", " Exponential", " SGM Uniform", " Beta")
_STOP = re.compile(r"[,\n]")
_JSON = json.JSONDecoder()


def read(text):
    """The ``Recipe`` in a text; a text without settings is a prompt alone. Raises ``Unreadable`` when too long."""
    if len(text) > MAX_TEXT:
        raise Unreadable("The generation text is too long.")
    text = text.replace("\r\n", "\n").replace("\x00", "")
    if text[:12].lower().startswith("parameters:"):
        text = text[11:]
    prompts, settings = _split(text)
    pairs = dict(_pairs(settings))
    if digest := resources.base_hash(pairs):
        pairs.setdefault("Model hash", digest)
    prompt, negative = _prompts(prompts)
    exact = _exact(pairs.pop(EXACT, ""))
    if exact:
        prompt, negative = exact
        if pairs.get("Steps") == "0":
            del pairs["Steps"]  # written only to open the line of settings
    return _recipe(pairs, Recipe(prompt=prompt, negative_prompt=negative))


def write(recipe):
    """The text of a recipe. ``read(write(recipe)) == recipe``, except that reading adds the LoRAs that only the
    prompt's tags name, and that a key of ``extra`` which no reader could find again is left out.
    """
    if len(recipe.prompt) + len(recipe.negative_prompt) > MAX_PROMPTS:
        raise Unreadable("The prompts are too long to be written into a picture.")
    pairs = _settings(recipe)
    text = _joined(recipe, pairs)
    back = read(text)
    if (back.prompt, back.negative_prompt) != (recipe.prompt, recipe.negative_prompt):
        pairs[EXACT] = json.dumps([recipe.prompt, recipe.negative_prompt], ensure_ascii=False)
        pairs = {"Steps": pairs.pop("Steps", "0"), **pairs}
        text = _joined(recipe, pairs)
    return text


def quote(value):
    """A value as A1111 writes it: a JSON string where it would not stand alone."""
    value = str(value)
    plain = value == value.strip() and not set(value) & set(',:\n\r"{}[]\\') and value.isprintable()
    return value if plain and value else json.dumps(value, ensure_ascii=False)


def _joined(recipe, pairs):
    lines = [recipe.prompt] if recipe.prompt else []
    if recipe.negative_prompt:
        lines.append(f"{NEGATIVE} {recipe.negative_prompt}")
    if pairs:
        lines.append(", ".join(f"{key}: {value}" for key, value in pairs.items()))
    return "\n".join(lines)


def _settings(recipe):
    pairs = {}
    if recipe.steps is not None:
        pairs["Steps"] = str(recipe.steps)
    if recipe.sampler:
        pairs["Sampler"] = quote(recipe.sampler)
    if recipe.schedule:
        pairs["Schedule type"] = quote(recipe.schedule)
    if recipe.cfg_scale is not None:
        pairs["CFG scale"] = _shortest(recipe.cfg_scale)
    if recipe.seed is not None:
        pairs["Seed"] = str(recipe.seed)
    if recipe.width and recipe.height:
        pairs["Size"] = f"{recipe.width}x{recipe.height}"
    if recipe.model_hash:
        pairs["Model hash"] = recipe.model_hash
    if recipe.model_name:
        pairs["Model"] = quote(recipe.model_name)
    if recipe.clip_skip > 1:
        pairs["Clip skip"] = str(recipe.clip_skip)
    pairs |= {key: quote(value) for key, value in recipe.extra.items() if _is_free_key(key)}
    pairs |= resources.written(recipe, quote)
    return pairs


def _is_free_key(key):
    """A key that a reader finds again, and that means nothing else."""
    match = _KEY.fullmatch(f"{key}: ")
    return bool(match) and match[1] == key and key not in resources.KEYS | {EXACT, *_READERS}


def _split(text):
    """(lines of prompts, settings). The settings begin at the last line that looks like some."""
    lines = text.split("\n")
    for number in range(len(lines) - 1, max(-1, len(lines) - 200), -1):
        line = lines[number].strip()
        if line.startswith("Steps:") and (_STEPS.match(line) or _looks_like_settings(line)):
            return "\n".join(lines[:number]), "\n".join(lines[number:])
    last = len(lines) - 1
    while last > 0 and not lines[last].strip():
        last -= 1
    if _looks_like_settings(lines[last]):
        return "\n".join(lines[:last]), lines[last]
    # Some sites put everything on one line.
    starts = [match.start() for match in _STEPS.finditer(text)]
    if starts and _looks_like_settings(text[starts[-1] :]):
        return text[: starts[-1]], text[starts[-1] :]
    return text, ""


def _looks_like_settings(line):
    keys = [key for key, _ in _pairs(line, most=12)]
    return len(keys) >= 3 and keys[0] in _KNOWN


def _prompts(text):
    text = text.strip()
    prompt, mark, negative = text.partition("\n" + NEGATIVE)
    if not mark and text.startswith(NEGATIVE):
        prompt, mark, negative = "", NEGATIVE, text[len(NEGATIVE) :]
    elif not mark:
        prompt, mark, negative = text.partition(f" {NEGATIVE}")
    return prompt.strip(), negative.strip()


def _pairs(text, most=MAX_PAIRS):
    """(key, value) pairs; JSON values are decoded when they are strings and kept as JSON text otherwise."""
    at, count, odd = 0, 0, 0
    while at < len(text) and count < most and odd < MAX_ODD:
        match = _KEY.match(text, at)
        if not match:
            # Not a pair: go on behind the next comma or line, so that one odd value costs one key.
            at = _stop(text, at) + 1
            odd += 1
            continue
        value, at = _value(text, match.end())
        yield match[1], value
        count += 1


def _value(text, at):
    if text[at : at + 1] in ('"', "{", "["):
        try:
            value, end = _JSON.raw_decode(text, at)
        except (ValueError, RecursionError):
            pass
        else:
            if end == len(text) or text[end] in ", \n":
                return (value if isinstance(value, str) else text[at:end]), end
    end = _stop(text, at)
    return text[at:end].strip(), end


def _stop(text, at):
    match = _STOP.search(text, at)
    return match.start() if match else len(text)


def _exact(text):
    if not text:
        return None
    try:
        prompts = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(prompts, list) and len(prompts) == 2 and all(isinstance(part, str) for part in prompts):
        return prompts
    return None


def _recipe(pairs, recipe):
    extra, known = {}, {}
    for key, value in pairs.items():
        reader = _READERS.get(key)
        found = reader(value) if reader else None
        if found is None:
            extra[key] = value
        else:
            known |= found
    if "schedule" not in known:
        for glued in _GLUED:
            if known.get("sampler", "").endswith(glued):
                known |= {"sampler": known["sampler"].removesuffix(glued), "schedule": glued.strip()}
    used = resources.read(pairs, recipe.prompt)
    for key in resources.KEYS:
        extra.pop(key, None)
    return replace(recipe, **known, resources=used, extra=extra)


def _text(name):
    return lambda value: {name: value}


def _whole(name, *, least=0, most=2**64):
    def reader(value):
        return {name: int(value)} if re.fullmatch(r"-?\d{1,20}", value) and least <= int(value) <= most else None

    return reader


def _cfg(value):
    try:
        number = float(value)
    except ValueError:
        return None
    return {"cfg_scale": number} if math.isfinite(number) and len(value) < 30 else None


def _size(value):
    match = re.fullmatch(r"(\d{1,6})\s{0,3}[x×]\s{0,3}(\d{1,6})", value)
    return {"width": int(match[1]), "height": int(match[2])} if match else None


def _model_hash(value):
    digest = clean_hash(value)
    return {"model_hash": digest} if digest else None


_READERS = {
    "Steps": _whole("steps", most=100_000),
    "Sampler": _text("sampler"),
    "Schedule type": _text("schedule"),
    "CFG scale": _cfg,
    "Seed": _whole("seed"),
    "Size": _size,
    "Model": _text("model_name"),
    "Model hash": _model_hash,
    "Clip skip": _whole("clip_skip", least=1, most=100),
}


def _shortest(number):
    return str(int(number)) if number == int(number) else repr(float(number))
