"""Attention of a UNet that is drawn with: what the text says to a layer is worked out once a picture, not at each step.

Keys and values of the text don't change while a picture is drawn, and are a good part of a cross-attention. The numbers
are those of diffusers' processor. What ``Attention.forward`` does before it calls one is left out too: it reads the
processor's signature at each call, a tenth of a small model's step.
"""

from diffusers.models.attention_processor import Attention
from torch.nn import functional


class TextOnce(Attention):
    """An ``Attention`` that keeps (text, key, value) of the text it read last. It takes no masks: nothing here has any."""

    kept = None

    def forward(self, hidden_states, encoder_hidden_states=None, **_unused):
        query = self._split(self.to_q(hidden_states))
        key, value = self._keys(hidden_states) if encoder_hidden_states is None else self._of(encoder_hidden_states)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        return self.to_out[0](mixed.transpose(1, 2).flatten(2))

    def _of(self, text):
        if self.kept is None or self.kept[0] is not text:
            self.kept = text, *self._keys(text)
        return self.kept[1:]

    def _keys(self, tokens):
        return self._split(self.to_k(tokens)), self._split(self.to_v(tokens))

    def _split(self, tokens):
        return tokens.unflatten(-1, (self.heads, -1)).transpose(1, 2)


def read_text_once(unet):
    """Let the UNet's attention between tokens work so. Returns those layers, for ``forget``."""
    layers = [module for module in unet.modules() if type(module) is Attention and _fits(module)]
    for layer in layers:
        layer.__class__ = TextOnce
    return layers


def forget(layers):
    """Needed before the weights change, and good for the memory after a picture."""
    for layer in layers:
        layer.kept = None


def _fits(attn):
    """Whether nothing is added to it, as in the transformers of Stable Diffusion 1 and XL."""
    extras = (attn.group_norm, attn.spatial_norm, attn.norm_cross, attn.norm_q, attn.norm_k, attn.add_k_proj)
    return all(extra is None for extra in extras) and not attn.residual_connection and attn.rescale_output_factor == 1
