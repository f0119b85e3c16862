from decimal import Decimal

from django import template
from django.urls import reverse
from django.utils import formats
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext

from civitai.templatetags.ui import icon, short_number
from wallet.money import CREDIT

register = template.Library()


@register.filter
def in_credits(units):
    """Units as the number that `{% credits %}` and `|number` take."""
    return units // CREDIT if units % CREDIT == 0 else units / CREDIT


@register.filter
def amount(units):
    """Units as written: 1,240 or 0.02. Parts of a credit are never cut off."""
    credits = Decimal(units) / CREDIT
    places = max(0, -credits.normalize().as_tuple().exponent)
    return formats.number_format(credits, decimal_pos=places, use_l10n=True, force_grouping=True)


@register.filter
def axis(units):
    """An amount beside a line of a drawing, where little room is: 200M; it is round there."""
    return amount(units) if units < 100_000 * CREDIT else short_number(units // CREDIT)


@register.simple_tag
def has(units):
    """What somebody has, with the lozenge: nothing is 0 here, where a price would be free."""
    said = ngettext("credit", "credits", units // CREDIT)
    return format_html(
        '<span class="price">{}{}<span class="sr"> {}</span></span>', icon("credit"), amount(units), said
    )


@register.filter
def signed(units):
    """A move as it stands in a column of figures: +25, −300."""
    return f"{'+' if units > 0 else '−' if units < 0 else ''}{amount(abs(units))}"


@register.simple_tag
def tip_button(person, user, about=""):
    """A link to the tip page; nothing on one's own things and for visitors without a wallet."""
    if not getattr(user, "is_authenticated", False) or user.pk == person.pk:
        return ""
    query = f"?{urlencode({'about': about})}" if about else ""
    return format_html(
        '<a class="button button-line button-sm" href="{}{}">{}{}</a>',
        reverse("tip", args=[person.username]),
        query,
        icon("credit"),
        gettext("Tip"),
    )
