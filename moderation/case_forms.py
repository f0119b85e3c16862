"""Forms of removal requests: in plain words, forgiving, and everything typed is kept."""

from django import forms
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from moderation.case_policy import policy
from moderation.case_states import Track
from moderation.domain.cases.terms import DEFAULTS, RATINGS
from moderation.domain.cases.wording import rating
from moderation.models.case_papers import EvidenceKind
from wallet.money import parsed

WHAT = [
    (Track.STYLE, _("It copies my style or uses my name"), _("A model trained on my work, or my name in a title, a tag or a trigger word."), _("read within 24 h")),
    (Track.LIKENESS, _("It shows me"), _("My face or my body, photographed, drawn or made up. Not sexual."), _("hidden at once")),
    (Track.INTIMATE, _("It shows me naked or in a sexual way"), _("Real or made up. It goes first, at once and without proof; we look afterwards. Nobody will bargain with you."), _("gone at once")),
    (Track.COPYRIGHT, _("It is my work itself"), _("My own picture, text or file, put here without asking me."), _("closed within 24 h")),
    (Track.OTHER, _("It breaks the law in another way"), _("Hate, threats, somebody’s address or private papers."), _("read within 72 h")),
]  # fmt: skip
WISHES = [
    ("removed", _("Remove it"), _("The model, its files or the picture. A short note stays that says it was asked for, without your name.")),
    ("renamed", _("Take my name out"), _("Title, tags, trigger words, file names and the data inside the file. The model may stay, and nobody finds it under your name again.")),
    ("licensed", _("Let people use it, for a fee"), _("You name a price; the uploader takes it or makes an offer. If you don’t agree within 21 days, a moderator decides.")),
]  # fmt: skip
ROLES = [("self", _("It is about me")), ("agent", _("I act for someone")), ("noticed", _("I only noticed it"))]
SILENT = [("renamed", _("Take my name out all the same")), ("removed", _("Remove it"))]
ELEMENTS = [
    ("good_faith", _("I believe in good faith that this use is not allowed by me, by who acts for me, or by the law")),
    ("accuracy", _("What I say is accurate, and under penalty of perjury: it is my right, or I act for whose it is")),
]  # fmt: skip


class Choices:
    """Pairs for a field out of rows with more words."""

    @staticmethod
    def of(rows):
        return [(row[0], row[1]) for row in rows]


class Lines(forms.CharField):
    def clean(self, value):
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        return list(dict.fromkeys(lines))[: policy.limits.targets + 1]


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class Pictures(forms.FileField):
    widget = ManyFiles

    def clean(self, data, initial=None):
        files = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(Pictures, self).clean(file, initial) for file in files]


def wide(rows, **attrs):
    return forms.Textarea(attrs={"rows": rows, "class": "input", **attrs})


class RemovalForm(forms.Form):
    what = forms.MultipleChoiceField(choices=Choices.of(WHAT), error_messages={"required": _("Say what it is.")})
    urls = Lines(
        label=_("Links"),
        max_length=12_000,
        widget=wide(3),
        error_messages={"required": _("Give at least one link to something on this site.")},
    )
    wish = forms.ChoiceField(choices=Choices.of(WISHES), initial="renamed")
    names = forms.CharField(label=_("Names to take out"), required=False, max_length=1000)
    fee = forms.CharField(label=_("Credits for each picture"), required=False, max_length=12)
    if_silent = forms.ChoiceField(label=_("If the uploader never answers"), choices=SILENT, initial="renamed")
    statement = forms.CharField(label=_("What we should know"), required=False, max_length=4000, widget=wide(4))
    role = forms.ChoiceField(choices=ROLES, initial="self")
    legal_name = forms.CharField(label=_("Your name"), required=False, max_length=200)
    public_name = forms.CharField(label=_("Name in the case"), required=False, max_length=120)
    email = forms.CharField(
        label=_("Mail"), max_length=254, error_messages={"required": _("We need a mail address for your private link.")}
    )
    language = forms.ChoiceField(
        label=_("We write to you in"), choices=[("en", "English"), ("pt-br", "Português (Brasil)")]
    )
    elements = forms.MultipleChoiceField(required=False, choices=ELEMENTS)
    signature = forms.CharField(label=_("Signature: your full name, typed"), required=False, max_length=200)
    evidence = Pictures(label=_("Works of yours it resembles"), required=False)
    true = forms.BooleanField(error_messages={"required": _("Confirm that what you wrote is true as far as you know.")})

    def clean_email(self):
        value = self.cleaned_data["email"].strip()
        host = value.rpartition("@")[2]
        if "@" in value and "." not in host:
            raise forms.ValidationError(_("The part after @ needs a dot, as in name.example."))
        try:
            validate_email(value)
        except forms.ValidationError:
            raise forms.ValidationError(_("This is no mail address.")) from None
        return value

    def clean_names(self):
        return [name.strip() for name in self.cleaned_data["names"].replace("、", ",").split(",") if name.strip()][:20]

    def clean_fee(self):
        from civitai.errors import Refused
        from wallet.policy import policy as prices

        text = self.cleaned_data["fee"]
        if not text:
            return 0
        try:
            return parsed(text, least=1, most=prices.most_style_fee)
        except Refused as error:
            raise forms.ValidationError(str(error)) from error

    def given_elements(self):
        """Of the six of a copyright notice, those that this form brings."""
        told = self.cleaned_data
        given = set(told["elements"]) | {"where", "contact"}
        given |= {"signature"} if told["signature"].strip() else set()
        given |= {"work"} if told["statement"].strip() or told["evidence"] else set()
        return frozenset(given)


