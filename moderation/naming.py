"""A name in all the ways people write it: found, and taken out of text.

Compared is what is left when accents, case, spaces and signs are gone, digits and look-alike letters read as the
letters that they stand for: "h3lena_PRADO", "Helena-Prado" and "Неlena Prado" (with Cyrillic letters) are one name.
"""

import json
import re
import unicodedata
from functools import cache, cached_property

from django.db.models import Func, Q, TextField
from django.db.models.lookups import Contains

SHORTEST = 3
# From so many letters on a name is found inside longer words too (helenapradostyle); shorter ones would find anything.
INSIDE_WORDS = 8
_LETTERS = {
    "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s", "l": "i", "|": "i", "!": "i",
    # Cyrillic and Greek that look like Latin.
    "а": "a", "в": "b", "с": "c", "е": "e", "ё": "e", "н": "h", "і": "i", "ї": "i", "ј": "j", "к": "k", "м": "m", "о": "o", "р": "p", "ѕ": "s",
    "т": "t", "у": "y", "х": "x", "ԁ": "d", "ո": "n", "ԛ": "q", "ԝ": "w", "α": "a", "β": "b", "ε": "e", "η": "n", "ι": "i", "κ": "k", "ν": "v",
    "ο": "o", "ρ": "p", "τ": "t", "υ": "u", "χ": "x", "ı": "i", "ł": "i", "ø": "o", "đ": "d", "ħ": "h", "æ": "ae", "œ": "oe", "ß": "ss", "þ": "th",
}  # fmt: skip
_SEPARATORS = " \t\r\n_-.·,'’`~*+/\\:;#()[]{}<>\"&=?^%\u00ad"


def squashed(text):
    """(letters, their places in `text`)."""
    letters, places = [], []
    for place, sign in enumerate(str(text)):
        for part in unicodedata.normalize("NFKD", sign).casefold():
            for letter in _LETTERS.get(part, part):
                if letter.isalnum():
                    letters.append(letter)
                    places.append(place)
    return "".join(letters), places


def normal(name):
    return squashed(name)[0]


class Letters(Func):
    """What `squashed` leaves of two text fields, of Latin letters alone: what indexes for names stand on."""

    function, arity, output_field = "squashed_letters", 2, TextField()


@cache
def _written_as():
    """{letter: the signs that are read as it}, of the alphabets that people borrow from."""
    signs = {}
    for first, last in ((0x20, 0x250), (0x370, 0x500), (0x1E00, 0x1F00), (0x3040, 0x3100), (0xFF01, 0xFF5F)):
        for code in range(first, last):
            letters, _places = squashed(chr(code))
            if len(letters) == 1:
                signs.setdefault(letters, set()).add(chr(code))
    return signs


