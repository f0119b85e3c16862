"""The words of the design system: `{% load ui %}` in every template.

Nothing here asks the database. Everything that returns markup escapes what it was given.
"""

import hashlib
import re
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode

from django import template
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext, pgettext

from civitai import prose as writing
from civitai.levels import Level, highest

register = template.Library()


@register.simple_tag
def icon(name, label="", css=""):
    """`{% icon "heart" %}` is decoration; `{% icon "heart" label=_("Liked") %}` has a name of its own."""
    css = f"icon {css}".strip()
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}#{}"></use></svg>',
            css,
            label,
            static("icons.svg"),
            name,
        )
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>', css, static("icons.svg"), name
    )


# ---- numbers ---------------------------------------------------------------------------------------


def _decimal(value, places):
    # rounded first: number_format cuts digits off
    value = round(Decimal(str(value)), places)
    return formats.number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)


@register.filter
def short_number(value):
    """9,881 · 48.2k · 118k · 4.1M, in the reader's separators. What is not a number comes back as it was."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        return value
    size = abs(number)
    if size < 10_000:
        return _decimal(number, 0)
    for limit, unit in (
        (1_000_000_000, pgettext("unit", "B")),
        (1_000_000, pgettext("unit", "M")),
        (1_000, pgettext("unit", "k")),
    ):
        # 999,950 rounds to 1.0M, not to 1,000.0k
        if size >= limit or (size >= limit * 0.9995 and limit > 1_000):
            scaled = number / limit
            return _decimal(scaled, 1 if abs(scaled) < 99.95 else 0) + unit
    return _decimal(number, 0)


@register.filter
def number(value):
    """The whole number with the reader's separators: 2,871,190."""
    try:
        return _decimal(int(value), 0)
    except (TypeError, ValueError):
        return value


@register.filter
def bytes(value):
    """218 MB · 6.5 GB: decimal units, as disks and browsers count."""
    try:
        size = float(value)
    except (TypeError, ValueError):
        return value
    for limit, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= limit * 0.9995:
            scaled = size / limit
            return f"{_decimal(scaled, 0 if scaled >= 99.95 else 1 if scaled >= 9.995 else 2)} {unit}"
    return ngettext("%(size)s byte", "%(size)s bytes", int(size)) % {"size": _decimal(int(size), 0)}


@register.simple_tag
def credits(amount, old=None, css=""):
    """`{% credits 24 %}`, `{% credits 18 old=24 %}`: the lozenge and the figure; "Free" for 0. Whole credits or decimals."""
    if amount in (None, ""):
        return ""
    if float(amount) == 0:
        return format_html('<span class="price price-free">{}</span>', gettext("Free"))
    places = 0 if float(amount) == int(float(amount)) else 2
    shown = _decimal(amount, places)
    struck = format_html("<s>{}</s> ", _decimal(old, 0)) if old not in (None, "") else ""
    return format_html(
        '<span class="{}">{}{}{}<span class="sr"> {}</span></span>',
        f"price {css}".strip(),
        icon("credit"),
        struck,
        shown,
        ngettext("credit", "credits", int(float(amount))),
    )


# ---- time ------------------------------------------------------------------------------------------


def _local(moment):
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


def _ago(moment, now):
    seconds = (now - moment).total_seconds()
    late = seconds >= 0
    size = abs(seconds)
    if size < 45:
        return gettext("just now") if late else gettext("in a moment")
    minutes, hours, days = round(size / 60), round(size / 3600), round(size / 86400)
    if minutes < 60:
        text = (
            ngettext("%(n)s minute ago", "%(n)s minutes ago", minutes)
            if late
            else ngettext("in %(n)s minute", "in %(n)s minutes", minutes)
        )
        return text % {"n": minutes}
    if hours < 24:
        return (
            ngettext("%(n)s hour ago", "%(n)s hours ago", hours)
            if late
            else ngettext("in %(n)s hour", "in %(n)s hours", hours)
        ) % {"n": hours}
    if days < 14:
        return (
            ngettext("%(n)s day ago", "%(n)s days ago", days)
            if late
            else ngettext("in %(n)s day", "in %(n)s days", days)
        ) % {"n": days}
    return formats.date_format(_local(moment), "DATE_FORMAT")


