"""What the page of a model says: tabs, samples, downloads, facts. Reads only, made for templates."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from civitai import adapters
from civitai.caching import kept
from civitai.levels import viewer_mask
from community.domain import pictures
from community.pixels import thumbhash
from models_hub.catalogue.air import air_of
from models_hub.catalogue.bases import find_base, fits
from models_hub.catalogue.generation import frame_of
from models_hub.catalogue.kinds import ADAPTERS, FileFormat, FileSize, FileType, HashType, Precision
from models_hub.catalogue.licences import LicenceLine, base_note, licence_lines
from models_hub.formats.described import from_json
from models_hub.models import ModelVersion
from models_hub.models.model import FROZEN
from models_hub.models.version import DRAWN_BASES
from models_hub.queries import files_with_hashes, picture_card, type_label
from models_hub.states import ModelState
from models_hub.wizard import flags_of
from moderation.domain.cases import fees, wording

HASHES = ("AutoV2", "AutoV1", "AutoV3", "SHA256", "BLAKE3", "CRC32")
FORMATS = {
    FileFormat.SAFETENSOR: "safetensors",
    FileFormat.GGUF: "GGUF",
    FileFormat.DIFFUSERS: gettext_lazy("diffusers folder"),
}


def versions_of(model, user):
    """Newest first, each with its files that can be downloaded."""
    rows = ModelVersion.objects.visible_to(user).filter(model=model)
    return rows.prefetch_related(files_with_hashes()).order_by("index", "-id")


def neutral(model, versions):
    """Of an unlisted model, for who is neither its owner nor a moderator: none of its words, in these instances alone."""
    if model.is_unlisted:
        model.name, model.description, model.tag_names = model.shown_name, "", []
        for version in versions:
            version.model = model
            version.name, version.description, version.trained_words = version.shown_name, "", []


def tabs_of(model, versions, current):
    url = model.get_absolute_url()
    return [
        {
            "url": f"{url}?version={version.pk}",
            "label": version.name or _("Without a name"),
            "small": version.base_model if version.state == ModelState.PUBLISHED else version.get_state_display(),
            "current": version == current,
        }
        for version in versions
    ]


def samples_of(version, user, *, sees_all, once=False):
    """Cards of the sample pictures. One above the viewer's level is covered and not sent, unless a member asks `once`."""
    found, mask = [], viewer_mask(user)
    for sample in version.samples.select_related("picture"):
        picture = sample.picture
        if picture.state != "ready" or picture.hidden_at or picture.quarantined_at:
            continue
        alt = _("Example %(number)s") % {"number": len(found) + 1}
        if sees_all or picture.level & mask:
            found.append(_sample(picture, alt))
        elif once and user.is_authenticated:
            found.append(_sample(picture, alt, once=pictures.once_for(user, picture)))
        else:
            show = f"?version={version.pk}&show=once#example-{len(found) + 1}" if user.is_authenticated else ""
            cover = {"covered": picture.level, "hash": thumbhash.data_url(picture.thumbhash), "tone": picture.tone}
            found.append({**cover, "show_url": show})
    return found


def _sample(picture, alt, *, once=""):
    card = {**picture_card(picture, alt=alt), "large": picture.url(1200)}
    if once:
        card |= {"url": f"{card['url']}?once={once}", "large": f"{card['large']}?once={once}", "srcset": ""}
    return card


def download_of(version, user=None):
    """The file that is got without choosing, and all of them; None where there is none, or none to be had."""
    model = version.model
    is_own = user is not None and user.pk == model.owner_id
    if not version.ready_files or model.freeze_level > FROZEN or (model.usage == "generation" and not is_own):
        return None
    base = reverse("download", args=[version.pk])
    labels = [label_of(file) for file in version.ready_files]
    variants = [
        {
            "file": file,
            "url": base + query_of(file),
            "label": label,
            "shown": _name_of(file) if labels.count(label) > 1 else label,
        }
        for file, label in zip(version.ready_files, labels, strict=True)
    ]
    first = variants[0]
    return {**first, "url": base if first["file"].is_primary else first["url"], "variants": variants}


def _name_of(file):
    model = file.version.model
    return f"{file.pk}.{file.name.rpartition('.')[2]}" if model.is_unlisted else file.name


def query_of(file):
    """What of the download address names this very file; nothing for the primary one."""
    if file.is_primary:
        return ""
    asked = {"type": file.type, "format": file.format, "size": file.variant, "fp": file.precision}
    return "?" + urlencode({**{key: value for key, value in asked.items() if value}, "fileId": file.pk})


