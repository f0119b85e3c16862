"""Find the generation text in a picture, whatever tool and format it comes from."""

from dataclasses import dataclass, fields, is_dataclass, replace

from . import a1111, comfy, exif, others, png
from .recipe import MAX_TEXT, Recipe, Unreadable


@dataclass(frozen=True)
class Found:
    """``tool`` is a1111, comfy, invoke, swarm or fooocus; ``text`` is what the file holds, but for letters that nothing stores."""

    tool: str
    text: str
    recipe: Recipe


def read(file):
    """What an open, seekable binary file says about how it was made, or None. Never raises for what it holds."""
    try:
        texts = _texts(file)
    except (Unreadable, OSError):
        return None
    return _first(texts)


def read_text(text):
    """The same of a text that a file held once, whichever tool wrote it; None for what is no recipe."""
    key = "parameters"
    if text.lstrip()[:1] == "{":
        for key in ("parameters", "prompt", "invokeai_metadata"):
            found = _first({key: text})
            if found:
                return found
        return None
    return _first({key: text})


def _first(texts):
    for tool, text, reader in _candidates(texts):
        if not text or len(text) > MAX_TEXT:
            continue
        text = _storable(text)
        try:
            recipe = _storable(reader(text))
        except Unreadable:
            continue
        if recipe.prompt or recipe.negative_prompt or recipe.steps is not None:
            return Found(tool, text, recipe)
    return None


def _storable(value):
    """Without zero bytes and halves of letters, which JSON can spell and neither PostgreSQL nor UTF-8 can hold."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, (tuple, list)):
        return type(value)(map(_storable, value))
    if isinstance(value, dict):
        return {_storable(key): _storable(one) for key, one in value.items()}
    if is_dataclass(value):
        return replace(value, **{one.name: _storable(getattr(value, one.name)) for one in fields(value)})
    return value


def _candidates(texts):
    parameters = texts.get("parameters", "")
    if parameters.lstrip()[:1] == "{":
        yield "swarm", parameters, others.read_swarm
        yield "fooocus", parameters, others.read_fooocus
        yield "comfy", parameters, comfy.read
    elif parameters:
        yield "a1111", parameters, a1111.read
    yield "comfy", texts.get("prompt", ""), comfy.read
    yield "invoke", texts.get("invokeai_metadata", ""), others.read_invoke


def _texts(file):
    file.seek(0)
    if file.read(8) == png.SIGNATURE:
        texts = png.read_texts(file)
        block = texts.pop("exif", b"")
        return (_from_exif(block) if block else {}) | texts
    return _from_exif(exif.find(file))


def _from_exif(block):
    found = exif.read_texts(block)
    texts = {"parameters": found.get(exif.USER_COMMENT, "")}
    # ComfyUI writes its graphs into WebP under the camera's tags, with a prefix.
    for tag in (exif.MAKE, exif.MODEL, exif.DESCRIPTION):
        name, colon, graph = found.get(tag, "").partition(":")
        if colon and name.lower() in ("prompt", "workflow"):
            texts.setdefault(name.lower(), graph)
    if not texts["parameters"] and "Steps:" in found.get(exif.DESCRIPTION, ""):
        texts["parameters"] = found[exif.DESCRIPTION]
    return texts
