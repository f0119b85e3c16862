"""The real-people policy: real_people.toml, read once, asked by every surface.

`check` says what happens to a text on a surface; `require` says no for those who must. Linear in the text's length.
"""

import html
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import gettext_lazy, gettext_noop

from civitai.errors import Refused
from civitai.levels import Level
from moderation.naming import Names

PATH = Path(__file__).with_name("real_people.toml")
KINDS = ("minor", "undress", "declared", "named", "profile")
WEIGHT = {"allow": 0, "hold": 1, "refuse": 2}
WORDS = (
    gettext_noop("This names a real person. Real people are not made here, living or dead, in any rating."),
    gettext_noop(
        "Models and pictures of real people are not published here, with one exception: your own likeness, "
        "by an agreement with us."
    ),
    gettext_noop("Undressing people and putting faces on other bodies is not done here."),
    gettext_noop("Children and sexual content never stand together here."),
    gettext_noop("Links to people's profiles are not allowed here: we make nothing of real people."),
    gettext_noop("That is longer than 20,000 letters. Make it shorter."),
)


@dataclass(frozen=True)
class Verdict:
    """`action` is "allow", "hold" or "refuse"; `matched` is for moderators' eyes, never for the page."""

    action: str = "allow"
    clause: str = ""
    sentence: object = ""
    matched: str = ""

    def __bool__(self):
        return self.action != "allow"


@cache
def policy():
    return tomllib.loads(PATH.read_text())


@cache
def _listed():
    return Names(policy()["names"]["listed"])


@cache
def _benign():
    return [_plain(phrase) for phrase in policy()["names"]["benign"]]


@cache
def _words(kind):
    """One pattern of whole words without anything that backtracks."""
    words = sorted({_plain(word) for word in policy()["words"][kind]}, key=len, reverse=True)
    return re.compile(r"(?<![a-z0-9])(?:" + "|".join(map(re.escape, words)) + r")(?![a-z0-9])")


def check(surface, texts, *, level=None, person=None, names=()):
    """The Verdict on `texts` (a text or several) that stand on `surface`.

    `person`: its owner says that it shows a real person. `names`: more names than the list's, of the registry.
    """
    texts = [texts] if isinstance(texts, str) else [str(text) for text in texts if text]
    rules = policy()["surfaces"][surface]
    if sum(map(len, texts)) > policy()["longest"]:
        return _verdict("refuse", "long", "")
    found = dict.fromkeys(KINDS, "")
    found["declared"] = "declared" if person else ""
    for text in texts:
        text = html.unescape(text)
        plain = _plain(text)
        found["named"] = found["named"] or _named(text, plain, names)
        found["undress"] = found["undress"] or _match(_words("undress"), plain)
        found["minor"] = found["minor"] or _minor(plain)
        found["profile"] = found["profile"] or _profile(text)
    hits = [(WEIGHT[rules[kind]], kind) for kind in KINDS if found[kind]]
    weight, kind = max(hits, default=(0, ""), key=lambda hit: hit[0])
    return _verdict(next(a for a, w in WEIGHT.items() if w == weight), kind, found[kind]) if weight else Verdict()


def require(surface, texts, *, field=None, **more):
    """Raises Refused with the clause's sentence; a Verdict to hold or to allow is returned."""
    verdict = check(surface, texts, **more)
    if verdict.action == "refuse":
        raise Refused(verdict.sentence, field=field, code=verdict.clause)
    return verdict


def level_said(text):
    """The level that a prompt speaks of, PG where it says nothing."""
    plain = _plain(html.unescape(text or "")[: policy()["longest"]])
    for kind, level in (("x", Level.X), ("r", Level.R), ("pg13", Level.PG13)):
        if _words(kind).search(plain):
            return level
    return Level.PG


def _verdict(action, kind, matched):
    clause = policy()["clauses"][kind]
    return Verdict(action, clause["id"], gettext_lazy(clause["sentence"]), matched)


def _plain(text):
    """Lower case, without accents and invisible letters, weights and brackets gone, spaces single."""
    text = unicodedata.normalize("NFKD", text).casefold()
    text = "".join(
        letter for letter in text if not unicodedata.combining(letter) and unicodedata.category(letter) != "Cf"
    )
    return re.sub(r"[\s()\[\]{}_]+", " ", text)


def _match(pattern, plain):
    found = pattern.search(plain)
    return found[0] if found else ""


def _named(text, plain, names):
    text = re.sub(r":\s?[0-9.]{1,6}", " ", text)  # the weights of "(Helena:1.3) (Prado:0.8)"
    for phrase in _benign():
        if phrase in plain:
            text = re.sub(re.escape(phrase), " ", _plain(text))
    spans = _listed().found(text)
    if not spans and names:
        spans = (names if isinstance(names, Names) else Names(names)).found(text)
    return text[slice(*spans[0])] if spans else ""


def _minor(plain):
    child = _match(_words("child"), plain)
    return f"{child} + {_match(_words('sexual'), plain)}" if child and _words("sexual").search(plain) else ""


def _profile(text):
    for host in policy()["profiles"]["hosts"]:
        at = text.lower().find(f"{host}/")
        # A profile's name follows; "x.com" must not be the end of another host.
        if (
            at >= 0
            and (at == 0 or not (text[at - 1].isalnum() or text[at - 1] == "-"))
            and text[at + len(host) + 1 :].strip()
        ):
            return host
    return ""
