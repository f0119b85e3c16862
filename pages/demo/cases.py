"""Artists are heard on the demo site: a case in talks, one closed with the name taken out, a licence that earns."""

from models_hub.models import Model
from moderation.case_states import CaseState
from moderation.domain.cases import deciding, executing, fees, filing, talking, verifying
from moderation.domain.cases.filing import Filing
from moderation.domain.cases.terms import DEFAULTS
from moderation.models import Execution, RemovalCase
from pages.demo import publishing
from pages.demo.drawing import drawn
from pages.demo.works import FREE, POCKET, SDXL, UPRIGHT, Series, Shot
from wallet.errors import NotEnough

ABOUT = "Lines cut by hand, or so it looks."
TALKS = Series(
    "ines", "Prado Linocut", SDXL, "riso", ("prado linocut", "linocut"), ("linocut", "print"), ABOUT,
    (Shot("", "", UPRIGHT, dict(seed=23, inks="e76f51 2a9d8f 264653 f4a261")),), FREE,
)  # fmt: skip
RENAMED = Series("vo_dalva", "Marta Sobral Xilogravura", SDXL, "forest", ("marta sobral", "woodcut"), ("woodcut", "print"), "Inspirado em Marta Sobral.", (Shot("", "", UPRIGHT, dict(seed=71, sky="f3e3c8 e3c9a0 c49a6c 8a5a3c 3f2a24")),), FREE)  # fmt: skip
LICENSED = Series("oluwaseun", "Ferraz Azulejo", POCKET, "weave", ("ferraz azulejo",), ("tiles", "pattern"), "With the artist's leave: a part of what each picture costs goes to him.", (Shot("", "", UPRIGHT, dict(seed=77, n=9, stops="f4efe2 9cc3e0 2f6fc0 17386e f4efe2", ground="0c2344")),), FREE)  # fmt: skip


def seed_cases(members):
    if RemovalCase.objects.exists():
        return
    _talks(members)
    _renamed(members)
    _licensed(members)


def _model(series, members):
    """Published with a cover of its own."""
    owner, shot = members[series.owner], series.shots[0]
    if (model := publishing.model_of(series, owner)) is not None:
        return model
    (png_bytes,) = drawn([(series.family, shot.size, shot.how)])
    return publishing.publish_model(series, owner, publishing.picture(owner, png_bytes, filename="cover.png"))


def _asked(model, moderator, *, artist, names, wish, units=0, statement=""):
    case, _token = filing.file(
        Filing(
            ticked=("style",),
            urls=(model.get_absolute_url(),),
            wish=wish,
            names=names,
            public_name=artist,
            legal_name=artist,
            email=f"{artist.split()[0].lower()}@atelier.example",
            units_per_image=units,
            statement=statement,
            address=f"demo {artist}",
        )
    )
    verifying.tick(case, by=moderator, because="A mail from the address on the artist's own page")
    return case


def _talks(members):
    case = _asked(
        _model(TALKS, members),
        members["mvhr"],
        artist="Helena Prado",
        names=("Helena Prado", "Prado"),
        wish="licensed",
        units=600,
        statement="I have carved since 1998. The model was made from the scans of my three books.",
    )
    talking.open_talks(case, by=members["mvhr"])
    told = {"outcome": "licensed", **DEFAULTS, "units_per_image": 400, "rating": "pg13"}
    words = "I carve too, and learned from your books. If this is too little, say what you would think right."
    talking.offer(case, "uploader", told, message=words, by=members[TALKS.owner])


def _renamed(members):
    case = _asked(
        _model(RENAMED, members), members["mvhr"], artist="Marta Sobral", names=("Marta Sobral",), wish="renamed"
    )
    why = "The name of a living artist who did not agree; the file's header says it too."
    deciding.decide(case, by=members["mvhr"], outcome="renamed", because=why)
    _carry_out(case)


def _licensed(members):
    model = _model(LICENSED, members)
    case = _asked(
        model, members["mvhr"], artist="Téo Ferraz", names=("Téo Ferraz", "Ferraz"), wish="licensed", units=500
    )
    talking.open_talks(case, by=members["mvhr"])
    offer = case.offers.get()
    talking.accept(case, "uploader", offer_id=offer.pk, terms_hash=offer.terms_hash, by=members[LICENSED.owner])
    _carry_out(case)
    if case.state != CaseState.LICENSED:
        return  # a worker of the running site is at it
    _units, parts = fees.per_image([publishing.version_of(Model.objects.get(pk=model.pk)).pk])
    for number, name in enumerate(("sable", "noor", "ines")):
        try:
            held = fees.set_aside(members[name], parts, 4, key=f"demo:style:{number}")
        except NotEnough:
            continue
        fees.settle(held.pk, parts, 4)


def _carry_out(case):
    for job in Execution.objects.filter(case=case, state="queued"):
        executing.execute(job.pk)
    case.refresh_from_db()
