from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BountiesConfig(AppConfig):
    name = "bounties"
    verbose_name = _("bounties")

    def ready(self):
        from accounts.domain import notices
        from bounties import queries, subjects
        from bounties.domain import entry_files, hiding
        from civitai import adapters, nav, uploads
        from community.domain import threads
        from wallet import kinds

        subjects.register()
        threads.register_subject(
            "bounties.Bounty", "bounties.Bounty", counter="comments", name=lambda row: row.shown_name
        )
        adapters.on("picture_ready", _picture_ready)
        adapters.on("picture_released", _picture_ready)
        adapters.fill("picture_shown", _shown)
        adapters.fill("pictures_within", hiding.within)
        adapters.fill("named_by_url", queries.names_by_url)
        adapters.fill("neutral_by_url", queries.neutral_by_url)
        adapters.fill("held_of", queries.stakes_of)
        uploads.register_purpose(entry_files.PURPOSE, max_bytes=entry_files.MAX_BYTES, check=entry_files.check_name)
        _hear_of_cases(adapters)
        kinds.register("stake", out=_("Stake"), into=_("Stake"), group="bounties", among_people=True)
        kinds.register("award", out=_("Given to an entry"), into=_("Bounty won"), group="bounties", among_people=True)
        for key, text, icon, label in (
            ("stake", _("%(by)s added to your bounty %(about)s"), "coins", ""),
            ("entry", _("%(by)s entered %(about)s"), "upload", _("Somebody enters a bounty that I back or follow")),
            ("award", _("%(by)s gave you their stake in %(about)s"), "trophy", ""),
            ("stake_back", _("Your stake in %(about)s came back"), "undo-2", ""),
            ("bounty_off", _("A moderator called off %(about)s. What was not given went back"), "undo-2", ""),
            ("bounty_ends", _("%(about)s ends soon"), "clock", _("A bounty that I back or follow ends soon")),
            ("bounty_judging", _("%(about)s is over: give your stake within two days"), "hourglass", ""),
            ("bounty_last_day", _("%(about)s: the last day to give your stake"), "hourglass", ""),
            ("bounty_changed", _("The brief of %(about)s was changed"), "pencil", ""),
            ("bounty_over", _("%(about)s is over"), "trophy", _("A bounty that I entered or follow is over")),
        ):
            notices.register_kind(key, text=text, icon=icon, label=label)
        nav.register_nav("bounties", _("Bounties"), "bounties", "trophy", 50)


def _picture_ready(*, picture, **facts):
    from bounties.domain import hiding

    hiding.picture_ready(picture)


def _hear_of_cases(adapters):
    from bounties.domain import withholding

    for event in ("frozen", "taken_down", "name_taken_out", "restored"):
        adapters.on(event, getattr(withholding, event))
    adapters.fill("resolve_url", withholding.resolve)
    adapters.fill("case_snapshot", withholding.snapshots)
    adapters.fill("hashes_of", withholding.hashes_of)
    adapters.fill("find_by_sha256", withholding.find_by_sha256)


def _shown(pictures, **context):
    from bounties.models import BountyPicture, EntryPicture

    ids = [picture.pk for picture in pictures]
    found = [*BountyPicture.objects.filter(picture__in=ids), *EntryPicture.objects.filter(picture__in=ids)]
    return {row.picture_id: True for row in found}
