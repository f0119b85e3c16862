"""From a prompt to what the UNet reads: weights, chunks beyond 75 tokens and clip skip done as A1111 does them.

diffusers' own ``encode_prompt`` is not used: it cuts at 75 tokens, knows no weights, and its clip skip counts from
another end and fails with newer transformers.
"""

from dataclasses import dataclass

import torch

from .errors import BadRequest
from .prompts import CHUNK, chunk_tokens, parse_attention, strip_network_tags


@dataclass(frozen=True)
class Conditioning:
    """Text for both sides of CFG: (1, 77 · chunks, width) each, equally long; pooled parts for SDXL alone."""

    positive: torch.Tensor
    negative: torch.Tensor
    pooled_positive: torch.Tensor | None = None
    pooled_negative: torch.Tensor | None = None


def condition(base, request):
    """The conditioning of a request. Call it within ``inference_mode``, after the LoRAs are on."""
    encoders = [(base.text_encoder, base.tokenizer)]
    if base.is_sdxl:
        encoders.append((base.text_encoder_2, base.tokenizer_2))
    elif request.clip_skip > base.text_encoder.config.num_hidden_layers:
        layers = base.text_encoder.config.num_hidden_layers
        raise BadRequest(
            "The text encoder of this base model has {layers} layers: clip skip can't go beyond.",
            "clip_skip",
            layers=layers,
        )
    sides = [], []
    for encoder, tokenizer in encoders:
        chunked = [_chunks(text, tokenizer) for text in (request.prompt, request.negative_prompt)]
        longest = max(len(chunks) for chunks in chunked)
        for side, chunks in zip(sides, chunked, strict=True):
            chunks += [[]] * (longest - len(chunks))
            side.append(_embed(encoder, tokenizer, chunks, base, request.clip_skip))
    (positive, pooled_positive), (negative, pooled_negative) = map(_joined, sides)
    if base.is_sdxl and base.force_zeros and not request.negative_prompt.strip():
        # SDXL was trained with zeros, not with the encoding of an empty text.
        negative, pooled_negative = torch.zeros_like(negative), torch.zeros_like(pooled_negative)
    return Conditioning(positive, negative, pooled_positive, pooled_negative)


def _chunks(text, tokenizer):
    pieces = parse_attention(strip_network_tags(text)[0])
    return chunk_tokens(pieces, lambda part: tokenizer(part, add_special_tokens=False, verbose=False).input_ids)


def _embed(encoder, tokenizer, chunks, base, clip_skip):
    begin, end, pad = tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id
    rows, weights = [], []
    for chunk in chunks:
        tokens = [token for token, _ in chunk]
        rows.append([begin, *tokens, end, *[pad] * (CHUNK - len(tokens))])
        weights.append([1.0, *(weight for _, weight in chunk), *[1.0] * (CHUNK + 1 - len(tokens))])
    device = encoder.device
    ids = torch.tensor(rows, device=device)
    if base.is_sdxl:
        out = encoder(ids, output_hidden_states=True)
        hidden = out.hidden_states[-2]
        pooled = out.text_embeds[:1] if hasattr(out, "text_embeds") else None
    else:
        hidden, pooled = _hidden(encoder, ids, clip_skip), None
    hidden = _weighed(hidden, torch.tensor(weights, device=device, dtype=hidden.dtype))
    return hidden.reshape(1, -1, hidden.shape[-1]), pooled


def _hidden(encoder, ids, clip_skip):
    if clip_skip == 1:
        return encoder(ids).last_hidden_state
    inner = getattr(encoder, "text_model", encoder)
    hidden = encoder(ids, output_hidden_states=True).hidden_states[-clip_skip]
    return inner.final_layer_norm(hidden)


def _weighed(hidden, weights):
    """Multiply by the weights and restore each chunk's mean, so that the whole keeps its strength."""
    if bool((weights == 1).all()):
        return hidden
    before = hidden.float().mean(dim=(1, 2), keepdim=True)
    changed = hidden * weights[:, :, None]
    after = changed.float().mean(dim=(1, 2), keepdim=True)
    # A mean near zero says nothing about strength; dividing by it would blow the text up.
    ratio = torch.where(after.abs() > 1e-4, before / after, torch.ones_like(after)).clamp(-5, 5)
    return changed * ratio.to(changed.dtype)


def _joined(encoded):
    pooled = [part for _, part in encoded if part is not None]
    return torch.cat([hidden for hidden, _ in encoded], dim=-1), pooled[-1] if pooled else None
