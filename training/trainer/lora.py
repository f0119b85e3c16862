"""The LoRA on the UNet: put on by peft, written with kohya's keys and its true alpha."""

import torch
from diffusers.models import attention_processor
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from peft import LoraConfig

from .attention import Attention

# What is learnt, by the name of the setting. How a subject is filled is decided in the convolutions: with them a style is
# learnt nearly twice as far in as many steps, at one and a half times their cost (benchmarks/style.py).
ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]
LAYERS = {
    "attention": ATTENTION,
    "all": [*ATTENTION, "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2", "conv1", "conv2", "conv_shortcut"],
}


def put_on(unet, settings):
    """Adds a fresh LoRA to `unet`, frozen otherwise; returns its parameters in their order."""
    torch.manual_seed(settings.seed)
    unet.requires_grad_(False)
    for module in unet.modules():
        if isinstance(module, Transformer2DModel) and not module.use_linear_projection:
            module.proj_in, module.proj_out = _linear(module.proj_in), _linear(module.proj_out)
            module.use_linear_projection = True
    config = LoraConfig(
        r=settings.rank, lora_alpha=settings.alpha, init_lora_weights="gaussian", target_modules=LAYERS[settings.layers]
    )
    unet.add_adapter(config)
    for module in unet.modules():
        if isinstance(module, attention_processor.Attention) and Attention.fits(module):
            module.set_processor(Attention())
    unet.train()
    # A list: an iterator would be spent by the optimizer, and clipping would see nothing.
    return [parameter for parameter in unet.parameters() if parameter.requires_grad]


def _linear(conv):
    """What a convolution of one pixel is, as one matrix product instead of many small ones."""
    linear = torch.nn.Linear(conv.in_channels, conv.out_channels, device=conv.weight.device, dtype=conv.weight.dtype)
    linear.weight.data, linear.bias.data = conv.weight.data.flatten(1), conv.bias.data
    linear.was_convolution = True
    return linear.requires_grad_(False)


def tensors(unet, settings, dtype=torch.float16):
    """{kohya key: tensor}: lora_unet_<path>.lora_down.weight (rank, in), .lora_up.weight (out, rank), .alpha ().

    Of a convolution they are (rank, in, k, k) and (out, rank, 1, 1), as kohya's `conv_dim` writes them.
    """
    found = {}
    for name, parameter in unet.named_parameters():
        if not parameter.requires_grad:
            continue
        path, _, kind = name.partition(".lora_")
        stem = "lora_unet_" + path.replace(".", "_")
        way = "lora_down" if kind.startswith("A.") else "lora_up"
        tensor = parameter.detach().to(dtype).contiguous().cpu()
        if hasattr(unet.get_submodule(path).base_layer, "was_convolution"):
            tensor = tensor[..., None, None]
        found[f"{stem}.{way}.weight"] = tensor
        found[f"{stem}.alpha"] = torch.tensor(float(settings.alpha), dtype=dtype)
    return found
