"""`{% load community %}`: threads and bookmarks for the pages of every room."""

from django import template
from django.conf import settings
from django.utils.safestring import mark_safe
from django.utils.text import Truncator

from civitai import unsaid
from civitai.prose import render as written
from community import queries
from community.domain import threads
from community.forms import CommentForm

register = template.Library()


def thread_context(request, label, row_id, *, row=None, cursor=None, focus=None, form=None, placeholder=""):
    """What the parts of a thread are drawn from. One query, and one for `row` where it is not given."""
    subject = threads.subject_of(label)
    user = request.user
    if row is None:
        _subject, row = threads.seen(user, label, row_id)
    owner = subject.owner_of(row)
    is_owner = owner is not None and user.is_authenticated and owner.pk == user.pk
    may_lock = is_owner or getattr(user, "is_moderator", False)
    found = queries.conversation(user, label, row_id, cursor=cursor, focus=focus, may_lock=may_lock)
    return {
        "request": request,
        "user": user,
        "subject": label,
        "row_id": row_id,
        "row": row,
        "talk": found,
        "form": form or CommentForm(initial=unsaid.about(request, f"{label} {row_id}"), placeholder=placeholder),
        "owner_id": owner.pk if owner else None,
        "is_owner": is_owner,
        "may_lock": may_lock,
        "focus": focus,
    }


@register.inclusion_tag("community/_thread.html", takes_context=True)
def thread(context, row, placeholder=""):
    """What is said about `row`, and the form that says more. One query; two where nothing is said."""
    request = context["request"]
    asked = request.GET.get("comment", "")
    focus = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    found = thread_context(request, row._meta.label, row.pk, row=row, focus=focus, placeholder=placeholder)
    return {**context.flatten(), **found, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("community/_bookmark.html", takes_context=True)
def bookmark_button(context, row):
    """Saves `row` or opens one's collections. No query where the row carries `is_saved`, one elsewhere."""
    request = context["request"]
    label = row._meta.label
    saved = getattr(row, "is_saved", None)
    if saved is None:
        saved = queries.is_saved(request.user, label, row.pk)
    return {
        "request": request,
        "user": request.user,
        "csrf_token": context.get("csrf_token"),
        "subject": label,
        "row_id": row.pk,
        "is_saved": saved,
        "back": request.get_full_path(),
    }


@register.filter
def said(comment):
    """A comment's Markdown as safe markup, with the people that it names linked."""
    return mark_safe(written(comment.text, people=comment.mentions))


@register.inclusion_tag("components/link_preview.html")
def link_preview(row, title, description="", picture=None, kind="website"):
    """For the head of a page that anybody may find. A picture goes along only where everybody may see it."""
    shown = picture if picture and picture.is_open_to_all else None
    words = " ".join(str(description or "").split())
    return {
        "site_name": settings.SITE_NAME,
        "url": settings.SITE_URL + row.get_absolute_url(),
        "title": title,
        "description": Truncator(words).chars(200),
        "kind": kind,
        "picture": shown,
        "picture_url": settings.SITE_URL + shown.url(1200) if shown else "",
        "alt": title,
    }
