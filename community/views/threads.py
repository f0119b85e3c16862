"""Threads and comments: each act is a POST; htmx gets the thread anew, a form goes back to the thing's page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from civitai import unsaid
from civitai.access import fetch
from civitai.errors import Refused
from community import queries
from community.domain import threads
from community.domain.writing import LONGEST
from community.forms import CommentForm, WordsForm
from community.models import Comment
from community.templatetags.community import thread_context


@require_safe
def thread(request, subject, row):
    """All that is said, page by page, where no script puts it below the thing."""
    threads.seen(request.user, subject, row)
    context = thread_context(request, subject, row, cursor=request.GET.get("cursor"))
    if request.htmx:
        return render(request, "community/_conversations.html", context)
    return render(request, "community/thread_page.html", context)


@require_safe
def comment(request, pk):
    """Leads to the page where it stands, with its conversation first."""
    found = fetch(Comment.objects.select_related("thread"), request.user, pk=pk)
    _subject, row = threads.seen(request.user, found.thread.subject, found.thread.row)
    url = row.get_absolute_url().partition("#")[0]
    return redirect(f"{url}{'&' if '?' in url else '?'}comment={pk}#comment-{pk}")


@require_POST
def comments(request, subject, row):
    """A new comment. Refused, the form comes back with all that was typed; after signing in too."""
    if not request.user.is_authenticated:
        _kind, thing = threads.seen(request.user, subject, row)
        said = request.POST.get("text", "")
        if said.strip():
            kept = {"text": said[:LONGEST], "parent": _number(request.POST.get("parent"))}
            unsaid.keep(request, f"{subject} {row}", kept)
        to_login = redirect_to_login(f"{thing.get_absolute_url().partition('#')[0]}#thread")
        return HttpResponseClientRedirect(to_login.url) if request.htmx else to_login
    form = CommentForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            made = threads.comment(request.user, subject, row, said["text"], parent_id=said["parent"], key=said["key"])
        except Refused as refusal:
            form.add_error("text", str(refusal))
        else:
            unsaid.forget(request)
            if request.htmx:
                focus = made.pk if made.parent_id else None
                context = thread_context(request, subject, row, focus=focus)
                return render(request, "community/_thread.html", context | {"just_made": made.pk})
            return redirect("comment", made.pk)
    threads.seen(request.user, subject, row)
    context = thread_context(request, subject, row, form=form)
    template = "community/_thread.html" if request.htmx else "community/thread_page.html"
    return render(request, template, context, status=422)


@login_required
@require_safe
def answering(request, pk):
    """The form that answers a comment."""
    found = _seen(request, pk)
    # Beside the form of the thread itself: no id stands twice on a page.
    form = CommentForm(initial={"parent": found.pk}, auto_id=f"answer-{found.pk}-%s")
    context = {"one": found, "form": form, "thread": found.thread}
    return render(request, "community/_answer.html" if request.htmx else "community/answer_page.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def editing(request, pk):
    found = fetch(Comment.objects.select_related("thread", "author"), request.user, to="edit", pk=pk)
    threads.require_seen(request.user, found)
    form = WordsForm(request.POST or None, initial={"text": found.text}, auto_id=f"edit-{found.pk}-%s")
    if request.method == "POST" and form.is_valid():
        try:
            threads.edit(found, form.cleaned_data["text"])
        except Refused as refusal:
            form.add_error("text", str(refusal))
        else:
            return _anew(request, found)
    context = {"one": found, "form": form, "thread": found.thread}
    template = "community/_editing.html" if request.htmx else "community/editing_page.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def removal(request, pk):
    found = fetch(Comment.objects.select_related("thread"), request.user, to="edit", pk=pk)
    threads.remove(found)
    if request.htmx:
        return _anew(request, found)
    messages.success(request, _("Your comment was removed."))
    return redirect(threads.seen(request.user, found.thread.subject, found.thread.row)[1])


@login_required
@require_POST
def pin(request, pk):
    found = _seen(request, pk)
    threads.pin(found, request.user, on=request.POST.get("on") != "0")
    return _anew(request, found)


@login_required
@require_POST
def lock(request, subject, row):
    threads.lock(subject, row, request.user, on=request.POST.get("on") != "0")
    if request.htmx:
        return render(request, "community/_thread.html", thread_context(request, subject, row))
    return redirect(threads.seen(request.user, subject, row)[1])


def _number(text):
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _seen(request, pk):
    found = queries.shown_comment(request.user, pk)
    if found is None:
        raise Http404
    threads.require_seen(request.user, found)
    return found


def _anew(request, found):
    if request.htmx:
        return render(
            request, "community/_thread.html", thread_context(request, found.thread.subject, found.thread.row)
        )
    return redirect("comment", found.pk)
