from datetime import date

from django import forms
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused
from wallet import kinds, queries
from wallet.chart import SPANS
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


# How many months back can be chosen one by one; older receipts are reached by paging and in the file.
MOST_MONTHS = 36


class ChoosingForm(forms.Form):
    """Which receipts are shown. What an address says that is none of it is taken for "all"."""

    show = forms.ChoiceField(choices=[(key, key) for key in queries.SHOWN], required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    month = forms.ChoiceField(label=_("Month"), required=False)
    # How much of the past the curve shows.
    span = forms.ChoiceField(choices=[(key, key) for key in SPANS], required=False)

    def __init__(self, *args, since, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("All kinds")), *kinds.GROUPS.items()]
        self.fields["month"].choices = [("", _("All months")), *periods(since, timezone.now())]
        self.is_valid()

    @property
    def chosen(self):
        told = self.cleaned_data
        period = told.get("month")
        return {
            "show": told.get("show") or "all",
            "group": told.get("kind", ""),
            "period": queries.Period(*map(int, period.split("-"))) if period else None,
        }

    @property
    def reach(self):
        return self.cleaned_data.get("span") or "month"

    @property
    def is_narrow(self):
        return bool(self.chosen["group"] or self.chosen["period"])


def periods(since, now):
    """[("2026-11", "November 2026")] from now back to `since`, and after the last month of each year all of it."""
    found, year, month = [], now.year, now.month
    while (year, month) >= (since.year, since.month) and len(found) < MOST_MONTHS:
        found.append((f"{year}-{month:02}", formats.date_format(date(year, month, 1), "YEAR_MONTH_FORMAT")))
        if month == 1 or (year, month) == (since.year, since.month):
            found.append((str(year), _("All of %(year)s") % {"year": year}))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return found
