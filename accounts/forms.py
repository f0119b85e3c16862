"""What people type about themselves. Forms clean and never write."""

from allauth.account import forms as allauth_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.domain import notices
from accounts.scopes import PRESETS, READ_ONLY
from civitai.levels import highest
from civitai.preferences import LEVELS

PORTRAIT_BYTES = 5 * 1024 * 1024
NEVER = 0
LIFETIMES = [(30, _("30 days")), (90, _("90 days")), (365, _("One year")), (NEVER, _("Until I revoke it"))]


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail or name")
        self.fields["login"].widget.attrs.update(autocomplete="username", autocapitalize="none", spellcheck="false")
        self.fields["password"].label = _("Password")


class SignupForm(allauth_forms.SignupForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail")
        self.fields["email"].help_text = _("We send a code to it. Nobody else sees it.")
        self.fields["username"].label = pgettext_lazy("of a member", "Name")
        self.fields["username"].help_text = _(
            "Letters, digits, dots, hyphens and underscores. It stands in the address of your profile."
        )
        self.fields["username"].widget.attrs.update(autocapitalize="none", spellcheck="false")
        self.fields["password1"].label = _("Password")
        self.fields["password1"].help_text = _("Ten characters or more. A few words make a good one.")


class AddPasskeyForm(webauthn_forms.AddWebAuthnForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("What you call it")
        self.fields["name"].initial = _("My device")
        self.fields["passwordless"].label = _("It signs me in without a password")
        self.fields["passwordless"].help_text = _("Otherwise it is asked for after the password.")
        self.fields["passwordless"].initial = True


class ProfileForm(forms.Form):
    display_name = forms.CharField(
        label=_("Shown as"), max_length=60, required=False, help_text=_("Any script, spaces too. Empty: your name.")
    )
    bio = forms.CharField(
        label=_("About you"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    portrait = forms.FileField(
        label=_("Picture of you"),
        required=False,
        help_text=_("PNG, JPEG or WebP, 5 MB at most, fit for everyone."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/avif"}),
    )
    drop_portrait = forms.BooleanField(label=_("Take the picture off"), required=False)
    level = forms.TypedChoiceField(
        label=_("What you see"),
        coerce=int,
        widget=forms.RadioSelect,
        help_text=_("Anything above stays covered."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args, user, language, **kwargs):
        kwargs["initial"] = {
            "display_name": user.display_name,
            "bio": user.bio,
            "level": int(highest(user.level_mask)),
            "language": user.language or language,
        }
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = [(value, f"{label}: {what}") for value, label, what in LEVELS]
        if not user.avatar_uuid:
            del self.fields["drop_portrait"]

    def clean_portrait(self):
        file = self.cleaned_data["portrait"]
        if file and file.size > PORTRAIT_BYTES:
            raise forms.ValidationError(_("This picture is larger than 5 MB."))
        return file


class KeyForm(forms.Form):
    name = forms.CharField(
        label=_("What it is for"), max_length=60, help_text=_("So that you know later which one to revoke.")
    )
    scopes = forms.TypedChoiceField(label=_("It may"), coerce=int, widget=forms.RadioSelect, initial=READ_ONLY)
    days = forms.TypedChoiceField(label=_("It lasts"), coerce=int, choices=LIFETIMES, initial=90)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(mask, name) for mask, name, _what in PRESETS]

    def clean_days(self):
        return self.cleaned_data["days"] or None

    @property
    def offers(self):
        """The radio buttons, each with what it means."""
        return list(zip(self["scopes"], (what for _mask, _name, what in PRESETS), strict=True))


class KindsForm(forms.Form):
    """Which kinds of notifications a member hears of."""

    kinds = forms.MultipleChoiceField(label=_("Tell me when"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, user, **kwargs):
        known = [kind for kind in notices.kinds() if kind.label]
        kwargs["initial"] = {"kinds": [kind.key for kind in known if kind.key not in user.muted_kinds]}
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = [(kind.key, kind.label) for kind in known]
