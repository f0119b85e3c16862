"""Contact data and real names do not pass from one side to the other through a message."""

import re

from moderation.domain.cases import boxes
from moderation.naming import Names

MASK = "▮▮▮"
_PATTERNS = (
    r"[\w.+-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+",
    r"(?:https?://|www\.)\S+",
    r"\b[\w-]+\.(?:com|net|org|io|me|art|br|de|example|social)\b(?:/\S*)?",
    r"\+?\d[\d\s().-]{6,}\d",
    r"(?<!\w)@[\w.]{3,}",
)


def plain(text, most):
    """Text as people type it: no markup, no control letters."""
    text = re.sub(r"<[^>]{0,500}>", "", str(text))
    text = "".join(letter for letter in text if letter.isprintable() or letter == "\n")
    return re.sub(r"\n{3,}", "\n\n", text).strip()[:most]


def masked(case, text, *, most):
    """(the text as the other side may read it, whether a real name was in it)."""
    text = plain(text, most)
    for pattern in _PATTERNS:
        text = re.sub(pattern, MASK, text, flags=re.I)
    secret = boxes.open_secret(case, purpose="masking a message")
    real = [secret.get("legal_name", ""), secret.get("email", "").partition("@")[0]]
    members = [party.user for party in case.parties.select_related("user") if party.user]
    real += [member.email.partition("@")[0] for member in members]
    public = Names([case.public_name, *case.names, *(member.username for member in members)])
    names = Names([name for name in real if len(name) >= 4 and not public.are_in(name)])
    spans = names.found(text) if names else []
    for start, end in reversed(spans):
        text = text[:start] + MASK + text[end:]
    return text, bool(spans)
