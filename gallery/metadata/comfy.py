"""ComfyUI's graphs: a recipe from the node that samples, by following its links backwards."""

import json
import re

from .recipe import LORA, MAX_RESOURCES, MAX_TEXT, Recipe, Resource, Unreadable

MAX_NODES = 5_000
MAX_STEPS_BACK = 200
SAMPLERS = {
    "euler": "Euler", "euler_ancestral": "Euler a", "heun": "Heun", "lms": "LMS", "dpm_2": "DPM2",
    "dpm_2_ancestral": "DPM2 a", "dpmpp_2m": "DPM++ 2M", "dpmpp_2m_sde": "DPM++ 2M SDE",
    "dpmpp_2m_sde_gpu": "DPM++ 2M SDE", "dpmpp_3m_sde": "DPM++ 3M SDE", "dpmpp_3m_sde_gpu": "DPM++ 3M SDE",
    "dpmpp_sde": "DPM++ SDE", "dpmpp_sde_gpu": "DPM++ SDE", "dpmpp_2s_ancestral": "DPM++ 2S a", "ddim": "DDIM",
    "uni_pc": "UniPC", "uni_pc_bh2": "UniPC", "lcm": "LCM", "deis": "DEIS",
}  # fmt: skip
SCHEDULES = {
    "normal": "Normal", "karras": "Karras", "exponential": "Exponential", "sgm_uniform": "SGM Uniform",
    "simple": "Simple", "beta": "Beta", "ddim_uniform": "DDIM",
}  # fmt: skip


def read(text):
    """The recipe of a ``prompt`` graph. Raises ``Unreadable`` when it is none or nothing in it samples."""
    graph = _graph(text)
    sampler = _sampler(graph)
    if sampler is None:
        raise Unreadable("Nothing in this ComfyUI graph draws a picture.")
    inputs = sampler["inputs"]
    checkpoint, used = _models(graph, inputs)
    latent = _first(graph, inputs.get("latent_image"), lambda node: "width" in node["inputs"]) or {"inputs": {}}
    skip = _first(graph, inputs.get("positive"), lambda node: "stop_at_clip_layer" in node["inputs"], through="clip")
    layer = _whole(skip["inputs"]["stop_at_clip_layer"]) if skip else None
    sampler_name = str(_value(graph, inputs.get("sampler_name"), "sampler_name") or "")[:60]
    schedule = str(_value(graph, inputs.get("scheduler"), "scheduler") or "")[:60]
    return Recipe(
        prompt=_prompt(graph, inputs.get("positive")),
        negative_prompt=_prompt(graph, inputs.get("negative")),
        steps=_whole(_value(graph, inputs.get("steps"), "steps")),
        sampler=SAMPLERS.get(sampler_name, sampler_name),
        schedule=SCHEDULES.get(schedule, schedule),
        cfg_scale=_number(_value(graph, inputs.get("cfg"), "cfg")),
        seed=_whole(_value(graph, inputs.get("seed", inputs.get("noise_seed")), "seed", "noise_seed")),
        width=_whole(_value(graph, latent["inputs"].get("width"), "width")),
        height=_whole(_value(graph, latent["inputs"].get("height"), "height")),
        clip_skip=-layer if layer is not None and -12 <= layer <= -1 else 1,
        model_name=checkpoint,
        resources=tuple(used[:MAX_RESOURCES]),
    )


def _graph(text):
    if len(text) > MAX_TEXT:
        raise Unreadable("The ComfyUI graph is too large.")
    try:
        graph = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The ComfyUI graph can't be read.") from error
    if not isinstance(graph, dict) or len(graph) > MAX_NODES:
        raise Unreadable("The ComfyUI graph can't be read.")
    return {
        str(key): node
        for key, node in graph.items()
        if isinstance(node, dict) and isinstance(node.get("inputs"), dict) and isinstance(node.get("class_type"), str)
    }


def _sampler(graph):
    found = [
        n for n in graph.values() if "sampl" in n["class_type"].lower() and {"positive", "steps"} <= n["inputs"].keys()
    ]
    # The one that starts from noise; a second pass (hires) denoises less.
    found.sort(key=lambda node: -(_number(node["inputs"].get("denoise")) or 1.0))
    return found[0] if found else None


def _models(graph, inputs):
    used = []
    checkpoint = ""
    for node in _back(graph, inputs.get("model"), through=("model", "lora_stack")):
        for key, value in node["inputs"].items():
            if not isinstance(value, str) or not value or value == "None":
                continue
            if re.fullmatch(r"lora_name(_\d{1,2})?", key):
                number = key.removeprefix("lora_name")
                weight = node["inputs"].get(f"strength_model{number}", node["inputs"].get(f"lora_wt{number}", 1.0))
                used.append(Resource(name=_stem(value), type=LORA, weight=_number(weight)))
            elif key in ("ckpt_name", "unet_name") and not checkpoint:
                checkpoint = _stem(value)
    return checkpoint, used[::-1]


def _prompt(graph, link):
    texts = []
    for node in _back(graph, link, through=("conditioning", "conditioning_1", "positive", "text", "text_g", "string")):
        for key in ("text", "text_g", "text_l", "string", "value", "prompt"):
            value = node["inputs"].get(key)
            if isinstance(value, str) and value.strip() and value not in texts:
                texts.append(value)
                break
        if texts:
            break
    return texts[0].strip() if texts else ""


def _back(graph, link, through):
    """The nodes reached from a link, nearest first; each once, and not endlessly."""
    waiting, seen = [link], set()
    while waiting and len(seen) < MAX_STEPS_BACK:
        link = waiting.pop(0)
        if not _is_link(link) or str(link[0]) in seen:
            continue
        seen.add(str(link[0]))
        node = graph.get(str(link[0]))
        if node:
            yield node
            waiting += [node["inputs"].get(name) for name in through]


def _first(graph, link, wanted, through="samples"):
    for node in _back(graph, link, through=(through, "latent_image", "pixels", "image", "conditioning")):
        if wanted(node):
            return node
    return None


def _value(graph, value, *names):
    if not _is_link(value):
        return value
    for node in _back(graph, value, through=()):
        for name in (*names, "value", "int", "float", "number"):
            if name in node["inputs"] and not _is_link(node["inputs"][name]):
                return node["inputs"][name]
    return None


def _is_link(value):
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], (str, int))


def _stem(path):
    name = path.replace("\\", "/").rsplit("/", 1)[-1][:300]
    return re.sub(r"\.(safetensors|ckpt|pt|gguf)$", "", name)


def _whole(value):
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**64 else None


def _number(value):
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e6
    return float(value) if good else None