@register.simple_tag
def ago(moment, css=""):
    """`{% ago image.created_at %}`: "3 hours ago" up to two weeks, then the date; the exact time on hover."""
    if not isinstance(moment, datetime):
        return ""
    now = timezone.now() if timezone.is_aware(moment) else datetime.now()
    return format_html(
        '<time{} datetime="{}" title="{}">{}</time>',
        format_html(' class="{}"', css) if css else "",
        moment.isoformat(timespec="seconds"),
        formats.date_format(_local(moment), "DATETIME_FORMAT"),
        _ago(moment, now),
    )


@register.filter
def span(seconds):
    """A length of time in at most two units: 6 d 4 h · 41 min · 21 s."""
    try:
        left = int(seconds.total_seconds() if hasattr(seconds, "total_seconds") else seconds)
    except (TypeError, ValueError):
        return seconds
    left = max(left, 0)
    days, hours, minutes = left // 86400, left // 3600 % 24, left // 60 % 60
    d, h, m, s = pgettext("unit", "d"), pgettext("unit", "h"), pgettext("unit", "min"), pgettext("unit", "s")
    if days:
        return f"{days} {d} {hours} {h}" if hours else f"{days} {d}"
    if hours:
        return f"{hours} {h} {minutes} {m}" if minutes else f"{hours} {h}"
    return f"{minutes} {m}" if minutes else f"{left} {s}"


# ---- people and pictures ---------------------------------------------------------------------------


@register.filter
def initials(name):
    """One letter that stands for a person: the first letter or digit of the name."""
    found = re.search(r"[^\W_]", str(name or ""))
    return found.group().upper() if found else "?"


@register.filter
def hue(name):
    """A colour angle that is the same for a name on every page."""
    return int.from_bytes(hashlib.blake2s(str(name or "").encode(), digest_size=2).digest()) % 360


@register.filter
def tone(value):
    """A hexadecimal colour fit for a style attribute, or nothing: the value may come from a file."""
    return value if re.fullmatch(r"#[0-9a-fA-F]{6}", str(value or "")) else ""


@register.filter
def ratio(height, width):
    """Height by width with three places, held to .5-2.2, as the masonry wants it: `{{ h|ratio:w }}`."""
    try:
        return f"{min(max(float(height) / float(width), 0.5), 2.2):.3f}"
    except (TypeError, ValueError, ZeroDivisionError):
        return "1.000"


@register.filter
def held(value):
    """A ratio fit for a style attribute, whatever the reader's decimal separator is."""
    try:
        return f"{min(max(float(value), 0.5), 2.2):.3f}"
    except (TypeError, ValueError):
        return "1.000"


@register.filter
def percent(value, of=100):
    """0-100 as a whole number for a meter: `{{ done|percent:total }}`."""
    try:
        return max(0, min(100, round(100 * float(value) / float(of))))
    except (TypeError, ValueError, ZeroDivisionError):
        return 0


@register.filter
def level_label(value):
    """The letters of a level (`Level`, a bit or a mask: its highest)."""
    try:
        value = int(value)
    except (TypeError, ValueError):
        return value or ""
    if value in (Level.UNRATED, Level.BLOCKED):
        return Level(value).label
    return highest(value).label


@register.filter
def picture_url(picture, width):
    """The address of a picture at a width in pixels; nothing when there is no picture."""
    if not picture:
        return ""
    return picture.url(int(width)) if callable(getattr(picture, "url", None)) else getattr(picture, "url", picture)


# ---- addresses -------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def query(context, **changes):
    """The present query string with changes: `href="{% query sort="new" cursor=None %}"`. None and "" take a key out.

    `page` and `cursor` are dropped whenever something else changes: they belong to the old list.
    """
    request = context.get("request")
    params = request.GET.copy() if request else {}
    pairs = [(key, value) for key in params for value in params.getlist(key)]
    if not {"page", "cursor"} & set(changes):
        changes = {"page": None, "cursor": None, **changes}
    pairs = [(key, value) for key, value in pairs if key not in changes]
    for key, value in changes.items():
        if isinstance(value, (list, tuple)):
            pairs += [(key, item) for item in value]
        elif value not in (None, ""):
            pairs.append((key, value))
    return "?" + urlencode(pairs) if pairs else (request.path if request else "?")


