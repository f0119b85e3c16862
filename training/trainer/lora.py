"""The LoRA on the UNet: put on by peft, written with kohya's keys and its true alpha."""

import torch
from diffusers.models import attention_processor
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from peft import LoraConfig

from .attention import Attention

TARGETS = ["to_q", "to_k", "to_v", "to_out.0"]


def put_on(unet, settings):
    """Adds a fresh LoRA to `unet`, frozen otherwise; returns its parameters in their order."""
    torch.manual_seed(settings.seed)
    unet.requires_grad_(False)
    config = LoraConfig(
        r=settings.rank, lora_alpha=settings.alpha, init_lora_weights="gaussian", target_modules=TARGETS
    )
    unet.add_adapter(config)
    for module in unet.modules():
        if isinstance(module, attention_processor.Attention) and Attention.fits(module):
            module.set_processor(Attention())
        if isinstance(module, Transformer2DModel) and not module.use_linear_projection:
            module.proj_in, module.proj_out = _linear(module.proj_in), _linear(module.proj_out)
            module.use_linear_projection = True
    unet.train()
    # A list: an iterator would be spent by the optimizer, and clipping would see nothing.
    return [parameter for parameter in unet.parameters() if parameter.requires_grad]


def _linear(conv):
    """What a convolution of one pixel is, as one matrix product instead of many small ones."""
    linear = torch.nn.Linear(conv.in_channels, conv.out_channels, device=conv.weight.device, dtype=conv.weight.dtype)
    linear.weight.data, linear.bias.data = conv.weight.data.flatten(1), conv.bias.data
    return linear.requires_grad_(False)


def tensors(unet, settings, dtype=torch.float16):
    """{kohya key: tensor}: lora_unet_<path>.lora_down.weight (rank, in), .lora_up.weight (out, rank), .alpha ()."""
    found = {}
    for name, parameter in unet.named_parameters():
        if not parameter.requires_grad:
            continue
        path, _, kind = name.partition(".lora_")
        stem = "lora_unet_" + path.replace(".", "_")
        way = "lora_down" if kind.startswith("A.") else "lora_up"
        found[f"{stem}.{way}.weight"] = parameter.detach().to(dtype).contiguous().cpu()
        found[f"{stem}.alpha"] = torch.tensor(float(settings.alpha), dtype=dtype)
    return found
