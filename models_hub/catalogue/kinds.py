"""The words of the hub: kinds of models, versions and files. Values are the published API's own."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ModelType(TextChoices):
    CHECKPOINT = "Checkpoint", _("Checkpoint")
    TEXTUAL_INVERSION = "TextualInversion", _("Embedding")
    HYPERNETWORK = "Hypernetwork", _("Hypernetwork")
    AESTHETIC_GRADIENT = "AestheticGradient", _("Aesthetic gradient")
    LORA = "LORA", "LoRA"
    LOCON = "LoCon", "LyCORIS"
    DORA = "DoRA", "DoRA"
    CONTROLNET = "Controlnet", "ControlNet"
    UPSCALER = "Upscaler", _("Upscaler")
    MOTION_MODULE = "MotionModule", _("Motion module")
    VAE = "VAE", "VAE"
    TEXT_ENCODER = "TextEncoder", _("Text encoder")
    UNET = "UNet", "UNet"
    CLIP_VISION = "CLIPVision", "CLIP Vision"
    POSES = "Poses", _("Poses")
    WILDCARDS = "Wildcards", _("Wildcards")
    WORKFLOWS = "Workflows", _("Workflows")
    COMFY_WORKFLOWS = "ComfyWorkflows", _("ComfyUI workflows")
    DETECTION = "Detection", _("Detection")
    VISION_LANGUAGE = "VisionLanguage", _("Vision language model")
    CLIP = "CLIP", "CLIP"
    LLM = "LLM", _("Language model")
    OTHER = "Other", pgettext_lazy("kind of model", "Other")


# What changes a base model's weights while it draws; these are picked with a strength.
ADAPTERS = frozenset({ModelType.LORA, ModelType.LOCON, ModelType.DORA})

AIR_TYPES = {
    ModelType.CHECKPOINT: "checkpoint",
    ModelType.LORA: "lora",
    ModelType.LOCON: "lycoris",
    ModelType.DORA: "dora",
    ModelType.TEXTUAL_INVERSION: "embedding",
    ModelType.HYPERNETWORK: "hypernet",
    ModelType.AESTHETIC_GRADIENT: "ag",
    ModelType.VAE: "vae",
    ModelType.CONTROLNET: "controlnet",
    ModelType.UPSCALER: "upscaler",
    ModelType.MOTION_MODULE: "motion",
    ModelType.TEXT_ENCODER: "text_encoders",
    ModelType.UNET: "unet",
    ModelType.CLIP_VISION: "clipvision",
    ModelType.CLIP: "clip",
    ModelType.VISION_LANGUAGE: "visionlanguage",
}


class CheckpointType(TextChoices):
    TRAINED = "Trained", pgettext_lazy("kind of checkpoint", "Trained")
    MERGE = "Merge", pgettext_lazy("kind of checkpoint", "Merge")


class BaseModelType(TextChoices):
    STANDARD = "Standard", _("Standard")
    INPAINTING = "Inpainting", _("Inpainting")
    REFINER = "Refiner", _("Refiner")
    PIX2PIX = "Pix2Pix", "Pix2Pix"


class UploadType(TextChoices):
    CREATED = "Created", _("Uploaded")
    TRAINED = "Trained", _("Trained here")


class UsageControl(TextChoices):
    DOWNLOAD = "Download", _("Download and create")
    GENERATION = "Generation", _("Create here only")
    INTERNAL_GENERATION = "InternalGeneration", _("Internal only")
    EXTERNAL_GENERATION = "ExternalGeneration", _("Partners only")


class Availability(TextChoices):
    PUBLIC = "Public", pgettext_lazy("who finds it", "Public")
    UNSEARCHABLE = "Unsearchable", _("By link only")
    PRIVATE = "Private", pgettext_lazy("who finds it", "Private")
    EARLY_ACCESS = "EarlyAccess", _("Early access")


class FileType(TextChoices):
    MODEL = "Model", pgettext_lazy("kind of file", "Model")
    TEXT_ENCODER = "Text Encoder", _("Text encoder")
    VISION_ENCODER = "Vision Encoder", _("Vision encoder")
    PRUNED_MODEL = "Pruned Model", _("Pruned model")
    NEGATIVE = "Negative", _("Negative embedding")
    TRAINING_DATA = "Training Data", _("Training data")
    VAE = "VAE", "VAE"
    CONFIG = "Config", _("Configuration")
    ARCHIVE = "Archive", pgettext_lazy("kind of file", "Archive")
    UNET = "UNet", "UNet"
    DIFFUSION_MODEL = "Diffusion Model", _("Diffusion model")
    CLIP_VISION = "CLIPVision", "CLIP Vision"
    CONTROLNET = "ControlNet", "ControlNet"
    WORKFLOW = "Workflow", _("Workflow")
    UPSCALER = "Upscaler", _("Upscaler")
    ENHANCEMENT_LORA = "Enhancement LoRA", _("Enhancement LoRA")
    OTHER = "Other", pgettext_lazy("kind of file", "Other")


# A version is downloaded without further question as one of these.
PRIMARY_FILE_TYPES = frozenset(
    {
        FileType.MODEL,
        FileType.PRUNED_MODEL,
        FileType.DIFFUSION_MODEL,
        FileType.UNET,
        FileType.NEGATIVE,
        FileType.ARCHIVE,
    }
)


class FileFormat(TextChoices):
    SAFETENSOR = "SafeTensor", "SafeTensors"
    PICKLE_TENSOR = "PickleTensor", "PickleTensor"
    GGUF = "GGUF", "GGUF"
    DIFFUSERS = "Diffusers", "Diffusers"
    CORE_ML = "Core ML", "Core ML"
    ONNX = "ONNX", "ONNX"
    OTHER = "Other", pgettext_lazy("file format", "Other")


# The formats that are published; the others exist so that clients may name them and be told no.
ACCEPTED_FORMATS = frozenset({FileFormat.SAFETENSOR, FileFormat.GGUF, FileFormat.DIFFUSERS})

EXTENSIONS = {FileFormat.SAFETENSOR: "safetensors", FileFormat.GGUF: "gguf", FileFormat.DIFFUSERS: "zip"}


class FileSize(TextChoices):
    FULL = "full", pgettext_lazy("size of file", "Full")
    PRUNED = "pruned", pgettext_lazy("size of file", "Pruned")


class Precision(TextChoices):
    FP32 = "fp32", "fp32"
    FP16 = "fp16", "fp16"
    BF16 = "bf16", "bf16"
    MXFP8 = "mxfp8", "mxfp8"
    FP8_MIXED = "fp8_mixed", "fp8 mixed"
    FP8_SCALED = "fp8_scaled", "fp8 scaled"
    FP8 = "fp8", "fp8"
    INT8 = "int8", "int8"
    NF4 = "nf4", "nf4"
    NVFP4 = "nvfp4", "nvfp4"
    INT4 = "int4", "int4"


QUANT_TYPES = (
    "Q8_0", "Q6_K", "Q5_K_M", "Q5_K_S", "Q5_K", "Q5_1", "Q5_0", "Q4_K_M", "Q4_K_S", "Q4_K", "Q4_1", "Q4_0",
    "Q3_K_L", "Q3_K_M", "Q3_K_S", "Q3_K", "Q2_K", "Q2_K_S", "IQ4_NL", "IQ4_XS", "IQ3_M", "IQ3_S", "IQ3_XS",
    "IQ3_XXS", "IQ2_M", "IQ2_S", "IQ2_XS", "IQ2_XXS", "IQ1_M", "IQ1_S", "TQ2_0", "TQ1_0",
)  # fmt: skip


class FileVisibility(TextChoices):
    PUBLIC = "Public", pgettext_lazy("who finds it", "Public")
    SENSITIVE = "Sensitive", _("Sensitive")
    PRIVATE = "Private", pgettext_lazy("who finds it", "Private")


class ScanResult(TextChoices):
    PENDING = "Pending", _("Waiting for the scan")
    SUCCESS = "Success", _("Scanned, nothing found")
    DANGER = "Danger", _("Dangerous")
    ERROR = "Error", _("The scan failed")


class HashType(TextChoices):
    """In the published order; values are stored and shown in upper case, compared in any case."""

    AUTOV1 = "AutoV1", "AutoV1"
    AUTOV2 = "AutoV2", "AutoV2"
    AUTOV3 = "AutoV3", "AutoV3"
    SHA256 = "SHA256", "SHA256"
    CRC32 = "CRC32", "CRC32"
    BLAKE3 = "BLAKE3", "BLAKE3"
