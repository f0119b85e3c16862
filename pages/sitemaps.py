"""What search engines may list: what nobody has to be asked about, everything at PG, as a visitor's lists show it."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sitemaps import Sitemap
from django.db.models import Exists, OuterRef
from django.urls import reverse

from accounts.models import User
from bounties.models import Bounty
from civitai.levels import Level
from gallery.models import Image, Post
from models_hub.models import Model

NOBODY = AnonymousUser()


def mild_models():
    return Model.objects.listed_to(NOBODY).filter(level_mask=int(Level.PG), is_mature=False)


class Public(Sitemap):
    """Addresses are the site's own, whatever host asked. Order is by key, so that a page of it stays the same."""

    limit = 2000

    def get_protocol(self, protocol=None):
        return urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site=None):
        return urlsplit(settings.SITE_URL).netloc

    def get_latest_lastmod(self):
        """Django would read every row for it."""
        return None


class Pages(Public):
    def items(self):
        return ["home", "models", "images", "bounties", "removal", "moderation_log"]

    def location(self, name):
        return reverse(name)


class Models(Public):
    def items(self):
        return mild_models().order_by("pk")

    def lastmod(self, model):
        return model.last_version_at


class Images(Public):
    def items(self):
        return Image.objects.listed_to(NOBODY).order_by("pk").only("pk", "sort_at")

    def lastmod(self, image):
        return image.sort_at


class Posts(Public):
    """Posts whose images everybody may see, every one of them."""

    def items(self):
        shown = Image.objects.in_feed().filter(post=OuterRef("pk"))
        rows = Post.objects.visible_to(NOBODY).filter(Exists(shown))
        return rows.exclude(Exists(shown.exclude(level=Level.PG))).order_by("pk").only("pk", "published_at")

    def lastmod(self, post):
        return post.published_at


class Bounties(Public):
    def items(self):
        return Bounty.objects.listed_to(NOBODY).order_by("pk")


class People(Public):
    """Those who show something at PG: an empty page is nothing to find."""

    def items(self):
        models = mild_models().filter(owner=OuterRef("pk"))
        images = Image.objects.listed_to(NOBODY).filter(owner=OuterRef("pk"))
        return User.objects.listed().filter(Exists(models) | Exists(images)).order_by("pk")


SECTIONS = {
    "pages": Pages,
    "models": Models,
    "images": Images,
    "posts": Posts,
    "bounties": Bounties,
    "people": People,
}
