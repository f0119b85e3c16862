"""Clean and validate; never write."""

from django import forms
from django.utils.translation import gettext_lazy as _

from training.rights import WORDING
from training.trainer.settings import Settings

DEFAULT = Settings()
RATES = (("0.001", _("Careful")), ("0.002", _("Normal")), ("0.004", _("Bold")))


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    def clean(self, data, initial=None):
        return [super(FilesField, self).clean(one, initial) for one in data] if data else super().clean(None, []) or []


class NewForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Of what it will be able to draw."))


class FilesForm(forms.Form):
    files = FilesField(
        label=_("Pictures, or a zip of them"),
        widget=SeveralFiles(attrs={"multiple": True, "accept": "image/png,image/jpeg,image/webp,.zip,.txt"}),
        help_text=_("Ten to a hundred are good. Captions as .txt files with the picture's name."),
    )


class SetForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    trigger = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9 _-]*$",
        label=_("Trigger word"),
        max_length=40,
        required=False,
        help_text=_("A word that nobody uses, such as zbrstyle. It calls up what was learnt."),
    )


class RunForm(forms.Form):
    base = forms.TypedChoiceField(label=_("Base"), coerce=int)
    epochs = forms.IntegerField(
        label=_("Epochs"), min_value=1, max_value=50, initial=DEFAULT.epochs,
        help_text=_("How often a file and samples are kept. Pick the best one."),
    )  # fmt: skip
    repeats = forms.IntegerField(
        label=_("Repeats"), min_value=1, max_value=1000, initial=DEFAULT.repeats,
        help_text=_("Each picture, each epoch. Fewer for more pictures."),
    )  # fmt: skip
    rank = forms.IntegerField(
        label=_("Rank"), min_value=1, max_value=128, initial=DEFAULT.rank,
        help_text=_("Room for detail. 8 is enough for one thing, 16 for a style."),
    )  # fmt: skip
    learning_rate = forms.ChoiceField(
        label=_("Rate"), choices=RATES, initial="0.002", help_text=_("Bolder learns sooner and burns sooner.")
    )
    prompts = forms.CharField(
        label=_("Samples after each epoch"),
        required=False,
        max_length=1200,
        widget=forms.Textarea(attrs={"rows": 3, "class": "mono"}),
        help_text=_("One prompt a line, four at most."),
    )
    attested = forms.BooleanField(label=WORDING)
    submission = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)

    def __init__(self, *args, bases, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["base"].choices = [(card["version"].pk, str(card["version"])) for card in bases]

    def clean_prompts(self):
        lines = [" ".join(line.split()) for line in self.cleaned_data["prompts"].splitlines()]
        return [line for line in lines if line][:4]

    def settings(self, base_model):
        """The trainer's Settings of what was chosen; the size is the base's own."""
        from models_hub.catalogue.generation import frame_of

        told, frame = self.cleaned_data, frame_of(base_model)
        return Settings(
            rank=told["rank"],
            alpha=float(told["rank"]),
            learning_rate=float(told["learning_rate"]),
            epochs=told["epochs"],
            repeats=told["repeats"],
            resolution=min(frame.sizes[0]) if frame else DEFAULT.resolution,
        )
