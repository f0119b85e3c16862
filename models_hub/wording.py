"""What is typed into a search: `a b` both, `a | b` either, `-a` without, `"a b"` as it stands, `by:`, `tag:`, `base:`, …

Nothing that is typed is an error. What can't be meant is left out, and a sentence says so; the text stays as it was.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from models_hub.catalogue.bases import BASE_MODELS
from models_hub.catalogue.kinds import ModelType

MOST_TERMS, LONGEST = 12, 200
LICENCES = {"sell": "sold", "rent": "paid", "merge": "merged", "uncredited": "unnamed"}
KEYS = ("by", "tag", "base", "type", "licence", "downloads", "after", "before")
_ALIASES = {"license": "licence", "user": "by"}
_TOKEN = re.compile(r'\|+|-?(?:[A-Za-z]+:)?"[^"]*"?|[^\s|]+')
# Words that would be read as something else without their quotes.
_MEANS_MORE = re.compile(r"-|[A-Za-z]+:")
_OPERATOR = re.compile(r"([A-Za-z]+):(.*)", re.DOTALL)


@dataclass(frozen=True)
class Term:
    """One word or `key:value`. `value` is what the database is asked for, `shown` what was typed."""

    key: str
    value: object
    shown: str
    is_refused: bool = False

    @property
    def typed(self):
        is_plain = not re.search(r"[\s|]", self.shown) and (self.key or not _MEANS_MORE.match(self.shown))
        quoted = self.shown if is_plain else f'"{self.shown}"'
        return f"{'-' if self.is_refused else ''}{self.key + ':' if self.key else ''}{quoted}"


@dataclass
class Wording:
    """`groups` must all hold, each by one of its terms; `chips` is all that was typed, group by group."""

    groups: list = field(default_factory=list)
    chips: list = field(default_factory=list)
    problems: list = field(default_factory=list)

    @property
    def words(self):
        """The wanted words, each group's alternatives together."""
        found = [[term.value for term in group if not term.key and not term.is_refused] for group in self.groups]
        return [group for group in found if group]

    @property
    def plain(self):
        return " ".join(word for group in self.words for word in group)

    def without_words(self):
        """What must hold beside the words, which may be mistyped."""
        return Wording([group for group in self.groups if all(term.key or term.is_refused for term in group)])


@dataclass(frozen=True)
class Chip:
    """A group as the field shows it. `rest` is the search without it."""

    terms: tuple
    rest: str

    @property
    def typed(self):
        return " | ".join(term.typed for term in self.terms)


def read(text):
    """Never raises. More than MOST_TERMS, or what no operator knows, is named in `problems`."""
    found, typed, wants_other = Wording(), [], False
    if len(text) > LONGEST:
        found.problems.append(_("Only the first %(most)s letters are looked for.") % {"most": LONGEST})
    for token in _TOKEN.findall(text[:LONGEST].replace("\x00", "")):
        if token.startswith("|"):
            wants_other = True
            continue
        term, problem = _term(token)
        if term is None and not problem:
            continue
        if sum(map(len, typed)) >= MOST_TERMS:
            problem = _("Only the first %(most)s words are looked for.") % {"most": MOST_TERMS}
        if problem and problem not in found.problems:
            found.problems.append(problem)
        if wants_other and typed:
            typed[-1].append((term, problem))
        else:
            typed.append([(term, problem)])
        wants_other = False
    if wants_other and typed:
        found.problems.append(_("“|” stands between two words: the second one is missing."))
    usable = [[term for term, problem in group if not problem] for group in typed]
    found.groups = [group for group in usable if group]
    found.chips = _chips([tuple(term for term, _problem in group) for group in typed])
    return found


def _chips(groups):
    whole = [" | ".join(term.typed for term in group) for group in groups]
    return [Chip(group, " ".join(whole[:at] + whole[at + 1 :])) for at, group in enumerate(groups)]


def _term(token):
    """(the term or None, what is wrong with it or "")."""
    is_refused = token[0] == "-"
    rest = token[1:] if is_refused else token
    named = _OPERATOR.fullmatch(rest)
    key = named[1].lower() if named else ""
    key = _ALIASES.get(key, key)
    if key not in KEYS:
        word = rest.replace('"', " ").strip()
        return (Term("", word, word, is_refused) if word else None), ""
    shown = named[2].strip('"').strip()
    if not shown:
        return Term(key, None, "", is_refused), _("Something is missing after “%(key)s:”.") % {"key": key}
    value, problem = _READERS[key](shown)
    return Term(key, value, shown, is_refused), problem


def _tight(text):
    return re.sub(r"[\W_]+", "", str(text)).casefold()


def _base(text):
    """`sdxl` means all of its kind; a whole name means that one."""
    names = [name for name in BASE_MODELS if _tight(name) == _tight(text)] or [
        name for name in BASE_MODELS if _tight(text) and _tight(name).startswith(_tight(text))
    ]
    return names, "" if names else _("We know no base model “%(name)s”.") % {"name": text}


def _type(text):
    names = [value for value, label in ModelType.choices if _tight(text) in (_tight(value), _tight(label))]
    return names, "" if names else _("We know no kind of model “%(name)s”.") % {"name": text}


def _licence(text):
    key = text.casefold()
    value = LICENCES.get(key, key if key in LICENCES.values() else None)
    words = ", ".join(LICENCES)
    return value, "" if value else _("After “licence:” stands one of: %(words)s.") % {"words": words}


def _downloads(text):
    said = re.fullmatch(r"(>=|<=|>|<|=)?(\d{1,9})([kKmM])?", text, re.ASCII)
    if not said:
        return None, _("After “downloads:” stands a number, as in >1000.")
    number = int(said[2]) * {"k": 1000, "m": 1_000_000}.get((said[3] or "").lower(), 1)
    if number >= 2**31:
        return None, _("After “downloads:” stands a number, as in >1000.")
    return ({">": "gt", "<": "lt", "<=": "lte", "=": "exact"}.get(said[1], "gte"), number), ""


def _day(text):
    said = re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", text, re.ASCII)
    try:
        day = datetime(int(said[1]), int(said[2] or 1), int(said[3] or 1), tzinfo=timezone.get_current_timezone())
    except (TypeError, ValueError):
        return None, _("“%(text)s” is no day: write 2026, 2026-01 or 2026-01-31.") % {"text": text}
    return day, ""


_READERS = {
    "by": lambda text: (text.removeprefix("@")[:32], ""),
    "tag": lambda text: (text.lower()[:60], ""),
    "base": _base,
    "type": _type,
    "licence": _licence,
    "downloads": _downloads,
    "after": _day,
    "before": _day,
}


def folded(text):
    """Without accents, as the database folds them (migration 0009): who types "coracao" means "coração"."""
    bare = re.sub(r"[\u0300-\u036f]", "", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", bare).lower()


def lexemes(word):
    """Letters and digits in their runs, as the "simple" dictionary cuts them."""
    return re.findall(r"\w+", folded(word))[:8]
