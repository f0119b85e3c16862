"""The two ways of naming the same weights: diffusers' modules and the original latent-diffusion code's.

Checkpoints for A1111 and ComfyUI, and kohya's SDXL LoRAs, use the latter. Keyed by module prefixes without a
trailing dot, so that ``down_blocks.0.resnets.1.conv1`` and ``input_blocks.2.0.in_layers.2`` stand for each other.
"""

_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_VAE_RESNET = {"norm1": "norm1", "conv1": "conv1", "norm2": "norm2", "conv2": "conv2", "conv_shortcut": "nin_shortcut"}
_VAE_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def unet_names(config):
    """{diffusers prefix: original prefix} for a UNet2DConditionModel with this config."""
    layers = config["layers_per_block"]
    downs, ups = config["down_block_types"], config["up_block_types"]
    names = {
        "conv_in": "input_blocks.0.0",
        "time_embedding.linear_1": "time_embed.0",
        "time_embedding.linear_2": "time_embed.2",
        "add_embedding.linear_1": "label_emb.0.0",
        "add_embedding.linear_2": "label_emb.0.2",
        "conv_norm_out": "out.0",
        "conv_out": "out.2",
        "mid_block.attentions.0": "middle_block.1",
    }
    names |= _resnet("mid_block.resnets.0", "middle_block.0", _RESNET)
    names |= _resnet("mid_block.resnets.1", "middle_block.2", _RESNET)
    for i, kind in enumerate(downs):
        for j in range(layers):
            place = 1 + i * (layers + 1) + j
            names |= _resnet(f"down_blocks.{i}.resnets.{j}", f"input_blocks.{place}.0", _RESNET)
            if "CrossAttn" in kind:
                names[f"down_blocks.{i}.attentions.{j}"] = f"input_blocks.{place}.1"
        names[f"down_blocks.{i}.downsamplers.0.conv"] = f"input_blocks.{(i + 1) * (layers + 1)}.0.op"
    for i, kind in enumerate(ups):
        for j in range(layers + 1):
            place = i * (layers + 1) + j
            names |= _resnet(f"up_blocks.{i}.resnets.{j}", f"output_blocks.{place}.0", _RESNET)
            if "CrossAttn" in kind:
                names[f"up_blocks.{i}.attentions.{j}"] = f"output_blocks.{place}.1"
        after = 2 if "CrossAttn" in kind else 1
        names[f"up_blocks.{i}.upsamplers.0.conv"] = f"output_blocks.{i * (layers + 1) + layers}.{after}.conv"
    return names


def vae_names(config):
    """{diffusers prefix: original prefix} for an AutoencoderKL with this config."""
    layers, blocks = config["layers_per_block"], len(config["block_out_channels"])
    names = {"quant_conv": "quant_conv", "post_quant_conv": "post_quant_conv"}
    for side in ("encoder", "decoder"):
        names[f"{side}.conv_in"] = f"{side}.conv_in"
        names[f"{side}.conv_norm_out"] = f"{side}.norm_out"
        names[f"{side}.conv_out"] = f"{side}.conv_out"
        for j in range(2):
            names |= _resnet(f"{side}.mid_block.resnets.{j}", f"{side}.mid.block_{j + 1}", _VAE_RESNET)
        names |= _resnet(f"{side}.mid_block.attentions.0", f"{side}.mid.attn_1", _VAE_ATTENTION)
    for i in range(blocks):
        for j in range(layers):
            names |= _resnet(f"encoder.down_blocks.{i}.resnets.{j}", f"encoder.down.{i}.block.{j}", _VAE_RESNET)
        names[f"encoder.down_blocks.{i}.downsamplers.0.conv"] = f"encoder.down.{i}.downsample.conv"
        opposite = blocks - 1 - i
        for j in range(layers + 1):
            names |= _resnet(f"decoder.up_blocks.{i}.resnets.{j}", f"decoder.up.{opposite}.block.{j}", _VAE_RESNET)
        names[f"decoder.up_blocks.{i}.upsamplers.0.conv"] = f"decoder.up.{opposite}.upsample.conv"
    return names


def rename(key, names):
    """The key under the longest prefix that ``names`` knows, or None."""
    prefix = key
    while prefix:
        if prefix in names:
            return names[prefix] + key[len(prefix) :]
        prefix = prefix.rpartition(".")[0]
    return None


def _resnet(ours, theirs, parts):
    return {f"{ours}.{part}": f"{theirs}.{name}" for part, name in parts.items()}
