"""Words that somebody sent after their session had ended: kept with the session, and back in the form once they are in again."""

from community.domain.writing import LONGEST

KEY = "unsaid"


def keep(request, subject, row, *, text, parent=""):
    if text.strip():
        request.session[KEY] = {"about": f"{subject} {row}", "text": text[:LONGEST], "parent": parent}


def about(request, subject, row):
    """What the form of this thread begins with; {} where nothing was kept."""
    kept = request.session.get(KEY) if request.user.is_authenticated else None
    if not kept or kept["about"] != f"{subject} {row}":
        return {}
    return {name: kept[name] for name in ("text", "parent") if kept[name]}


def forget(request):
    request.session.pop(KEY, None)
