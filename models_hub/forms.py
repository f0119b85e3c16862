"""What people type in the wizard: cleaned and judged, never written here.

A draft may be saved half done, so nothing is required; publishing says what is missing.
`changed` narrows a form to the fields that the page saves by itself while somebody types.
"""

import re

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from models_hub.catalogue.bases import grouped_choices
from models_hub.catalogue.kinds import CheckpointType, ModelType
from models_hub.catalogue.licences import CommercialUse

MOST_TAGS, LONGEST_TAG = 20, 60
MOST_WORDS, LONGEST_WORD = 50, 120

# Kinds that a form offers; the rest exist for old files and tools.
OFFERED_TYPES = [
    ModelType.LORA, ModelType.LOCON, ModelType.DORA, ModelType.CHECKPOINT, ModelType.TEXTUAL_INVERSION, ModelType.CONTROLNET,
    ModelType.VAE, ModelType.UPSCALER, ModelType.MOTION_MODULE, ModelType.TEXT_ENCODER, ModelType.UNET, ModelType.CLIP_VISION,
    ModelType.DETECTION, ModelType.OTHER,
]  # fmt: skip


class WordsField(forms.CharField):
    """Words or phrases, separated by commas or lines: a list without doubles, in the order typed."""

    def __init__(self, *, most, longest, lower=False, **kwargs):
        self.most, self.longest, self.lower = most, longest, lower
        super().__init__(required=False, strip=True, **kwargs)

    def prepare_value(self, value):
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value):
        text = super().clean(value)
        parts = [" ".join(part.split()) for part in re.split(r"[,\n]", text)]
        words = list(dict.fromkeys(part.lower() if self.lower else part for part in parts if part))
        if len(words) > self.most:
            raise forms.ValidationError(_("At most %(count)s, please.") % {"count": self.most})
        long = next((word for word in words if len(word) > self.longest), None)
        if long:
            raise forms.ValidationError(
                _("“%(word)s…” is too long: %(count)s characters at most.") % {"word": long[:20], "count": self.longest}
            )
        return words


class StepForm(forms.Form):
    """`changed`: only these fields are looked at and given back."""

    def __init__(self, *args, changed=None, **kwargs):
        super().__init__(*args, **kwargs)
        if changed is not None:
            self.fields = {name: field for name, field in self.fields.items() if name in changed}


class WhatForm(StepForm):
    name = forms.CharField(
        label=_("Name"), max_length=120, required=False, help_text=_("What people will search for and say aloud.")
    )
    type = forms.ChoiceField(label=_("Kind"), choices=[(kind.value, kind.label) for kind in OFFERED_TYPES])
    checkpoint_type = forms.ChoiceField(
        label=_("How it was made"),
        choices=[("", pgettext_lazy("how a model was made", "I don’t say")), *CheckpointType.choices],
        required=False,
        help_text=_("For checkpoints."),
    )
    tags = WordsField(
        label=_("Tags"),
        most=MOST_TAGS,
        longest=LONGEST_TAG,
        lower=True,
        help_text=_("Separated by commas: style, papercut, landscape."),
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=40_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("What it does well, what it does badly, what it was trained on. Markdown works."),
    )
    is_mature = forms.BooleanField(
        label=_("It is made for mature pictures"),
        required=False,
        help_text=_("Its page is covered for people who do not want to see such pictures."),
    )

    is_of_real_person = forms.BooleanField(
        label=_("It shows or imitates a real person"),
        required=False,
        help_text=_("Living or dead. Such models are not published here; your own likeness is the one exception."),
    )

    def clean_name(self):
        name = " ".join(self.cleaned_data["name"].split())
        if any(not letter.isprintable() for letter in name):
            raise forms.ValidationError(_("The name has a character that can’t be shown."))
        return name


class VersionForm(StepForm):
    name = forms.CharField(
        label=_("Name of this version"), max_length=80, required=False, help_text=_("v1, v2 Clean cut, …")
    )
    base_model = forms.ChoiceField(
        label=_("Base model"), required=False, help_text=_("What it was trained on, and works with.")
    )
    trained_words = WordsField(
        label=_("Trigger words"),
        most=MOST_WORDS,
        longest=LONGEST_WORD,
        help_text=_("Words that call it up, separated by commas. Leave it empty if it needs none."),
    )
    weight_min = forms.FloatField(label=_("Strength from"), min_value=-5, max_value=5, required=False, localize=True)
    weight_max = forms.FloatField(label=_("to"), min_value=-5, max_value=5, required=False, localize=True)
    clip_skip = forms.IntegerField(label=_("Clip skip"), min_value=1, max_value=12, required=False)
    steps = forms.IntegerField(label=_("Steps trained"), min_value=1, max_value=10_000_000, required=False)
    epochs = forms.IntegerField(label=_("Epochs"), min_value=1, max_value=100_000, required=False)
    description = forms.CharField(
        label=_("What is new in this version"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "base_model" in self.fields:
            choices = [("", _("Choose one")), *grouped_choices()]
            kept = self.initial.get("base_model")
            if kept and not any(kept == name for _group, names in choices[1:] for name, _label in names):
                choices.append((kept, kept))  # one that is no longer offered stays what it was
            self.fields["base_model"].choices = choices
        for field in self.fields.values():
            if isinstance(field, forms.FloatField):
                field.widget.attrs.update(inputmode="decimal")  # a comma or a point, as the language has it

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())

    def clean(self):
        low, high = self.cleaned_data.get("weight_min"), self.cleaned_data.get("weight_max")
        if low is not None and high is not None and low > high:
            self.add_error("weight_max", _("This is below where it starts."))
        return self.cleaned_data


class LicenceForm(StepForm):
    allow_commercial_use = forms.MultipleChoiceField(
        label=_("What may people do for money?"),
        choices=[choice for choice in CommercialUse.choices if choice[0] != CommercialUse.NONE],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Each step includes those above it. Tick nothing to allow none."),
    )
    allow_derivatives = forms.BooleanField(label=_("They may merge it and build on it"), required=False)
    allow_no_credit = forms.BooleanField(label=_("They need not name you"), required=False)
    allow_different_license = forms.BooleanField(label=_("What they build on it may have other terms"), required=False)

    def clean_allow_commercial_use(self):
        chosen = set(self.cleaned_data["allow_commercial_use"])
        return [use.value for use in CommercialUse if use in chosen]


FORMS = {"what": WhatForm, "version": VersionForm, "licence": LicenceForm}


class ReviewForm(forms.Form):
    recommends = forms.ChoiceField(
        label=_("Would you recommend it?"),
        choices=[("yes", _("Yes, I recommend it")), ("no", _("No, I do not"))],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("What it did well, and what it did not"),
        required=False,
        max_length=15_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": 5000}),
    )

    def clean_recommends(self):
        return self.cleaned_data["recommends"] == "yes"
