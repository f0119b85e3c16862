"""Codes as words, in the language that is active: for pages and letters alike."""

from datetime import date, datetime

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from wallet.money import shown

ELEMENTS = ("signature", "work", "where", "contact", "good_faith", "accuracy")


def element(code):
    return {
        "signature": _("(i) your signature: your full name, typed"),
        "work": _("(ii) which work of yours it is"),
        "where": _("(iii) where it is on this site"),
        "contact": _("(iv) how to reach you"),
        "good_faith": _("(v) that you believe in good faith that it is not allowed"),
        "accuracy": _("(vi) that what you say is accurate and that you may act, under penalty of perjury"),
        "names": _("the names to take out"),
    }[code]


def outcome(code):
    return {
        "removed": _("removed"),
        "renamed": _("the name taken out"),
        "licensed": _("used for a fee to the artist"),
        "kept": _("kept as it is"),
        "partial": _("done in part"),
        "withdrawn": _("withdrawn"),
        "abusive": _("closed as unfounded"),
    }.get(code, code)


def wish(code):
    return {
        "removed": _("remove it"),
        "renamed": _("take a name out of it"),
        "licensed": _("let people use it for a fee"),
    }.get(code, code)


def silence(code):
    return {
        "removed": _("it is removed"),
        "renamed": _("the name is taken out of it"),
        "closed": _("the case is closed"),
        "rest": _("the case rests, the pause is eased, and after 30 days the name is taken out"),
    }.get(code, code)


def level(number):
    return {
        0: _("nothing is paused"),
        1: _("it is out of lists and searches"),
        2: _("its page, downloads by others, generation and training are paused"),
        3: _("nobody sees or downloads it"),
    }[int(number)]


def paused(number):
    """For a badge."""
    return {1: _("Unlisted"), 2: _("Paused"), 3: _("Hidden")}.get(int(number), "")


def ground(code):
    return {
        "style": _("style and name of an artist (rules of this site)"),
        "likeness": _("likeness of a person (rules of this site, right to one's own image)"),
        "intimate": _("intimate picture without consent (TAKE IT DOWN Act; rules of this site)"),
        "copyright": _("copyright notice (17 U.S.C. 512(c))"),
        "other": _("notice of illegal content (DSA Art. 16)"),
        "child": _("protection of children"),
    }.get(code, code)


def day(value):
    """An ISO date or moment."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), _("j M Y, H:i"))
    return formats.date_format(value, _("j M Y"))


def month(value):
    return formats.date_format(date.fromisoformat(value), "YEAR_MONTH_FORMAT")


def rating(code):
    return {"pg": "PG", "pg13": _("up to PG-13"), "r": _("up to R")}.get(code, code)


def credits(units):
    """An amount as it is written in the language that is active."""
    return shown(units).replace(".", formats.get_format("DECIMAL_SEPARATOR"))


def licence(fee):
    """Sentences about a style that is used by agreement: who is named, what it costs, how far it may go."""
    cost = {"credits": credits(fee.units_per_image), "percent": _percent(fee.shares["artist"])}
    return [
        credit(fee),
        _("Drawing with it here costs %(credits)s credits for each picture; %(percent)s %% of that go to the artist")
        % cost,  # fmt: skip
        _("Pictures up to %(level)s") % {"level": fee.level.label},
    ]


def credit(fee):
    """One line beside a picture that was made with it."""
    if fee.artist:
        return _("Style by %(artist)s, used by agreement with the artist") % {"artist": fee.artist}
    return _("Used by agreement with the artist, who is not named")


def terms(told):
    """[(term, text)] of an offer's terms, in a fixed order."""
    rows = [(_("Outcome"), {"removed": _("It is removed"), "renamed": _("The name is taken out, the model stays"), "licensed": _("People may use it for a fee")}[told["outcome"]])]  # fmt: skip
    if told["outcome"] != "licensed":
        return rows
    rows += [
        (_("Who may use it"), _("Generation here only, no download")),
        (_("Paid for each picture"), _("%(credits)s credits") % {"credits": credits(told["units_per_image"])}),
        (_("Of that"), _("artist %(artist)s %%, uploader %(uploader)s %%, site %(platform)s %%") % {"artist": _percent(told["artist_points"]), "uploader": _percent(told["uploader_points"]), "platform": _percent(told["platform_points"])}),
        (_("Rating"), rating(told["rating"])),
        (_("For"), _("%(n)s months") % {"n": told["months"]}),
        (_("Notice"), _("%(n)s days") % {"n": told["notice_days"]}),
        (_("After that"), {"removed": _("It is removed"), "renamed": _("The name is taken out")}[told["fallback"]]),
        (_("Name"), {"named": _("The artist is named"), "unnamed": _("The artist is not named")}[told["attribution"]]),
    ]  # fmt: skip
    return rows


def terms_short(told):
    """One line of a timeline."""
    rows = dict(terms(told))
    if told["outcome"] != "licensed":
        return rows[_("Outcome")]
    fee = _("%(credits)s credits for each picture") % {"credits": credits(told["units_per_image"])}
    return ", ".join([fee, rating(told["rating"]), rows[_("For")]])


def _percent(points):
    return credits(points * 10)


def terms_text(told):
    return "\n".join(f"- {term}: {text}" for term, text in terms(told))


def changed(lines):
    """What was carried out, as lines; codes and counts come from the rooms."""
    return "\n".join(f"- {what(code, count)}" for code, count in lines) or "-"


def what(code, count):
    return {
        "files_out": _("files taken out: %(n)s"),
        "files_cleaned": _("file headers cleaned, tensors untouched: %(n)s"),
        "images_unlinked": _("images no longer linked to it: %(n)s"),
        "images_cleaned": _("images whose recipe named you: %(n)s"),
        "images_hidden": _("images taken out: %(n)s"),
        "copies_hidden": _("identical copies taken out: %(n)s"),
        "posts_cleaned": _("posts whose words named you: %(n)s"),
        "tags_out": _("tags taken out: %(n)s"),
        "profiles_emptied": _("profiles emptied: %(n)s"),
        "names_out": _("titles, versions, texts and trigger words cleaned: %(n)s"),
        "registered": _("entries against uploading it anew: %(n)s"),
        "downloads_off": _("downloads switched off: %(n)s"),
        "licensed": _("licensed for a fee: %(n)s"),
        "cancelled": _("generations in the queue cancelled and paid back: %(n)s"),
        "restored": _("things put back as they were: %(n)s"),
    }.get(code, code + ": %(n)s") % {"n": count}


def items(rows):
    return "; ".join(f"{title}: {outcome(code)}" for title, code in rows)


CODERS = {
    "items": items,
    "element": element,
    "elements": lambda codes: "; ".join(map(element, codes)),
    "outcome": outcome,
    "wish": wish,
    "silence": silence,
    "level": level,
    "ground": ground,
    "date": day,
    "month": month,
    "credits": credits,
    "terms": terms_text,
    "changed": changed,
}


def told(facts):
    """Facts of an event or a letter with codes ([coder, value]) as words."""
    return {
        name: CODERS[value[0]](value[1]) if isinstance(value, list) and value and value[0] in CODERS else value
        for name, value in facts.items()
    }
