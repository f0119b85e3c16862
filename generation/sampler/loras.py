"""LoRAs: read from safetensors, checked against the base, added into its weights and taken out again.

A LoRA is added into the weights while its pictures are drawn, and the untouched tensors are kept aside: drawing costs
what it costs without LoRAs, and taking them out puts the very same tensors back, bit for bit. Networks of kohya
(LoRA, LoCon, LoHa, LoKr; SD's names and SDXL's original ones) and of diffusers and peft are understood.
"""

import json
import re
from dataclasses import dataclass

import torch

from . import ldm
from .errors import BadFile, DoesNotFit
from .files import NAMES, describe_lora, read_header

_PARTS = re.compile(
    r"^(?P<module>.+?)(?:\.|_lora\.|\.lora\.|\.lora_linear_layer\.)"
    r"(?P<part>lora_down\.weight|lora_up\.weight|lora_A(?:\.default)?\.weight|lora_B(?:\.default)?\.weight"
    r"|down\.weight|up\.weight|alpha|hada_w[12]_[ab]|lokr_w[12](?:_[ab])?)$"
)
_SAME = {
    "lora_down.weight": "down", "lora_A.weight": "down", "lora_A.default.weight": "down", "down.weight": "down",
    "lora_up.weight": "up", "lora_B.weight": "up", "lora_B.default.weight": "up", "up.weight": "up",
}  # fmt: skip

_COMPONENTS = {"unet": "lora_unet_", "text_encoder": "lora_te_", "text_encoder_2": "lora_te2_"}


@dataclass(frozen=True)
class Lora:
    """``networks`` maps a target's name in kohya's spelling to its small tensors."""

    networks: dict
    architecture: str | None
    tensor_bytes: int


class Weights:
    """The patchable weights of one base: which LoRAs are in them now, and what they were before."""

    def __init__(self, components, unet_config):
        self._targets = _targets(components, unet_config)
        self._originals = {}
        self._key = ()

    @torch.no_grad()
    def put(self, stack):
        """Make the base carry exactly ``stack``: (key, Lora, weight) triples. The same stack again costs nothing.

        Raises ``DoesNotFit`` with the base as it was without LoRAs.
        """
        stack = [entry for entry in stack if entry[2]]
        key = tuple((name, float(weight)) for name, _, weight in stack)
        if key == self._key:
            return
        deltas = {}
        for _, lora, _ in stack:
            self.check(lora)
        self.clear()
        for _, lora, weight in stack:
            for name, network in lora.networks.items():
                delta = _delta(network, self._targets[name].weight) * weight
                deltas[name] = deltas[name] + delta if name in deltas else delta
        for name, delta in deltas.items():
            module = self._targets[name]
            original = module.weight.data
            self._originals[name] = original
            changed = (original.float() + delta.reshape(original.shape).to(original.device)).to(original.dtype)
            module.weight.data = changed
        self._key = key

    def clear(self):
        """Put every original tensor back."""
        for name, original in self._originals.items():
            self._targets[name].weight.data = original
        self._originals.clear()
        self._key = ()

    def check(self, lora):
        """Raise ``DoesNotFit`` unless every tensor has its place in this base."""
        strange = [name for name in lora.networks if name not in self._targets]
        family = NAMES.get(lora.architecture)
        counts = {"strange": len(strange), "parts": len(lora.networks)}
        if strange and family:
            raise DoesNotFit(
                "This LoRA does not fit the chosen base model: {strange} of its {parts} parts have no place in it. "
                "It was made for {family}.",
                **counts,
                family=family,
            )
        if strange:
            raise DoesNotFit(
                "This LoRA does not fit the chosen base model: {strange} of its {parts} parts have no place in it.",
                **counts,
            )
        if all(_fits(network, self._targets[name].weight.shape) for name, network in lora.networks.items()):
            return
        if family:
            raise DoesNotFit(
                "This LoRA does not fit the chosen base model: its weights have other shapes. It was made for {family}.",
                family=family,
            )
        raise DoesNotFit("This LoRA does not fit the chosen base model: its weights have other shapes.")


def read_lora(path):
    """The LoRA of a safetensors file. Raises ``BadFile``; what it fits is asked later."""
    description = describe_lora(path)
    if description.kind == "DoRA":
        raise BadFile("This is a DoRA: it can't be applied here yet.")
    header = read_header(path)
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(str(path))
    except (SafetensorError, ValueError, OSError) as error:
        raise BadFile("The LoRA's file can't be read.") from error
    if not all(torch.isfinite(tensor).all() for tensor in tensors.values() if tensor.is_floating_point()):
        raise BadFile("This LoRA is broken: it holds values that are no numbers.")
    networks = {}
    for key, tensor in tensors.items():
        if key.startswith("bundle_emb."):
            continue  # textual inversions packed along; the words of them are not in the tokenizer
        match = _PARTS.match(key)
        if not match:
            raise BadFile("This LoRA holds a part that is not understood here: {part}", part=key[:120])
        part = _SAME.get(match["part"], match["part"])
        networks.setdefault(_kohya_name(match["module"]), {})[part] = tensor
    _add_peft_alphas(networks, header.metadata)
    for network in networks.values():
        if _size(network) is None:
            raise BadFile("This LoRA is incomplete: one half of a part is missing.")
    return Lora(networks, description.architecture, sum(t.numel() * t.element_size() for t in tensors.values()))


