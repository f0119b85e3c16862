"""Attention while a LoRA is learnt: fewer and wider matrix products than the LoRA's layers called one by one.

Where the model is narrow beside the rank, W + s·B·A is made first (a product of a few thousand numbers) and the tokens
go through one matrix; queries, keys and values of the same tokens through one together. In wide models the two thin
products of a LoRA cost less than the gradient of a whole matrix, and its layers are called as they are.
"""

import torch
from torch.nn import functional

NARROW = 8  # a matrix is narrow up to so many ranks: thin products run far below a processor's speed


class Attention:
    """diffusers' processor for UNets of Stable Diffusion: no masks, no spatial norms, no added keys."""

    @staticmethod
    def fits(attn):
        """Whether `attn` is one between tokens, as in the transformers of these UNets."""
        extras = (attn.group_norm, attn.spatial_norm, attn.norm_cross, attn.norm_q, attn.norm_k, attn.add_k_proj)
        return all(extra is None for extra in extras) and not attn.residual_connection

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, **_unused):
        states = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        if states is hidden_states:
            query, key, value = _project([attn.to_q, attn.to_k, attn.to_v], hidden_states)
        else:
            (query,), (key, value) = _project([attn.to_q], hidden_states), _project([attn.to_k, attn.to_v], states)
        query, key, value = (_heads(part, attn.heads) for part in (query, key, value))
        mixed = functional.scaled_dot_product_attention(query, key, value)
        (mixed,) = _project([attn.to_out[0]], mixed.transpose(1, 2).flatten(2))
        return mixed


def _heads(tokens, heads):
    return tokens.unflatten(-1, (heads, -1)).transpose(1, 2)


def _project(layers, tokens):
    """Each layer's output for the same tokens."""
    if not all(_is_narrow(layer) for layer in layers):
        return [layer(tokens) for layer in layers]
    weights = [_whole(layer) for layer in layers]
    biases = [layer.base_layer.bias for layer in layers]
    bias = None if biases[0] is None else torch.cat(biases)
    weight = weights[0] if len(weights) == 1 else torch.cat(weights)
    return functional.linear(tokens, weight, bias).split([len(one) for one in weights], dim=-1)


def _is_narrow(layer):
    adapter = next(iter(layer.lora_A), None) if hasattr(layer, "lora_A") else None
    return adapter is not None and max(layer.base_layer.weight.shape) <= NARROW * layer.r[adapter]


def _whole(layer):
    """The matrix that the layer and its LoRA are together."""
    (adapter,) = layer.lora_A
    low, high = layer.lora_A[adapter].weight, layer.lora_B[adapter].weight
    return torch.addmm(layer.base_layer.weight, high, low, alpha=layer.scaling[adapter])