class ChildForm(forms.Form):
    url = forms.CharField(
        label=_("Where is it?"),
        max_length=500,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        error_messages={"required": _("Give the link to it.")},
    )


class AdditionForm(forms.Form):
    """What was missing: names, or elements of a notice."""

    names = forms.CharField(label=_("Names to take out"), required=False, max_length=1000)
    work = forms.CharField(label=_("Which work of yours it is"), required=False, max_length=2000, widget=wide(3))
    signature = forms.CharField(label=_("Signature: your full name, typed"), required=False, max_length=200)
    elements = forms.MultipleChoiceField(required=False, choices=ELEMENTS, widget=forms.CheckboxSelectMultiple)

    def given(self):
        told = self.cleaned_data
        given = set(told["elements"]) | {"where", "contact"}
        given |= {"signature"} if told["signature"].strip() else set()
        return given | ({"work"} if told["work"].strip() else set())


class OfferForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("What shall happen"),
        choices=[
            ("licensed", _("People may use it, for a fee")),
            ("renamed", _("The name is taken out")),
            ("removed", _("It is removed")),
        ],
    )
    fee = forms.CharField(label=_("Credits for each picture"), required=False, max_length=12)
    artist = forms.IntegerField(
        label=_("The artist's part, in %"), required=False, initial=DEFAULTS["artist_points"] // 100
    )
    months = forms.IntegerField(label=_("For so many months"), required=False, initial=DEFAULTS["months"])
    notice_days = forms.IntegerField(label=_("Notice, in days"), required=False, initial=DEFAULTS["notice_days"])
    rating = forms.ChoiceField(label=_("Rating"), required=False)
    fallback = forms.ChoiceField(label=_("After that"), required=False, choices=[("renamed", _("The name is taken out")), ("removed", _("It is removed"))])  # fmt: skip
    attribution = forms.ChoiceField(label=_("Name"), required=False, choices=[("unnamed", _("The artist is not named")), ("named", _("The artist is named"))])  # fmt: skip
    message = forms.CharField(label=_("A word to the other side"), required=False, max_length=2000, widget=wide(3))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["rating"].choices = [(code, rating(code)) for code in RATINGS]

    def terms(self):
        """As the domain takes them. Raises Refused for an amount that is none."""
        told = self.cleaned_data
        if told["outcome"] != "licensed":
            return {"outcome": told["outcome"]}
        artist = (told["artist"] if told["artist"] is not None else 70) * 100
        platform = min(DEFAULTS["platform_points"], max(0, 10_000 - artist))
        return {
            "outcome": "licensed",
            "units_per_image": parsed(told["fee"] or "", field="fee"),
            "artist_points": artist,
            "platform_points": platform,
            "uploader_points": 10_000 - artist - platform,
            **{name: told[name] if told[name] not in (None, "") else DEFAULTS[name] for name in ("months", "notice_days", "rating", "fallback", "attribution")},
        }  # fmt: skip


class ProofForm(forms.Form):
    page = forms.CharField(
        label=_("Your page"), max_length=500, widget=forms.URLInput(attrs={"placeholder": "https://"})
    )


class WorkForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What you have"), choices=[row for row in EvidenceKind.choices if row[0] != EvidenceKind.PICTURE]
    )
    file = forms.FileField(
        label=_("File"), required=False, help_text=_("Of any format, up to 50 MB. We don't publish it.")
    )
    url = forms.CharField(
        label=_("Or its address"),
        required=False,
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    words = forms.CharField(label=_("What we see in it"), required=False, max_length=500)


class TextForm(forms.Form):
    text = forms.CharField(label=_("What should be looked at again?"), max_length=2000, widget=wide(5))


class CounterForm(forms.Form):
    name = forms.CharField(label=_("Your name, as in law"), max_length=200)
    address = forms.CharField(label=_("Address"), max_length=400)
    phone = forms.CharField(label=_("Telephone"), max_length=60)
    signature = forms.CharField(label=_("Signature: your full name, typed"), max_length=200)
    good_faith = forms.BooleanField(
        label=_("Under penalty of perjury, I believe in good faith that it was removed by mistake")
    )
    jurisdiction = forms.BooleanField(label=_("I accept the jurisdiction of the federal court of my district, and service of process by the claimant"))  # fmt: skip


RULINGS = [("renamed", _("Take the name out")), ("removed", _("Remove it")), ("kept", _("Keep it"))]


class RulingForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Outcome"), choices=RULINGS, widget=forms.RadioSelect)
    because = forms.CharField(label=_("Reason: both sides read it"), max_length=2000, widget=wide(4))

    def __init__(self, *args, was="", **kwargs):
        """`was`: what is objected to. An outcome in part can be upheld, not chosen for all."""
        super().__init__(*args, **kwargs)
        if was == "partial":
            self.fields["outcome"].choices = [("partial", _("Leave it as it was decided")), *RULINGS]


class TickForm(forms.Form):
    method = forms.ChoiceField(
        label=_("How"),
        choices=[
            ("official", _("A message came from the official account")),
            ("work", _("The work that was sent is the maker's")),
        ],
    )
    because = forms.CharField(label=_("Where it came from, or what shows it"), max_length=1000)


class ReasonForm(forms.Form):
    because = forms.CharField(label=_("Reason"), max_length=1000, widget=wide(2))


class TrackForm(ReasonForm):
    track = forms.ChoiceField(label=_("Track"), choices=Track.choices)
