"""`{% load accounts %}`: what the pages of this room need beside the design system."""

import re

from django import template
from django.utils.translation import gettext

from civitai import nav

register = template.Library()

BROWSERS = [("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari")]
SYSTEMS = [("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")]  # fmt: skip


@register.simple_tag
def settings_entries():
    """The pages of the settings, from every room that has some."""
    return nav.entries("settings")


@register.filter
def tidy(form):
    """allauth's form as we show it: a placeholder that repeats the label goes, a code is typed like a code."""
    for name, field in getattr(form, "fields", {}).items():
        field.widget.attrs.pop("placeholder", None)
        if name == "email":
            field.label = gettext("E-mail")
        if name == "code":
            known = field.widget.attrs
            known["class"] = f"{known.get('class', '')} input-code".strip()
            known |= {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
    return form


@register.filter
def device(user_agent):
    """ "Firefox · Linux" of a user agent; the words of a program that is no browser, cut short."""
    text = str(user_agent or "")
    browser = next((name for mark, name in BROWSERS if mark in text), "")
    system = next((name for mark, name in SYSTEMS if mark in text), "")
    return " · ".join(filter(None, (browser, system))) or text[:40] or "?"


@register.filter
def is_phone(user_agent):
    return bool(re.search(r"Mobi|Android|iPhone|iPad", str(user_agent or "")))
