"""Files for these tests, good and hostile, built byte by byte beside the code under test."""

import io
import json
import struct
import zipfile

SIZES = {"F16": 2, "BF16": 2, "F32": 4, "F8_E4M3": 1, "U8": 1, "I64": 8}


def raw(header, data=b""):
    """A safetensors file from a header given as dict, text or bytes, whatever it says."""
    text = header if isinstance(header, bytes) else (header if isinstance(header, str) else json.dumps(header)).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensors(shapes, *, dtype="F16", metadata=None):
    """A lawful safetensors file with zeroed tensors of those shapes, `shapes` as {name: shape or (dtype, shape)}."""
    header, at = {"__metadata__": metadata} if metadata else {}, 0
    for name, shape in shapes.items():
        kind, dims = shape if shape and isinstance(shape[0], str) else (dtype, shape)
        count = 1
        for side in dims:
            count *= side
        n_bytes = count * SIZES[kind]
        header[name] = {"dtype": kind, "shape": list(dims), "data_offsets": [at, at + n_bytes]}
        at += n_bytes
    return raw(header, bytes(at))


def entry(start, end, *, dtype="U8", shape=None):
    return {"dtype": dtype, "shape": [end - start] if shape is None else shape, "data_offsets": [start, end]}


def lora(
    *,
    rank=16,
    text_width=768,
    width=320,
    metadata=None,
    prefix="lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_",
):
    shapes = {}
    for part, reads in (("attn1_to_q", width), ("attn2_to_k", text_width), ("attn2_to_v", text_width)):
        shapes[f"{prefix}{part}.alpha"] = ()
        shapes[f"{prefix}{part}.lora_down.weight"] = (rank, reads)
        shapes[f"{prefix}{part}.lora_up.weight"] = (width, rank)
    return tensors(shapes, metadata=metadata)


def zipped(files, *, method=zipfile.ZIP_DEFLATED):
    """A zip of {name or ZipInfo: bytes}."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def diffusers_folder(root="", **more):
    return {
        f"{root}model_index.json": b'{"_class_name": "StableDiffusionPipeline"}',
        f"{root}unet/config.json": b"{}",
        f"{root}unet/diffusion_pytorch_model.safetensors": tensors({"conv_in.weight": (4, 4)}),
        f"{root}tokenizer/merges.txt": b"#version: 0.2\n",
    } | {f"{root}{name}": data for name, data in more.items()}
