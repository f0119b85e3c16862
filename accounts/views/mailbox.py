"""/mailbox/: what the site has sent, in development alone (see accounts.urls)."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import mailbox


@never_cache
@require_safe
def letters(request):
    return render(request, "accounts/mailbox.html", {"letters": mailbox.letters()})


@never_cache
@require_safe
def letter(request, name, number):
    found = mailbox.letter(name, number)
    if found is None:
        raise Http404
    return render(request, "accounts/mailbox_letter.html", {"letter": found})
