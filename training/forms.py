"""Clean and validate; never write."""

from django import forms
from django.utils.translation import gettext_lazy as _

from models_hub.catalogue.bases import find_base
from models_hub.catalogue.generation import frame_of
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
        help_text=_(
            "Ten to a hundred are good; a zip holds up to a thousand. Captions are .txt files with the picture's name."
        ),
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


class CaptionsForm(forms.Form):
    way = forms.ChoiceField(
        label=_("What to do"),
        choices=(("before", _("Put in front")), ("after", _("Put at the end")), ("replace", _("Replace"))),
        initial="before",
        widget=forms.RadioSelect,
    )
    instead_of = forms.CharField(label=_("This text"), max_length=200, required=False, strip=False)
    text = forms.CharField(label=_("Text"), max_length=200, required=False)

    def clean(self):
        told = super().clean()
        if told.get("way") == "replace" and not told.get("instead_of", "").strip():
            self.add_error("instead_of", _("Say what is to be replaced."))
        elif told.get("way") in ("before", "after") and not told.get("text"):
            self.add_error("text", _("Say what every caption is to have."))
        return told


def _range():
    return forms.NumberInput(attrs={"type": "range"})


class RunForm(forms.Form):
    base = forms.TypedChoiceField(label=_("Base"), coerce=int)
    epochs = forms.IntegerField(
        label=_("Epochs"), min_value=1, max_value=50, initial=DEFAULT.epochs, widget=_range(),
        help_text=_("How often a file and samples are kept. Pick the best one."),
    )  # fmt: skip
    repeats = forms.IntegerField(
        label=_("Repeats"), min_value=1, max_value=100, initial=DEFAULT.repeats, widget=_range(),
        help_text=_("Each picture, each epoch. Fewer for more pictures."),
    )  # fmt: skip
    rank = forms.IntegerField(
        label=_("Rank"), min_value=1, max_value=128, initial=DEFAULT.rank, widget=_range(),
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
    quoted = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    attested = forms.BooleanField(label=WORDING)
    submission = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)

    def __init__(self, *args, bases, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["base"].choices = [(card["version"].pk, str(card["version"])) for card in bases]

    def clean_prompts(self):
        lines = [" ".join(line.split()) for line in self.cleaned_data["prompts"].splitlines()]
        return [line for line in lines if line][:4]

    def settings(self, base_model):
        """The trainer's Settings of what was chosen; the size and the scale of the rate are the base's own."""
        told = self.cleaned_data
        return settings_of(base_model, rank=told["rank"], rate=told["learning_rate"], **_times(told))

    def settings_so_far(self, base_model):
        """The same of a form that isn't whole: what can't be read counts as its default."""

        def number(name, least, most):
            try:
                return min(max(int(self[name].value()), least), most)
            except (TypeError, ValueError):
                return getattr(DEFAULT, name)

        told = {
            name: number(name, field.min_value, field.max_value) for name, field in self.fields.items() if name in TIMES
        }
        return settings_of(base_model, rank=DEFAULT.rank, rate=DEFAULT.learning_rate, **told)


def start_of(run):
    """What a form begins with that asks for the same again."""
    told, base = run.settings, find_base(run.base.base_model)
    rate = told["learning_rate"] / RATE_OF.get(base.ecosystem.architecture if base else "", 1.0)
    return {
        **{name: told[name] for name in ("epochs", "repeats", "rank")},
        "base": run.base_id,
        "learning_rate": min((value for value, _label in RATES), key=lambda value: abs(float(value) - rate)),
        "prompts": "\n".join(run.prompts),
    }


TIMES = ("epochs", "repeats")
# The pocket model learns at a higher rate than those of the usual size.
RATE_OF = {"pocket": 1.0, "sd1": 0.25}


def _times(told):
    return {name: told[name] for name in TIMES}


def settings_of(base_model, *, rank, rate, epochs, repeats):
    base, frame = find_base(base_model), frame_of(base_model)
    architecture = base.ecosystem.architecture if base else ""
    return Settings(
        rank=rank,
        alpha=float(rank),
        # Measured on the pocket model alone; the usual sizes keep what is learnt in them everywhere.
        layers="all" if architecture == "pocket" else "attention",
        learning_rate=float(rate) * RATE_OF.get(architecture, 1.0),
        epochs=epochs,
        repeats=repeats,
        resolution=min(frame.sizes[0]) if frame else DEFAULT.resolution,
    )
