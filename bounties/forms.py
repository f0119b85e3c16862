"""Clean and validate; never write."""

import uuid
from datetime import UTC, datetime, time

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bounties.models import BountyType, Rest
from civitai.ordering import moved
from civitai.uploads import Upload
from community.domain import tagging
from models_hub.catalogue.bases import grouped_choices
from wallet.forms import AmountField
from wallet.policy import policy

PICTURES = "image/png,image/jpeg,image/webp,image/avif"
ENTRY_FILES = ".safetensors,.gguf,.zip"


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Cleans to a list."""

    def __init__(self, *, accept, **kwargs):
        super().__init__(widget=SeveralFiles(attrs={"multiple": True, "accept": accept}), **kwargs)

    def clean(self, data, initial=None):
        if not data:
            return super().clean(None, []) or []
        return [super(FilesField, self).clean(one, initial) for one in data]


class BountyForm(forms.Form):
    name = forms.CharField(label=_("What do you want?"), max_length=120, help_text=_("It can't be changed later."))
    type = forms.ChoiceField(label=_("Kind"), choices=BountyType.choices)
    base_model = forms.ChoiceField(label=_("Base model"), required=False)
    description = forms.CharField(
        label=_("Brief"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("What it must do, and how you will choose. Markdown works."),
    )
    examples = FilesField(label=_("Example pictures"), accept=PICTURES, required=False)
    tags = forms.CharField(label=_("Tags"), required=False, max_length=600, help_text=_("Separated by commas."))
    reward = AmountField(label=_("Your stake"), least=policy.least_reward, most=policy.most_reward)
    least_stake = AmountField(
        label=_("Least that others may add"), least=policy.least_stake, most=policy.most_reward, required=False
    )
    ends_on = forms.DateField(
        label=_("Entries until"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The end of that day, 23:00 UTC. It starts as soon as you put it up."),
    )
    entry_limit = forms.IntegerField(label=_("Entries of one member"), min_value=1, max_value=10, initial=3)
    rest = forms.ChoiceField(
        label=_("What nobody gave when the time is over"),
        choices=Rest.choices,
        widget=forms.RadioSelect,
        initial=Rest.REFUND,
    )
    submission = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["base_model"].choices = [("", _("Any")), *grouped_choices()]

    def clean_tags(self):
        return tagging.split(self.cleaned_data["tags"])

    def clean_ends_on(self):
        """The end of that day, UTC."""
        day = self.cleaned_data["ends_on"]
        if day <= timezone.now().date():
            raise forms.ValidationError(_("Choose a day after today."))
        return datetime.combine(day, time(23, 0), tzinfo=UTC)


class KeysField(forms.Field):
    """Keys of rows from hidden fields or boxes; cleans to a list, without what is none."""

    widget = forms.MultipleHiddenInput

    def clean(self, value):
        return [int(one) for one in value or () if str(one).isascii() and str(one).isdecimal() and len(str(one)) < 19]


class ArrangingForm(forms.Form):
    """Pictures that are there: `out` are to be taken out, `order` is how the others shall stand."""

    images = FilesField(label=_("Add pictures"), accept=PICTURES, required=False)
    out = KeysField(required=False)
    order = KeysField(required=False)
    # One step by a button, where there is no script to drag.
    move = forms.CharField(required=False, max_length=40)

    def clean(self):
        told = super().clean()
        told["order"] = moved(told.get("order") or [], wish := told.pop("move", ""))
        self.is_moving = bool(wish)
        return told


class ChangeForm(ArrangingForm):
    description = forms.CharField(label=_("Brief"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 10}))


class StakeForm(forms.Form):
    amount = AmountField(label=_("Credits"))
    submission = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)


class CallOffForm(forms.Form):
    because = forms.CharField(
        label=_("Why"), required=False, max_length=500, help_text=_("It goes to the log, and stays.")
    )


class UploadsField(forms.Field):
    """Ids of complete uploads that the uploader has put into hidden fields; cleans to a list."""

    widget = forms.MultipleHiddenInput

    def clean(self, value):
        try:
            return list(dict.fromkeys(uuid.UUID(str(one)) for one in value or ()))
        except ValueError:
            raise forms.ValidationError(_("The page sent something that we can't read. Load it again.")) from None


class EntryForm(forms.Form):
    name = forms.CharField(label=_("Name of your entry"), max_length=120)
    description = forms.CharField(
        label=_("How it was made"), required=False, max_length=5_000, widget=forms.Textarea(attrs={"rows": 5})
    )
    images = FilesField(label=_("Pictures of it"), accept=PICTURES, required=False)
    uploads = UploadsField(required=False)
    files = FilesField(
        label=_("Files"),
        accept=ENTRY_FILES,
        required=False,
        help_text=_("safetensors, GGUF or zip, up to 500 MB each without JavaScript."),
    )
    version = forms.TypedChoiceField(label=_("Or one of your models"), required=False, coerce=int, empty_value=None)
    submission = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)

    def __init__(self, *args, owner=None, versions=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.owner = owner
        self.versions = {row.pk: row for row in versions}
        self.fields["version"].choices = [("", "—")] + [(row.pk, f"{row.model.name} · {row.name}") for row in versions]

    def clean_version(self):
        return self.versions.get(self.cleaned_data["version"])

    @property
    def arrived(self):
        """What was uploaded already, for a form that was refused: nothing is sent twice."""
        ids = getattr(self, "cleaned_data", {}).get("uploads") or ()
        return Upload.objects.visible_to(self.owner).filter(pk__in=ids, state="complete", taken_at=None) if ids else ()


class EntryChangeForm(ArrangingForm, EntryForm):
    """What was entered, exchanged. `seen` is the revision that the form was made of."""

    files_out = KeysField(required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    submission = None


class AwardForm(forms.Form):
    """The revision that the backer looked at; without it nothing is given."""

    seen = forms.IntegerField(min_value=0)


def told(form, refused):
    """Puts what was refused at its field; returns the status of the answer."""
    form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
    return refused.status
