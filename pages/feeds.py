"""Atom feeds: what is new, of everybody, of a member or of a tag, as a visitor's lists show it at PG.

Whoever reads one is nobody in particular: what a member may see beyond that is never in an address that needs no key.
"""

import re

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import User
from civitai import prose
from gallery.queries import alt_of, feed
from models_hub.queries import type_label
from pages.sitemaps import NOBODY, mild_models

MOST, LONGEST = 30, 60
KEPT_S = 300


class _Newest(Feed):
    feed_type = Atom1Feed

    def __call__(self, request, *args, **kwargs):
        response = super().__call__(request, *args, **kwargs)
        patch_cache_control(response, public=True, max_age=KEPT_S)
        return response

    def get_object(self, request):
        """(member or None, tag or "")."""
        name, tag = request.GET.get("by", ""), _clean(request.GET.get("tag", ""))[:LONGEST].strip().lower()
        if "\x00" in name:
            raise Http404
        person = User.objects.listed().named(name).first() if name else None
        if name and person is None:
            raise Http404
        return person, tag

    def title(self, asked):
        person, tag = asked
        words = [self.what(), person.name if person else "", f"#{tag}" if tag else "", settings.SITE_NAME]
        return _clean(" · ".join(filter(None, words)))

    def link(self, asked):
        person, tag = asked
        if person:
            return f"{settings.SITE_URL}{person.get_absolute_url()}"
        return f"{settings.SITE_URL}{reverse(self.page)}" + (f"?{urlencode({'tag': tag})}" if tag else "")

    def feed_url(self, asked):
        person, tag = asked
        query = urlencode({key: value for key, value in (("by", person and person.username), ("tag", tag)) if value})
        return f"{settings.SITE_URL}{reverse(self.url_name)}" + (f"?{query}" if query else "")

    def item_author_name(self, row):
        return _clean(row.owner.name)

    def item_author_link(self, row):
        return f"{settings.SITE_URL}{row.owner.get_absolute_url()}"

    def item_link(self, row):
        return f"{settings.SITE_URL}{row.get_absolute_url()}"

    def item_updateddate(self, row):
        return self.item_pubdate(row)


class NewModels(_Newest):
    page, url_name = "models", "feed_models"

    def what(self):
        return _("New models")

    def items(self, asked):
        person, tag = asked
        rows = mild_models().select_related("owner", "cover")
        if person:
            rows = rows.filter(owner=person)
        if tag:
            rows = rows.filter(tags__name=tag)
        return rows.order_by("-last_version_at", "-id")[:MOST]

    def item_title(self, model):
        return _clean(model.name)

    def item_description(self, model):
        return _shown(model.cover, prose.plain(model.description)[:300])

    def item_pubdate(self, model):
        return model.last_version_at

    def item_categories(self, model):
        return [str(type_label(model.type))]


class NewImages(_Newest):
    page, url_name = "images", "feed_images"

    def what(self):
        return _("New pictures")

    def items(self, asked):
        person, tag = asked
        return feed(NOBODY, owner=person, tag=tag, limit=MOST).rows

    def item_title(self, image):
        return _clean(image.post.title or alt_of(image, NOBODY))

    def item_description(self, image):
        return _shown(image.picture, alt_of(image, NOBODY))

    def item_pubdate(self, image):
        return image.sort_at


def _shown(picture, text):
    """A small picture that everybody may have, and the text as text."""
    text = format_html("<p>{}</p>", _clean(text)) if text else ""
    if picture is None or not picture.is_open_to_all:
        return text
    size = picture.width and min(450, picture.width)
    return format_html(
        '<p><img src="{}" width="{}" alt=""></p>{}', f"{settings.SITE_URL}{picture.url(450)}", size, text
    )


def _clean(text):
    """Letters that XML has a place for."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", text)
