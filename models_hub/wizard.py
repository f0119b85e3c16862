"""The steps of publishing, and how far a draft has come in each. Reads only."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from models_hub.catalogue.licences import CommercialUse, LicenceFlags, base_note, granted_uses, licence_lines
from models_hub.queries import type_label
from models_hub.states import FileState

STEPS = {
    "what": gettext_lazy("What it is"),
    "version": gettext_lazy("Version"),
    "files": gettext_lazy("Files"),
    "licence": gettext_lazy("Licence"),
    "pictures": gettext_lazy("Pictures"),
    "review": gettext_lazy("Review"),
}
ON_TO = {
    "what": gettext_lazy("Go on to the version"),
    "version": gettext_lazy("Go on to files"),
    "files": gettext_lazy("Go on to the licence"),
    "licence": gettext_lazy("Go on to pictures"),
    "pictures": gettext_lazy("Go on to the review"),
}


class StepConverter:
    regex = "|".join(STEPS)

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


@dataclass(frozen=True)
class Step:
    key: str
    label: str
    small: str
    is_done: bool
    is_current: bool
    url: str


def url_of(model, version, step):
    return reverse("model_edit", args=[model.pk, step]) + f"?version={version.pk}"


def steps_of(model, version, current, *, files, samples, lacks):
    """The six steps with their state. `files` and `samples` are those of the version, `lacks` what publishing waits for."""
    missing = {lack.step for lack in lacks}
    smalls = {
        "what": " · ".join(filter(None, [str(type_label(model.type)), _("mature") if model.is_mature else ""])),
        "version": ", ".join(filter(None, [version.name, version.base_model])),
        "files": _files_line(files),
        "licence": _licence_line(model, version),
        "pictures": _pictures_line(samples),
        "review": "",
    }
    done = {
        "what": "what" not in missing,
        "version": "version" not in missing,
        "files": "files" not in missing,
        # It has a lawful default; it counts as read once the owner has gone past it.
        "licence": bool(samples) or model.published_at is not None or current in ("pictures", "review"),
        "pictures": "pictures" not in missing,
        "review": version.published_at is not None and not lacks,
    }
    return [
        Step(key, label, smalls[key], done[key], key == current, url_of(model, version, key))
        for key, label in STEPS.items()
    ]


def before(step):
    keys = list(STEPS)
    return keys[keys.index(step) - 1] if step != keys[0] else None


def after(step):
    keys = list(STEPS)
    return keys[keys.index(step) + 1] if step != keys[-1] else None


def licence_panel(model, version):
    """The four lines and the note of the base model's own licence."""
    return {"lines": licence_lines(flags_of(model), version.base_model or None), "note": base_note(version.base_model)}


def flags_of(model):
    return LicenceFlags(
        allow_no_credit=model.allow_no_credit,
        allow_derivatives=model.allow_derivatives,
        allow_different_license=model.allow_different_license,
        allow_commercial_use=frozenset(model.allow_commercial_use),
    )


def _files_line(files):
    if not files:
        return _("none yet")
    ready = sum(file.state == FileState.READY for file in files)
    return _("%(ready)s of %(all)s ready") % {"ready": ready, "all": len(files)}


def _licence_line(model, version):
    granted = granted_uses(model.allow_commercial_use, version.base_model or None)
    if CommercialUse.SELL in granted:
        return _("may be sold")
    return _("pictures may be sold") if granted else _("not for money")


def _pictures_line(samples):
    if not samples:
        return _("none yet; 1 at least")
    return ngettext("%(count)s picture", "%(count)s pictures", len(samples)) % {"count": len(samples)}
