from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModerationConfig(AppConfig):
    name = "moderation"
    verbose_name = _("moderation")

    def ready(self):
        from civitai import adapters
        from civitai.nav import register_nav
        from moderation import appeals_described, people, proposals_described, subjects
        from moderation.domain import keeping_out, telling

        subjects.register(
            "accounts.User", name=_("Member"), describe=people.describe, hide=people.hide, restore=people.restore
        )
        subjects.register("moderation.Appeal", name=_("Appeal"), describe=appeals_described.describe, is_answered=True)
        subjects.register(
            "moderation.Proposal", name=_("Second look"), describe=proposals_described.describe, is_answered=True
        )
        telling.register()
        _know_cases(subjects, register_nav)
        register_nav("moderation_log", _("Moderation log"), "moderation_log", "shield-check", 60, menu="foot")
        register_nav("real_people", _("Real people"), "real_people", "user-x", 50, menu="foot")
        register_nav("decisions", _("Decisions about you"), "decisions", "shield-check", 55, menu="settings")
        adapters.on("username_chosen", people.username_chosen)
        adapters.on("tip_ring", people.tip_ring)
        adapters.on("hashes_known", keeping_out.hashes_known)


def _know_cases(subjects, register_nav):
    from accounts.domain import notices
    from civitai import adapters
    from moderation import case_showing, people
    from moderation.domain.cases import fees
    from wallet import kinds

    subjects.register(
        "moderation.RemovalCase", name=_("Removal case"), describe=case_showing.describe,
        hide=case_showing.not_here, restore=case_showing.not_here,
    )  # fmt: skip
    adapters.fill("told_of_hold", fees.told_of)
    adapters.fill("resolve_url", people.resolve)
    adapters.fill("case_snapshot", people.snapshots)
    for event in ("frozen", "taken_down", "name_taken_out", "restored"):
        adapters.on(event, getattr(people, event))
    notices.register_kind("case", text=_("Removal case %(about)s: something has happened"), icon="scale")
    kinds.register("style_fee", out=_("Style fee"), into=_("Style fee received"))
    kinds.register("style_claim", out=_("Style fees"), into=_("Style fees, claimed"))
    register_nav("cases", _("Your cases"), "cases", "scale", 45, menu="own")
    register_nav("removal", _("Ask for removal"), "removal", "scale", 40, menu="foot")
