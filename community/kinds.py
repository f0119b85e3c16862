"""What members are told of things that all content shares."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.domain import notices


def register():
    notices.register_kind(
        "heart",
        text=_("%(by)s likes %(about)s"),
        many=ngettext_lazy(
            "%(by)s and %(others)s other like %(about)s", "%(by)s and %(others)s others like %(about)s", "others"
        ),
        icon="heart",
        label=_("Somebody likes what I made or wrote"),
    )
    notices.register_kind(
        "comment",
        text=_("%(by)s wrote about %(about)s"),
        icon="message-circle",
        label=_("Somebody comments on what I made"),
    )
    notices.register_kind(
        "reply", text=_("%(by)s answered you about %(about)s"), icon="reply", label=_("Somebody answers me")
    )
    notices.register_kind(
        "mention", text=_("%(by)s names you, about %(about)s"), icon="message-circle", label=_("Somebody names me")
    )
    notices.name_thing("community.Comment", _("your comment"))