def label_of(file):
    """safetensors, fp16, pruned · VAE"""
    parts = [str(FORMATS.get(file.format, file.format))]
    if file.precision in Precision.values:
        parts.append(Precision(file.precision).label)
    if file.variant in FileSize.values:
        parts.append(str(FileSize(file.variant).label).lower())
    text = ", ".join(filter(None, parts))
    if file.type not in (FileType.MODEL, FileType.PRUNED_MODEL) and file.type in FileType.values:
        text += f" · {FileType(file.type).label}"
    return text


def facts_of(version):
    """{"pairs": [(name, value)], "hashes": [(kind, value)], "air": …} of a version and its primary file."""
    file = version.ready_files[0] if version.ready_files else None
    told = from_json(file.description) if file else None
    kind = type_label(version.model.type)
    if told and told.rank:
        kind = _("%(kind)s, rank %(rank)s") % {"kind": kind, "rank": told.rank}
    pairs = [(_("Type"), kind)]
    if version.weight_min is not None or version.weight_max is not None:
        ends = [version.weight_min, version.weight_max]
        pairs.append(
            (_("Strength"), " – ".join(formats.number_format(end, use_l10n=True) for end in ends if end is not None))
        )
    if version.clip_skip:
        pairs.append((_("Clip skip"), version.clip_skip))
    if trained := _trained(version):
        pairs.append((_("Trained"), trained))
    if version.published_at:
        pairs.append((_("Published"), formats.date_format(timezone.localtime(version.published_at), "DATE_FORMAT")))
    found = {row.kind: row.value for row in file.hashes.all()} if file else {}
    hashes = [(HashType(kind).label, found[kind]) for kind in HASHES if kind in found]
    if version.published_at:
        hashes.append(("AIR", _air(version, file)))
    base = find_base(version.base_model)
    return {"pairs": pairs, "hashes": hashes, "base": version.base_model, "base_known": bool(base)}


def _air(version, file):
    return air_of(
        model_type=version.model.type,
        base_model=version.base_model,
        model_id=version.model_id,
        version_id=version.pk,
        primary_file_type=file.type if file else None,
    )


def _trained(version):
    parts = []
    if version.steps:
        steps = formats.number_format(version.steps, use_l10n=True, force_grouping=True)
        parts.append(ngettext("%(steps)s step", "%(steps)s steps", version.steps) % {"steps": steps})
    if version.epochs:
        parts.append(ngettext("%(count)s epoch", "%(count)s epochs", version.epochs) % {"count": version.epochs})
    return ", ".join(parts)


def origin_of(version, user):
    """{"parent": the version that it was made from, "set": what a room above tells of its training}, or None.

    A parent that `user` may not see is not named.
    """
    if not version.parent_id:
        return None
    # Not listed means that its name may be what was asked to go.
    seen = ModelVersion.objects.visible_to(user).filter(pk=version.parent_id, model__freeze_level=0)
    parent = seen.select_related("model").first()
    told = adapters.slot("version_origin", [version]).get(version.pk)
    return {"parent": parent, "set": told and told[0]} if parent or told else None


def licence_of(version):
    base = find_base(version.base_model)
    return {
        "lines": [*agreed_of(version), *licence_lines(flags_of(version.model), version.base_model or None)],
        "note": base_note(version.base_model),
        "url": base.licence.url if base else "",
        "name": base.licence.name if base else "",
    }


def agreed_of(version):
    """Lines about the agreement with an artist that it is used under; asked only where there may be one."""
    fee = fees.fees_for([version.pk]).get(version.pk) if version.model.usage == "generation" else None
    return [LicenceLine(True, sentence) for sentence in wording.licence(fee)] if fee else []


def can_draw(version):
    """Whether the workers here can use it: a base of ours, or an adapter whose tensors fit one of them."""
    if version.state != ModelState.PUBLISHED or not version.ready_files or version.model.freeze_level >= FROZEN:
        return False
    if version.can_generate or version.model.type not in ADAPTERS or frame_of(version.base_model) is None:
        return version.can_generate
    return any(fits(version.base_model, base) for base in drawn_bases())


def drawn_bases():
    """Names of the base models that are installed here; asked once in half a minute, since every list asks."""
    shown = ModelVersion.objects.filter(can_generate=True, state=ModelState.PUBLISHED)
    return kept(DRAWN_BASES, lambda: list(shown.values_list("base_model", flat=True).distinct()), seconds=30)
