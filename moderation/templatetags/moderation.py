from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext

from civitai.templatetags.ui import icon
from moderation import queries, subjects
from moderation.domain import wording
from moderation.policy.conduct import conduct

register = template.Library()


@register.simple_tag
def report_link(row, css="icon-button"):
    """The flag on any content; its label is for screen readers and the title."""
    label, pk = subjects.named(row)
    if not subjects.is_known(label):
        return ""
    said = gettext("Report")
    url = reverse("report", args=[label, pk])
    return format_html(
        '<a class="{}" href="{}" rel="nofollow" aria-label="{}" title="{}">{}</a>', css, url, said, said, icon("flag")
    )


@register.inclusion_tag("moderation/_hidden.html", takes_context=True)
def hidden_notice(context, *rows):
    """Over what a moderator has hidden, for its owner: why, and where to object. Asks nothing where nothing is hidden.

    More rows are what it may have been hidden with: an image and its post.
    """
    hidden = next((row for row in rows if row is not None and row.is_hidden), None)
    if hidden is None:
        return {}
    user = context["request"].user
    kind, _gap, reference = hidden.hidden_reason.partition(" ")
    if kind in ("case", "removed") and len(reference) <= 12:
        return {"case": reference}
    decision = queries.decision_on([row for row in rows if row is not None], user)
    return {"decision": decision, "is_hidden": True, "is_held": hidden.hidden_by_id is None}


@register.simple_tag
def decision_url(row):
    """Where the decision about a thing is read; costs no query."""
    return reverse("decision_about", args=subjects.named(row))


@register.filter
def done(action):
    return wording.done(action)


@register.filter
def event_word(what):
    return wording.event(what)


@register.filter
def kind_name(label):
    return subjects.kind_of(label).name if subjects.is_known(label) else label


@register.filter
def clause_name(key):
    clause = conduct.clauses.get(key)
    return f"{key} {gettext(clause.name)}" if clause else key
