from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext

from civitai.templatetags.ui import icon
from moderation import subjects
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


@register.filter
def clause_name(key):
    clause = conduct.clauses.get(key)
    return f"{key} {gettext(clause.name)}" if clause else key