def _targets(components, unet_config):
    """Kohya's name → module, for every Linear and Conv2d of the UNet and the text encoders."""
    targets = {}
    original = ldm.unet_names(unet_config)
    for component, prefix in _COMPONENTS.items():
        model = components.get(component)
        if model is None:
            continue
        for path, module in model.named_modules():
            if not isinstance(module, (torch.nn.Linear, torch.nn.Conv2d)):
                continue
            if component == "unet":
                other = ldm.rename(path, original)
                if other:
                    targets.setdefault(prefix + other.replace(".", "_"), module)
            elif not path.startswith("text_model.") and path != "text_projection":
                path = "text_model." + path  # newer transformers dropped this level; files kept it
            targets[prefix + path.replace(".", "_")] = module
    return targets


def _kohya_name(module):
    if module.startswith("lora_te1_"):
        return "lora_te_" + module.removeprefix("lora_te1_")
    if module.startswith("lora_"):
        return module
    module = module.removeprefix("base_model.model.").replace(".processor", "")
    prefix = "lora_te_" if module.startswith(("text_model.", "encoder.layers.")) else "lora_unet_"
    component, _, rest = module.partition(".")
    if component in _COMPONENTS:
        prefix, module = _COMPONENTS[component], rest
    if prefix != "lora_unet_":
        if not module.startswith(("text_model.", "text_projection")):
            module = "text_model." + module
        module = re.sub(r"\.to_([qkv])$", r".\1_proj", re.sub(r"\.to_out$", ".out_proj", module))
    elif module.endswith(".to_out"):
        module += ".0"
    return prefix + module.replace(".", "_")


def _add_peft_alphas(networks, metadata):
    """peft keeps alpha in the adapter's config, not beside the tensors; without one, alpha is the rank."""
    try:
        config = json.loads(metadata.get("lora_adapter_metadata", "{}"))
        items = list(config.items())
    except (ValueError, AttributeError, RecursionError):
        return
    for key, value in items:
        component, _, name = key.partition(".")
        if name == "lora_alpha" and component in _COMPONENTS and isinstance(value, (int, float)):
            for target, network in networks.items():
                if target.startswith(_COMPONENTS[component]) and "alpha" not in network:
                    network["alpha"] = torch.tensor(float(value))


def _size(network):
    """The rank that alpha is divided by, or None when a half is missing."""
    if {"down", "up"} <= network.keys():
        return network["down"].shape[0]
    if {"hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"} <= network.keys():
        return network["hada_w1_b"].shape[0]
    whole = [f"lokr_w{n}" in network or {f"lokr_w{n}_a", f"lokr_w{n}_b"} <= network.keys() for n in (1, 2)]
    if all(whole):
        halves = [network[f"lokr_w{n}_b"].shape[0] for n in (1, 2) if f"lokr_w{n}_b" in network]
        return halves[0] if halves else 1
    return None


def _fits(network, shape):
    out, inner = shape[0], shape[1:].numel()
    if "down" in network:
        down, up = network["down"], network["up"]
        return (
            down.dim() in (2, 4) and up.dim() in (2, 4) and down[0].numel() == inner
            and up.shape[0] == out and up[0].numel() == down.shape[0]
        )  # fmt: skip
    if "hada_w1_a" in network:
        sides = [(network[f"hada_w{n}_a"], network[f"hada_w{n}_b"]) for n in (1, 2)]
        return all(
            a.dim() == b.dim() == 2 and a.shape == (out, b.shape[0]) and b.shape[1] == inner for a, b in sides
        )  # fmt: skip
    try:
        return _kronecker(network).numel() == out * inner and _kronecker(network).shape[0] == out
    except RuntimeError:
        return False


def _delta(network, weight):
    size = _size(network)
    alpha = float(network["alpha"]) if "alpha" in network else float(size)
    if "down" in network:
        up, down = network["up"].float().flatten(1), network["down"].float().flatten(1)
        delta = up @ down
    elif "hada_w1_a" in network:
        parts = {key: tensor.float() for key, tensor in network.items()}
        delta = (parts["hada_w1_a"] @ parts["hada_w1_b"]) * (parts["hada_w2_a"] @ parts["hada_w2_b"])
    else:
        delta = _kronecker(network)
        if "lokr_w1" in network and "lokr_w2" in network:
            alpha = size = 1  # whole matrices carry no alpha
    return (delta * (alpha / size)).reshape(weight.shape)


def _kronecker(network):
    sides = []
    for n in (1, 2):
        if f"lokr_w{n}" in network:
            sides.append(network[f"lokr_w{n}"].float())
        else:
            sides.append(network[f"lokr_w{n}_a"].float() @ network[f"lokr_w{n}_b"].float())
    first, second = sides
    if second.dim() == 4:
        first = first[:, :, None, None]
    return torch.kron(first, second)
