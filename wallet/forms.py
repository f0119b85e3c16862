from django import forms
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused
from wallet.money import parsed, shown
from wallet.policy import policy


class AmountField(forms.CharField):
    """Credits as a person writes them; cleans to units. Limits are units."""

    def __init__(self, *, least=1, most=10**15, **kwargs):
        self.least, self.most = least, most
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=20, widget=widget, **kwargs)

    def clean(self, value):
        text = super().clean(value)
        if not text and not self.required:
            return None
        try:
            return parsed(text, least=self.least, most=self.most)
        except Refused as refused:
            raise forms.ValidationError(refused.sentence, code=refused.code) from refused


class TipForm(forms.Form):
    amount = AmountField(
        label=_("Credits"),
        least=policy.least_tip,
        most=policy.most_tip,
        help_text=_("From %(least)s to %(most)s.") % {"least": shown(policy.least_tip), "most": shown(policy.most_tip)},
    )
    note = forms.CharField(label=_("A word with it"), required=False, max_length=140)
    # One press of the button: a second submit of the same form is the same tip.
    submission = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)