class Names:
    """Several names at once. Too short ones are left out: they would take out half of every text."""

    def __init__(self, names):
        self.given = [str(name).strip() for name in names if len(normal(name)) >= SHORTEST or not str(name).isascii()]
        self.given = [name for name in self.given if normal(name)]

    @cached_property
    def forms(self):
        forms = {normal(name) for name in self.given}
        for name in self.given:
            words = [word for word in re.split(r"[\s_\-.]+", name) if word]
            if len(words) > 1:
                # Family name first, and with an initial: "prado helena", "h prado".
                forms.add(normal("".join([*words[1:], words[0]])))
                initials = normal(words[0][0] + "".join(words[1:]))
                forms.add(initials) if len(initials) >= 5 else None
        return sorted(forms, key=len, reverse=True)

    @cached_property
    def pattern(self):
        """A regular expression of PostgreSQL for rows that may say one of the names; what `found` finds in them counts."""
        return self._pattern(self.forms)

    def _pattern(self, forms):
        return "|".join(r"[\W_]*".join(map(_one_of, form)) for form in forms)

    def said_in(self, *fields):
        """A Q of rows of which one of the fields may say a name."""
        said = Q(pk=None)
        for field in fields if self.forms else ():
            said |= Q(**{f"{field}__iregex": self.pattern})
            for name in self.given:  # as it was given, in scripts whose signs are taken apart for comparing
                said |= Q(**{f"{field}__icontains": name})
        return said

    def written_in(self, *two):
        """As `said_in`, of two fields on whose Letters an index stands. Other scripts than Latin are looked for row by row."""
        said = Q(pk=None)
        for form in filter(str.isascii, self.forms):
            said |= Q(Contains(Letters(*two), form))
        if others := [form for form in self.forms if not form.isascii()]:
            for field in two:
                said |= Q(**{f"{field}__iregex": self._pattern(others)})
                for name in self.given:
                    said |= Q(**{f"{field}__icontains": name}) if not name.isascii() else Q(pk=None)
        return said

    def __bool__(self):
        return bool(self.given)

    def found(self, text):
        """Spans of `text` in which one of the names stands, from left to right, none overlapping."""
        text = str(text)
        letters, places = squashed(text)
        return [(places[first], places[last - 1] + 1) for first, last in self._standing(text, letters, places)]

    def _standing(self, text, letters, places):
        """As `found`, counted in letters."""
        spans, taken = [], set()
        for form in self.forms:
            at = letters.find(form)
            while at >= 0:
                start, end = places[at], places[at + len(form) - 1] + 1
                if self._stands_alone(text, start, end, form) and not taken & set(range(start, end)):
                    spans.append((at, at + len(form)))
                    taken |= set(range(start, end))
                at = letters.find(form, at + 1)
        return sorted(spans)

    def _nests(self, text):
        """Spans to take out: each name with all that closes to a name around it when it is gone.

        So a name in a name in a name is one span, and however deep they are nested, few rounds are needed.
        """
        letters, places = squashed(text)
        spans, before = [], 0
        standing = self._standing(text, letters, places)
        afters = [*(first for first, _last in standing[1:]), len(letters)]
        for (first, last), after in zip(standing, afters, strict=False):
            while wider := self._around(text, letters, places, first, last, before, after):
                first, last = wider
            spans.append((places[first], places[last - 1] + 1))
            before = last
        return spans

    def _around(self, text, letters, places, first, last, before, after):
        """The name that the letters left and right of [first, last) join to, as (first, last); None where none does."""
        for form in self.forms:
            left = letters[max(before, first - len(form) + 1) : first]
            joined = left + letters[last : min(after, last + len(form) - 1)]
            at = joined.find(form)
            if at >= 0:
                start, end = first - len(left) + at, last + at + len(form) - len(left)
                if self._stands_alone(text, places[start], places[end - 1] + 1, form):
                    return start, end
        return None

    def _stands_alone(self, text, start, end, form):
        if len(form) >= INSIDE_WORDS or not form.isascii():
            return True
        before, after = text[start - 1 : start], text[end : end + 1]
        return not (before.isalnum() or after.isalnum())

    def are_in(self, text):
        return bool(text) and bool(self.found(text))

    def out_of(self, text):
        """The text without the names, and without the gaps that they leave."""
        text = str(text)
        # Taking one out may join another ("HelHelena Pradoena Prado"): until none is left, however deep they are nested.
        while spans := self._nests(text):
            text = self._cut(text, spans)
        return text

    def _cut(self, text, spans):
        kept, at = [], 0
        for start, end in spans:
            kept.append(text[at:start])
            at = end
        kept.append(text[at:])
        left = "\x00".join(kept)
        # What stood between the name and the next word goes with it; a possessive too.
        left = re.sub(r"\x00['’]s\b", "\x00", left)
        left = re.sub(rf"[{re.escape(' _-.')}]*\x00[{re.escape(' _-.')}]*", _joint, left)
        left = re.sub(r"([,(\[]) ?,", r"\1", left)
        return left.strip(" _-") if "\n" not in left else left

    def out_of_value(self, text):
        """As out_of, for a text that may be JSON: its strings and keys are cleaned and it stays JSON."""
        if text[:1] in "{[":
            try:
                return json.dumps(self._cleaned(json.loads(text)), ensure_ascii=False)
            except (ValueError, RecursionError):
                pass
        return self.out_of(text)

    def _cleaned(self, value):
        if isinstance(value, dict):
            return {self.out_of(key): self._cleaned(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self._cleaned(part) for part in value]
        return self.out_of(value) if isinstance(value, str) else value


def _one_of(letter):
    signs = _written_as().get(letter, {letter})
    return re.escape(letter) if signs == {letter} else "[" + "".join(map(re.escape, sorted(signs | {letter}))) + "]"


def _joint(found):
    around = found[0].replace("\x00", "")
    if not around:
        return ""
    return " " if " " in around else around[0]
