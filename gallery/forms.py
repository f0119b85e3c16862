"""Clean and validate; never write."""

from django import forms
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused
from civitai.levels import LADDER, Level
from community.domain import tagging
from gallery.domain import recipes

ADD = _("Paste the address of a model's page here, or a hash.")


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Cleans to a list."""

    def clean(self, data, initial=None):
        return [super(FilesField, self).clean(one, initial) for one in data] if data else super().clean(None, []) or []


class PlainUploadForm(forms.Form):
    """For browsers without a script."""

    files = FilesField(
        label=_("Pictures"),
        required=False,
        widget=SeveralFiles(attrs={"multiple": True, "accept": "image/png,image/jpeg,image/webp,image/avif"}),
        help_text=_("PNG, JPEG, WebP or AVIF; up to 50 MB each."),
    )


class PostForm(forms.Form):
    title = forms.CharField(label=_("Title"), required=False, max_length=200)
    description = forms.CharField(
        label=_("Description"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    tags = forms.CharField(
        label=_("Tags"), required=False, max_length=1500, help_text=_("Separated by commas; at most 20.")
    )

    def clean_tags(self):
        return tagging.split(self.cleaned_data["tags"])


class ImageForm(forms.Form):
    """One image of the editor. `image` comes with its resources; `user` is its owner."""

    prompt = forms.CharField(
        label=_("Prompt"),
        required=False,
        max_length=recipes.LONGEST_PROMPT,
        widget=forms.Textarea(attrs={"rows": 4, "class": "mono"}),
    )
    negative_prompt = forms.CharField(
        label=_("Negative prompt"),
        required=False,
        max_length=recipes.LONGEST_PROMPT,
        widget=forms.Textarea(attrs={"rows": 2, "class": "mono"}),
    )
    level = forms.TypedChoiceField(
        label=_("How far it goes"), coerce=int, choices=[(int(step), step.label) for step in LADDER]
    )
    hide_recipe = forms.BooleanField(
        label=_("Keep prompt, settings and file to myself"),
        required=False,
    )
    drop = forms.TypedMultipleChoiceField(
        label=_("Take out"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    add = forms.CharField(label=_("Add a model"), required=False, max_length=300, help_text=ADD)

    def __init__(self, *args, image, user, **kwargs):
        initial = {
            "prompt": image.prompt,
            "negative_prompt": image.negative_prompt,
            "level": int(image.level) or int(Level.PG),
            "hide_recipe": image.hide_recipe,
        }
        super().__init__(*args, initial=initial, prefix=f"image-{image.pk}", **kwargs)
        self.image, self.user = image, user
        self.resources = list(image.resources.all())
        self.fields["drop"].choices = [(row.pk, named(row)) for row in self.resources]
        for row in self.resources:
            if is_weighed(row):
                self.fields[f"weight-{row.pk}"] = _weight_field(row)

    def parts(self):
        """(checkbox that takes it out, field of its weight or None) for each resource."""
        for row, box in zip(self.resources, self["drop"], strict=True):
            yield box, self[f"weight-{row.pk}"] if f"weight-{row.pk}" in self.fields else None

    def weights(self):
        """{resource's key: weight} of those whose weight was changed; an empty field takes it away."""
        sent = [row for row in self.resources if self.add_prefix(f"weight-{row.pk}") in self.data]
        said = {row.pk: self.cleaned_data.get(f"weight-{row.pk}") for row in sent}
        return {row.pk: said[row.pk] for row in sent if said[row.pk] != row.weight}

    def clean_add(self):
        """The version that is named, or None."""
        text = self.cleaned_data["add"].strip()
        if not text:
            return None
        try:
            return recipes.version_named(text, self.user)
        except Refused as refusal:
            raise forms.ValidationError(refusal.sentence, code=refusal.code) from refusal


def named(resource):
    return resource.version.model.name if resource.version else resource.name or resource.hash[:10]


def is_weighed(resource):
    """A checkpoint is drawn with whole; what is added to it has a weight."""
    return resource.type != recipes.CHECKPOINT


def _weight_field(resource):
    return forms.FloatField(
        label=_("Weight of %(name)s") % {"name": named(resource)},
        required=False,
        initial=resource.weight,
        min_value=-recipes.LARGEST_WEIGHT,
        max_value=recipes.LARGEST_WEIGHT,
        widget=forms.NumberInput(attrs={"step": "0.05", "class": "input-narrow"}),
    )
