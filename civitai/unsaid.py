"""Words that somebody sent after their session had ended: kept with the session, and back in their form once they are in again.

One form at a time, the last one. `about` names the form: its address, or what its room calls it.
"""

from functools import wraps

from django.contrib.auth.views import redirect_to_login

KEY, LONGEST, MOST_FIELDS = "unsaid", 40_000, 40
NOT_KEPT = {"csrfmiddlewaretoken", "submission", "next"}


def keep(request, about, fields):
    """`fields`: {name: words, or a list of them}."""
    kept = {name: value for name, value in fields.items() if value}
    if kept:
        request.session[KEY] = {"about": about, "fields": kept}


def keep_form(request):
    """What was posted, for the form at the same address. Files are not words: they are sent again."""
    fields, left = {}, LONGEST
    for name in list(request.POST)[:MOST_FIELDS]:
        values = request.POST.getlist(name)
        if name not in NOT_KEPT and sum(map(len, values)) <= left:
            left -= sum(map(len, values))
            fields[name] = values[0] if len(values) == 1 else values
    keep(request, request.path, fields)


def about(request, about):
    """What the form begins with; {} where nothing was kept."""
    kept = request.session.get(KEY) if request.user.is_authenticated else None
    return dict(kept["fields"]) if kept and kept["about"] == about else {}


def in_form(request):
    """The same for the form at this address."""
    return about(request, request.path)


def forget(request):
    request.session.pop(KEY, None)


def sign_in_first(request):
    """To the sign-in and back to this address, with what was posted to it."""
    if request.method == "POST":
        keep_form(request)
    return redirect_to_login(request.get_full_path())


def login_keeping(view):
    """login_required for a page with a form: what is sent without a session is not lost."""

    @wraps(view)
    def checked(request, *args, **kwargs):
        if not request.user.is_authenticated:
            return sign_in_first(request)
        response = view(request, *args, **kwargs)
        # Taken: a form that is refused comes back with its words by itself.
        if request.method == "POST" and response.status_code == 302 and KEY in request.session:
            forget(request)
        return response

    return checked
