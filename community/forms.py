"""What people type about things. Forms clean and never write."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from community.domain.writing import LONGEST
from community.models import Shown


class CommentForm(forms.Form):
    """`key` makes the same form sent twice one comment."""

    text = forms.CharField(
        label=_("Your comment"),
        strip=False,
        max_length=LONGEST * 3,  # what can't be tidied below the limit is not read whole
        error_messages={"required": _("Write something first.")},
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST}),
    )
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    parent = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, *args, placeholder="", **kwargs):
        kwargs.setdefault("initial", {}).setdefault("key", uuid.uuid4())
        super().__init__(*args, **kwargs)
        if self.initial.get("parent"):
            self.fields["text"].widget.attrs["autofocus"] = True
        if placeholder:
            self.fields["text"].widget.attrs["placeholder"] = placeholder


class WordsForm(forms.Form):
    """A comment in other words."""

    text = forms.CharField(
        label=_("Your comment"),
        strip=False,
        max_length=LONGEST * 3,
        error_messages={"required": _("Write something first.")},
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST, "autofocus": True}),
    )


class CollectionForm(forms.Form):
    name = forms.CharField(label=_("Name of the collection"), max_length=80)
    description = forms.CharField(
        label=_("What it is"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    shown = forms.ChoiceField(
        label=_("Who sees it"), choices=Shown.choices, initial=Shown.PRIVATE, widget=forms.RadioSelect
    )


class KeepingForm(forms.Form):
    """In which collections a thing lies, and a new one for it."""

    collections = forms.TypedMultipleChoiceField(
        label=_("Your collections"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    name = forms.CharField(label=_("A new collection"), max_length=80, required=False)
    shown = forms.ChoiceField(label=_("Who sees it"), choices=Shown.choices, initial=Shown.PRIVATE, required=False)

    def __init__(self, *args, mine, **kwargs):
        kwargs["initial"] = {"collections": [one.pk for one in mine if one.has_it], "shown": Shown.PRIVATE}
        super().__init__(*args, **kwargs)
        self.fields["collections"].choices = [(one.pk, one.name) for one in mine]

    def clean_shown(self):
        return self.cleaned_data["shown"] or Shown.PRIVATE


class HiddenTagsForm(forms.Form):
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=4000,
        help_text=_("Separated by commas. What has one of them is not listed to you."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
