from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GalleryConfig(AppConfig):
    name = "gallery"
    verbose_name = _("gallery")

    def ready(self):
        from accounts.domain import notices
        from civitai import adapters, nav
        from community.domain import reacting
        from gallery import among, published, queries, subjects
        from gallery.domain import hiding, made_with
        from gallery.metadata import clean, reader

        adapters.on("picture_text", lambda file: getattr(reader.read(file), "text", ""))
        adapters.on("picture_cleaned", lambda data: clean.cleaned(data))
        adapters.on("picture_ready", _picture_ready)
        adapters.on("picture_released", _picture_released)
        adapters.on("model_of_person", _model_marked)
        adapters.fill("pictures_within", hiding.within)
        adapters.on("pictures_quarantined", hiding.quarantined)
        adapters.on("quarantined", made_with.quarantined)
        adapters.on("quarantine_lifted", made_with.quarantine_lifted)
        adapters.on("pictures_out_of_quarantine", hiding.out_of_quarantine)
        adapters.fill("version_gallery", queries.version_gallery)
        adapters.fill("picture_recipes", published.of_pictures)
        adapters.fill("picture_shown", queries.shown_pictures)
        reacting.register_subject(queries.SUBJECT, "gallery.Image", counter="likes", name=among.title_of)
        notices.register_kind(
            "made_with_person",
            text=_("Images made with “%(about)s” are hidden: a moderator said that it shows a real person."),
            icon="shield-check",
        )
        among.register()
        subjects.register()
        _hear_of_cases(adapters)
        nav.register_nav("images", _("Images"), "images", "images", 10)


def _picture_ready(*, picture, **facts):
    from gallery.domain import posting

    posting.picture_ready(picture)


def _picture_released(*, picture, **facts):
    from gallery.domain import guarding

    guarding.picture_released(picture)


def _model_marked(**facts):
    from gallery.domain import guarding

    guarding.model_marked(**facts)


def _hear_of_cases(adapters):
    from gallery.domain import withholding

    for event in ("frozen", "taken_down", "name_taken_out", "restored"):
        adapters.on(event, getattr(withholding, event))
    adapters.on("picture_rewritten", withholding.rewritten)
    adapters.fill("resolve_url", withholding.resolve)
    adapters.fill("case_snapshot", withholding.snapshots)
    adapters.fill("hashes_of", withholding.hashes_of)
    adapters.fill("find_by_sha256", withholding.find_by_sha256)
    adapters.fill("case_files", withholding.case_files)
    adapters.fill("made_under_licence", withholding.made_under_licence)
