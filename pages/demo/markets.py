"""Credits in pockets, tips and receipts; bounties that run, end soon, and were won."""

import tempfile
from datetime import timedelta
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from bounties.domain import entering, publishing, staking
from bounties.models import Bounty, EntryFileCheck
from bounties.tasks import check_file
from civitai import storages
from community.domain import pictures
from gallery.models import Image
from models_hub.models import ModelVersion
from pages.demo import loras
from pages.demo.works import SDXL
from wallet.domain import accounts, rewards, tipping
from wallet.domain.transfers import transfer
from wallet.models import Transfer
from wallet.money import credits

POCKETS = {
    "ines": 900,
    "sable": 640,
    "mvhr": 1500,
    "kirigami": 400,
    "oluwaseun": 2500,
    "vo_dalva": 6000,
    "tadeu.luz": 1240,
}
TIPS = (
    ("sable", "ines", 25, "Que luz!"),
    ("oluwaseun", "linnea", 60, "For the lead lines."),
    ("ines", "kirigami", 45, "紙の影に"),
)


def seed_wallet(members):
    if Transfer.objects.filter(key="demo:ines").exists():
        return
    for name, amount in POCKETS.items():
        moves = [(accounts.house("issuance"), -credits(amount)), (accounts.of(members[name]), credits(amount))]
        transfer("grant", key=f"demo:{name}", moves=moves)
        rewards.claim_daily(members[name])
    for number, (giver, receiver, amount, note) in enumerate(TIPS):
        tipping.tip(members[giver], members[receiver], credits(amount), key=f"demo-{number}", note=note)


# (owner, name, brief, type, base, stake, days, rest, backers, entries)
BOUNTIES = (
    (
        "vo_dalva", "Azulejo panels: a LoRA that tiles without seams",
        "Minha cozinha perdeu 41 azulejos em 1974 e ninguém faz mais o desenho. Quero um LoRA que desenhe painéis novos que "
        "**emendem nos quatro lados**.\n\n- Tiles on all four sides, shown as a 3 × 3 sheet\n- Says which pictures it was trained on",
        "LoraCreation", "SDXL 1.0", 5000, 9, "leading", (("oluwaseun", 1500), ("sable", 300)), ("linnea", "kirigami", "ines"),
    ),
    (
        "oluwaseun", "Adire indigo: ten sheets of resist-dyed cloth",
        "Ten images, any model from here, recipe attached. Indigo and white, no people.",
        "ImageCreation", "", 600, 1, "refund", (("ines", 100),), ("mira_k",),
    ),
    (
        "mvhr", "Endpapers for a book of tides", "Marbled, in two greens, quiet enough to write on.",
        "ImageCreation", "", 400, 5, "refund", (), ("tadeu.luz",),
    ),
)  # fmt: skip


def seed_bounties(members):
    for number, row in enumerate(BOUNTIES):
        owner, name, brief, kind, base, stake, days, rest, backers, entrants = row
        if Bounty.objects.filter(name=name).exists():
            continue
        bounty = publishing.put_up(
            members[owner],
            name=name,
            description=brief,
            type=kind,
            base_model=base,
            reward=credits(stake),
            ends_at=timezone.now() + timedelta(days=days, hours=number),
            rest=rest,
            files=_files(members[owner], 3),
            submission=f"{number:032x}",
        )
        for backer, amount in backers:
            staking.contribute(bounty, members[backer], credits(amount), key="demo")
        entries = [_enter(bounty, members[entrant], kind, place) for place, entrant in enumerate(entrants)]
        if name.startswith("Endpapers"):
            staking.award(entries[0], members[owner])
        for shown in (bounty, *entries):
            for one in shown.shown.select_related("picture"):
                pictures.prepare(one.picture)


def _enter(bounty, member, kind, place):
    shown = ModelVersion.objects.visible_to(None).filter(model__owner=member).select_related("model")
    own = shown.first() if kind != "ImageCreation" else None
    entry = entering.enter(
        bounty,
        member,
        name=("Sem fim", "Peacock tiles", "Reaction, glazed")[place % 3],
        description="",
        images=_files(member, 3),
        files=[] if own or kind == "ImageCreation" else [_lora(place)],
        version=own,
        submission=f"{bounty.pk:016x}{place:016x}",
    )
    for job in EntryFileCheck.objects.filter(file__entry=entry):
        check_file.plain(job.pk)
    return entry


def _lora(place):
    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        path = Path(folder) / "azulejo.safetensors"
        loras.write(path, base=SDXL, seed=place, rank=4, words=("azulejo",), name="azulejo")
        return SimpleUploadedFile(path.name, path.read_bytes())


def _files(member, count):
    """Pictures that the member has hung already, as a browser would send them; anybody's where they have none."""
    rows = Image.objects.in_feed().select_related("picture").order_by("id")
    own = list(rows.filter(owner=member)[:count]) or list(rows[:count])
    return [
        SimpleUploadedFile(f"{image.pk}.png", storages.private().read(image.picture.key), content_type="image/png")
        for image in own
    ]
