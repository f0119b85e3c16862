"""Models, versions and files, each in a state that the domain could have left them in."""

import hashlib
import io
import uuid

from django.utils import timezone

from civitai import storages
from community.models import Picture
from models_hub.models import FileHash, Model, ModelFile, ModelVersion, VersionPicture
from models_hub.states import FileState, ModelState
from tests.models_hub.formats.build import lora, tensors


def picture(owner, *, level=1, state="ready", **fields):
    fields = {"width": 640, "height": 800, "size_bytes": 1000, "tone": "#445566", "is_public": True, **fields}
    return Picture.objects.create(owner=owner, key=f"pictures/{uuid.uuid4()}", level=level, state=state, **fields)


def draft(owner, *, name="Papercut", version_name="v1", base_model="SDXL 1.0", type="LORA", **fields):
    model = Model.objects.create(owner=owner, name=name, type=type, **fields)
    ModelVersion.objects.create(model=model, name=version_name, base_model=base_model)
    return model


def published(owner, *, level=1, stored=None, **fields):
    """A published model with a version, a ready file and a sample. `stored` are bytes for the store; none: a row alone."""
    now = timezone.now()
    model = draft(owner, **{"published_at": now, "last_version_at": now, "level_mask": level, **fields})
    version = model.versions.get()
    Model.objects.filter(pk=model.pk).update(state=ModelState.PUBLISHED)
    ModelVersion.objects.filter(pk=version.pk).update(state=ModelState.PUBLISHED, published_at=now)
    ready_file(version, stored=stored)
    shown = picture(owner, level=level)
    VersionPicture.objects.create(version=version, picture=shown)
    Model.objects.filter(pk=model.pk).update(cover=shown)
    return Model.objects.get(pk=model.pk)


def another_version(model, *, name="v2", base_model="SDXL 1.0", state=ModelState.PUBLISHED, **fields):
    return ModelVersion.objects.create(
        model=model, name=name, base_model=base_model, state=state, published_at=timezone.now(), **fields
    )


def ready_file(version, *, name="papercut.safetensors", stored=None, is_primary=None, **fields):
    key = f"models/tests/{uuid.uuid4()}"
    body = stored if stored is not None else uuid.uuid4().bytes
    if stored is not None:
        storages.private().put(key, io.BytesIO(stored))
    if is_primary is None:
        is_primary = not version.files.filter(is_primary=True).exists()
    fields = {"format": "SafeTensor", "precision": "fp16", "type": "Model", **fields}
    file = ModelFile.objects.create(
        version=version,
        name=name,
        key=key,
        size_bytes=len(body),
        state=FileState.READY,
        scanned_at=timezone.now(),
        is_primary=is_primary,
        **fields,
    )
    sha256 = hashlib.sha256(body).hexdigest().upper()
    FileHash.objects.create(file=file, kind="SHA256", value=sha256)
    FileHash.objects.create(file=file, kind="AutoV2", value=sha256[:10])
    return file


def safetensors(*, metadata=None, salt=""):
    """The bytes of a small LoRA for SDXL; `salt` makes another file of it."""
    return lora(text_width=2048, width=32, rank=8, metadata={"salt": salt, **(metadata or {})})


def checkpoint():
    return tensors({"model.diffusion_model.input_blocks.0.0.weight": (4, 4, 3, 3), "first_stage_model.x": (2, 2)})
