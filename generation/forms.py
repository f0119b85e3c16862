"""The studio's form: cleans, never writes. What fits together is the domain's to say."""

import math

from django import forms
from django.utils.translation import gettext_lazy as _

from generation.sampler.samplers import SAMPLERS, SCHEDULES
from models_hub.catalogue.generation import ADAPTER_WEIGHT, CFG_SCALE, LONGEST_PROMPT, STEPS

MOST_LORAS = 20  # read at all; the domain says how many may be used


class WholeSeed(forms.IntegerField):
    default_error_messages = {"invalid": _("A seed is a whole number from 0 to 4294967295.")}


class CreateForm(forms.Form):
    prompt = forms.CharField(
        label=_("Prompt"),
        max_length=LONGEST_PROMPT,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 5, "class": "input prompt", "data-hotkey-submit": ""}),
        error_messages={"required": _("Say what should be on the picture.")},
    )
    negative_prompt = forms.CharField(
        label=_("Negative prompt"),
        required=False,
        max_length=LONGEST_PROMPT,
        widget=forms.Textarea(attrs={"rows": 2, "class": "input prompt"}),
    )
    base = forms.IntegerField(
        error_messages={"required": _("Choose a base model."), "invalid": _("Choose a base model.")}
    )
    shape = forms.RegexField(
        r"\A(\d{2,4})x(\d{2,4})\Z", error_messages={"invalid": _("Choose a shape."), "required": _("Choose a shape.")}
    )
    steps = forms.IntegerField(
        label=_("Steps"),
        min_value=1,
        max_value=STEPS.most,
        widget=forms.NumberInput(attrs={"type": "range", "class": "range"}),
    )
    cfg_scale = forms.FloatField(
        label=_("Guidance"),
        min_value=CFG_SCALE.least,
        max_value=CFG_SCALE.most,
        widget=forms.NumberInput(attrs={"type": "range", "class": "range", "step": "0.5"}),
    )
    sampler = forms.ChoiceField(label=_("Sampler"), choices=[(name, name) for name in SAMPLERS])
    schedule = forms.ChoiceField(label=_("Schedule"), choices=[(name, name) for name in SCHEDULES])
    seed = WholeSeed(
        label=_("Seed"),
        required=False,
        min_value=0,
        max_value=2**32 - 1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "input mono", "placeholder": _("Random")}),
    )
    clip_skip = forms.IntegerField(
        label=_("Clip skip"), min_value=1, max_value=3, widget=forms.NumberInput(attrs={"class": "input"})
    )
    count = forms.TypedChoiceField(label=_("How many"), choices=[(n, n) for n in (1, 2, 3, 4)], coerce=int)
    remix_of = forms.IntegerField(required=False, widget=forms.HiddenInput)
    quote = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)
    submission = forms.RegexField(r"\A[0-9a-f]{32}\Z", required=False, widget=forms.HiddenInput)

    def clean_cfg_scale(self):
        value = self.cleaned_data["cfg_scale"]
        if not math.isfinite(value):
            raise forms.ValidationError(_("Guidance is a number from 1 to 30."))
        return value

    def clean(self):
        cleaned = super().clean()
        cleaned["loras"] = self.loras()
        return cleaned

    def loras(self):
        """[(version id, weight)] as the shelf has them, in order; unreadable weights are the plain 1."""
        return [(pk, self._weight(pk)) for pk in self.lora_ids()]

    def lora_ids(self):
        ids = self.data.getlist("lora") if hasattr(self.data, "getlist") else []
        return list(dict.fromkeys(int(pk) for pk in ids[:MOST_LORAS] if pk.isdecimal() and len(pk) < 16))

    def _weight(self, pk):
        try:
            weight = float(self.data.get(f"weight-{pk}", ""))
        except ValueError:
            return ADAPTER_WEIGHT.default
        return weight if math.isfinite(weight) else ADAPTER_WEIGHT.default

    def size(self):
        """(width, height) of a valid form."""
        width, height = self.cleaned_data["shape"].split("x")
        return int(width), int(height)
