"""Removal cases, brought by the domain to where a test needs them."""

import io
import json

from accounts.models import User
from models_hub.models import FileHash
from moderation.domain.cases import executing, filing, talking, verifying
from moderation.domain.cases.filing import Filing
from moderation.models import Execution
from tests.factories import models_hub

NAME = "Helena Prado"


def moderator(name="cora"):
    return User.objects.filter(username=name).first() or User.objects.create_user(
        username=name, email=f"{name}@example.org", is_moderator=True
    )


def filing_for(*rows, **changes):
    told = {
        "ticked": ("style",),
        "urls": tuple(row.get_absolute_url() for row in rows),
        "wish": "renamed",
        "names": (NAME, "ヘレナ・プラド"),
        "legal_name": "Helena Maria do Prado",
        "email": "helena@prado.example",
        "address": "203.0.113.7",
    }
    return Filing(**{**told, **changes})


def filed(*rows, **changes):
    """(case, token)."""
    return filing.file(filing_for(*rows, **changes))


def proven(*rows, by=None, **changes):
    case, token = filed(*rows, **changes)
    verifying.tick(case, by=by or moderator(), because="mail from the address on her page")
    return case, token


def in_talks(*rows, **changes):
    case, token = proven(*rows, **changes)
    talking.open_talks(case, by=moderator())
    return case, token


def carried_out(case):
    """As the worker would: the queued execution runs here and now."""
    for job in Execution.objects.filter(case=case, state="queued"):
        executing.execute(job.pk)
    case.refresh_from_db()
    return case


def prado(owner, **fields):
    """A model that carries the name everywhere a name can stand."""
    metadata = {
        "ss_output_name": "helena_prado_xl",
        "ss_tag_frequency": json.dumps({"10_helena_prado": {"helena prado": 12, "linocut": 9}}),
        "modelspec.title": "Helena Prado XL",
        "note": "after H3lena-Prado",
    }
    told = {
        "name": "Helena Prado Linocut XL",
        "description": "In the style of **Helena Prado**, trained on helena.prado prints.",
        "stored": models_hub.safetensors(metadata=metadata),
    }
    model = models_hub.published(owner, **{**told, **fields})
    version = model.versions.get()
    type(version).objects.filter(pk=version.pk).update(
        name="HelenaPrado v1",
        description="helena_prado, anew",
        trained_words=["helena prado style", "h.e.l.e.n.a prado", "linocut"],
    )
    version.files.update(name="helena_prado_xl.safetensors")
    FileHash.objects.create(file=version.files.get(), kind="AutoV3", value=f"{model.pk:012X}")
    from community.domain import tagging

    model.tags.set(tagging.named(["helena prado", "linocut"]))
    return type(model).objects.get(pk=model.pk)


def header_of(data):
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def bytes_of(file):
    from civitai import storages

    return storages.named(file.held_in).read(file.key)


def png(texts):
    from gallery.metadata import png as chunks
    from tests.factories.community import image

    return chunks.write_text(image(), texts)


def stream(data):
    return io.BytesIO(data)


def published_with_hash(model, kind, other):
    """`model`, whose file has a hash of `other`'s."""
    value = FileHash.objects.get(file__version__model=other, kind=kind).value
    FileHash.objects.create(file=model.versions.get().files.get(), kind=kind, value=value)
    return model


def stamped(data, texts):
    """A PNG with texts in it."""
    from gallery.metadata import png as chunks

    return chunks.write_text(data, texts)
