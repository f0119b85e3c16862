"""Clean and validate; never write."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civitai.levels import LADDER
from moderation.models import Action
from moderation.policy.conduct import conduct


class ReportForm(forms.Form):
    reason = forms.ChoiceField(label=gettext_lazy("What is wrong with it?"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=gettext_lazy("Anything we should know"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Moderators read it. Its owner does not."),
    )

    def __init__(self, *args, is_visitor, **kwargs):
        super().__init__(*args, **kwargs)
        reasons = [rule for rule in conduct.reasons.values() if rule.visitors or not is_visitor]
        self.fields["reason"].choices = [(rule.key, _(rule.name)) for rule in reasons]


class DecisionForm(forms.Form):
    action = forms.ChoiceField(label=gettext_lazy("Decision"))
    clause = forms.ChoiceField(label=gettext_lazy("Rule"), required=False)
    level = forms.TypedChoiceField(
        label=gettext_lazy("Level"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "")] + [(int(step), step.label) for step in LADDER],
    )
    facts = forms.CharField(
        label=gettext_lazy("What we saw"), required=False, max_length=600, widget=forms.Textarea(attrs={"rows": 2})
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    strike = forms.BooleanField(label=gettext_lazy("One strike"), required=False)

    def __init__(self, *args, kind=None, **kwargs):
        super().__init__(*args, **kwargs)
        able = {Action.KEEP: True, Action.HIDE: not kind or kind.label != "accounts.User", Action.SUSPEND: True}
        able |= {Action.LEVEL: kind and kind.set_level, Action.PERSON: kind and kind.mark_person}
        if kind and kind.is_let_out_alone:
            able = {Action.KEEP: True}
        self.fields["action"].choices = [(one.value, one.label) for one in Action if able.get(one)]
        self.fields["clause"].choices = [("", "—")] + [
            (clause.key, f"{clause.key} {_(clause.name)}") for clause in conduct.clauses.values()
        ]

    def clean(self):
        """Whoever is restricted reads of what was seen, in words for this one thing."""
        told = super().clean()
        if told.get("action") not in (None, Action.KEEP) and not told.get("facts"):
            self.add_error("facts", _("Say what you saw: the person reads it."))
        return told


class LetterForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class AppealForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What did we get wrong?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5})
    )


def _one_or_other(yes, no):
    """A field that is answered by one of two sentences: True for the first."""
    return forms.TypedChoiceField(
        label=gettext_lazy("Decision"),
        choices=[("1", yes), ("0", no)],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )


class ResolutionForm(forms.Form):
    upheld = _one_or_other(gettext_lazy("Grant it: put everything back"), gettext_lazy("Keep the decision"))
    answer = forms.CharField(
        label=gettext_lazy("What the person reads"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )


class AnswerForm(forms.Form):
    """A second moderator's word on what a first one proposes."""

    agreed = _one_or_other(gettext_lazy("I agree: do it"), gettext_lazy("I don't: leave it in its queue"))
    answer = forms.CharField(
        label=gettext_lazy("Why"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Needed when you don't agree. The team reads it."),
    )


class SearchForm(forms.Form):
    q = forms.CharField(required=False, max_length=300, strip=True)
