"""What this room tells members of; rooms above register theirs."""

from django.utils.translation import gettext_lazy as _

from accounts.domain import notices


def register():
    notices.register_kind("follower", text=_("%(by)s follows you"), icon="user-plus", label=_("Somebody follows me"))
    notices.register_kind(
        "tip", text=_("%(by)s gave you %(about)s credits"), icon="gift", label=_("Somebody gives me credits")
    )


def tipped(giver, receiver, units, url, **facts):
    """Credits are counted in thousandths."""
    notices.notify([receiver], "tip", by=giver, url=url, about=f"{units / 1000:g}")


def followed(follower, followed, **facts):
    """Whoever follows, leaves and follows again is told of once."""
    key = f"follower:{follower.pk}"
    notices.notify([followed], "follower", by=follower, url=follower.get_absolute_url(), key=key)
