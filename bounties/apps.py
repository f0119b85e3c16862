from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BountiesConfig(AppConfig):
    name = "bounties"
    verbose_name = _("bounties")

    def ready(self):
        from accounts.domain import notices
        from bounties import subjects
        from civitai import adapters, nav
        from community.domain import threads
        from wallet import kinds

        subjects.register()
        threads.register_subject("bounties.Bounty", "bounties.Bounty", counter="comments", name=lambda row: row.name)
        adapters.on("picture_ready", _picture_ready)
        adapters.on("picture_released", _picture_ready)
        adapters.fill("picture_shown", _shown)
        kinds.register("stake", out=_("Stake"), into=_("Stake"))
        kinds.register("award", out=_("Given to an entry"), into=_("Bounty won"))
        for key, text, icon in (
            ("stake", _("%(by)s added to your bounty %(about)s"), "coins"),
            ("entry", _("%(by)s entered %(about)s"), "upload"),
            ("award", _("%(by)s gave you their stake in %(about)s"), "trophy"),
            ("stake_back", _("Your stake in %(about)s came back"), "undo-2"),
            ("bounty_ends", _("%(about)s ends in a day"), "clock"),
            ("bounty_judging", _("%(about)s is over: give your stake within two days"), "hourglass"),
        ):
            notices.register_kind(key, text=text, icon=icon)
        nav.register_nav("bounties", _("Bounties"), "bounties", "trophy", 50)


def _picture_ready(*, picture, **facts):
    from bounties.domain import publishing

    publishing.picture_ready(picture)


def _shown(pictures, **context):
    from bounties.models import BountyPicture, EntryPicture

    ids = [picture.pk for picture in pictures]
    found = [*BountyPicture.objects.filter(picture__in=ids), *EntryPicture.objects.filter(picture__in=ids)]
    return {row.picture_id: True for row in found}