@register.simple_tag(takes_context=True)
def toggled(context, key, value):
    """The present query string with one value of a repeated key put in, or taken out if it is there."""
    request = context.get("request")
    values = request.GET.getlist(key) if request else []
    value = str(value)
    return query(context, **{key: [item for item in values if item != value] if value in values else [*values, value]})


@register.filter
def prose(text):
    """Markdown of a member as safe markup, for a `<div class="prose">`."""
    return mark_safe(writing.render(text))


@register.filter
def in_a_line(text):
    """What a Markdown text says, in one line, where no markup can stand."""
    return writing.plain(text)


# ---- forms -----------------------------------------------------------------------------------------


@register.simple_tag
def control(field, css="", **attrs):
    """The widget of a bound field with our class, and wired to its hint and its errors.

    Underscores in names become hyphens: `{% control field data_module="autosave" rows=4 %}`.
    """
    kind = getattr(field.field.widget, "input_type", "")
    if kind not in {"checkbox", "radio", "range", "hidden"}:
        css = f"input {css}".strip()
    elif kind == "range":
        css = f"range {css}".strip()
    said = [
        part
        for part, there in ((f"{field.auto_id}-hint", field.help_text), (f"{field.auto_id}-error", field.errors))
        if there
    ]
    given = {name.replace("_", "-"): value for name, value in attrs.items()}
    known = {"class": " ".join(filter(None, [field.field.widget.attrs.get("class", ""), css]))}
    if said:
        known["aria-describedby"] = " ".join(said)
    if field.errors:
        known["aria-invalid"] = "true"
    if kind == "range":
        known["style"] = f"--v: {_along(field)}"
    return field.as_widget(attrs={**{key: value for key, value in known.items() if value}, **given})


def _along(field):
    """How far along its track the thumb of a range stands, 0-100; range.js goes on from there."""
    try:
        low, high = (
            float(field.field.widget.attrs.get(end, otherwise)) for end, otherwise in (("min", 0), ("max", 100))
        )
        return percent(float(field.value()) - low, high - low)
    except (TypeError, ValueError, OverflowError):
        return 50


@register.filter
def field_kind(field):
    """check, choices, range, hidden or text: how components/field.html lays a field out."""
    widget = field.field.widget
    kind = getattr(widget, "input_type", "")
    if widget.is_hidden:
        return "hidden"
    if kind in {"radio", "checkbox"} and hasattr(widget, "choices"):
        return "choices"
    return {"checkbox": "check", "range": "range"}.get(kind, "text")


@register.simple_tag
def data(**values):
    """`{% data saved=_("Saved") url=url %}` → data-saved="…" data-url="…": how texts reach a module."""
    return format_html_join(" ", 'data-{}="{}"', ((key.replace("_", "-"), value) for key, value in values.items()))


@register.filter
def pages_around(page):
    """The page numbers to show for a Paginator page: first, last, two around; None stands for a gap. Numbered to 20."""
    last = min(page.paginator.num_pages, 20)
    wanted = sorted({1, last, *range(max(1, page.number - 2), min(last, page.number + 2) + 1)})
    shown = []
    for number_ in wanted:
        if number_ > last:
            continue
        if shown and number_ - shown[-1] == 2:
            shown.append(number_ - 1)
        elif shown and number_ - shown[-1] > 2:
            shown.append(None)
        shown.append(number_)
    return shown


@register.filter
def picture_of(person):
    """The address of a person's portrait at 96 px, or nothing: then the initial stands there."""
    portrait = getattr(person, "portrait_url", None) or getattr(person, "avatar_url", None)
    return (portrait() if callable(portrait) else portrait) or ""


@register.simple_tag
def static_icons():
    """The address of the sprite, for scripts that draw icons."""
    return static("icons.svg")


@register.simple_tag
def levels_to_choose():
    """(value, letters, what that shows) of every level a member may choose."""
    from civitai.preferences import LEVELS

    return LEVELS
