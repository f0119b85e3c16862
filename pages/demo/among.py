"""What the demo site's people say to each other: reviews, talk below pictures and models, collections; and who
downloaded what.
"""

import random
import uuid
from datetime import timedelta

from django.utils import timezone

from civitai.levels import Level
from community.domain import collecting, reacting, threads
from community.models import Collection, Comment
from gallery.models import Image
from models_hub.domain import downloading, reviewing
from models_hub.models import Model, ModelVersion, Review

SPACE = uuid.UUID("5f0c0f26-1a0e-4b8e-9c57-8f1d6c1f3a10")
# Below what one member may say in a minute; see community.domain.threads.
MOST_EACH = 6

REVIEWS = [
    ("petrichor", True, "Depth is the best of any that I tried. Skies band a little below 25 steps."),
    ("ines", True, "As sombras ficaram lindas em formatos altos. Com peso 0,7 não precisei de negativo nenhum."),
    ("linnea", True, "Holds up at 0.6 beside two other LoRAs. The card says where it is weak, and it is right."),
    ("joaquin", False, "Muy bonito, pero con retratos se rompe. Para arquitectura sí."),
    ("noor", True, "يعمل جيدًا مع السماء الليلية."),
    ("vo_dalva", True, ""),
    ("oluwaseun", True, "Clean edges, and it **tiles** when you ask for symmetry in the prompt."),
    ("mira_k", False, "Too strong above 0.9; everything turns into the same texture."),
    ("tadeu.luz", True, "Fim de tarde com isto fica como eu lembrava."),
]
TALKS = [
    [("kirigami", "紙の影がとても自然です。何枚重ねですか？"), ("owner", "Six, and the sky. The weight is at 0.85; above 1 the edges begin to curl."), ("kirigami", "ありがとう！")],
    [("sable", "I have looked at this for ten minutes. What is the seed?"), ("petrichor", "It is in the settings below the prompt. And `@sable`, try 30 steps."), ("sable", "Found it. Remixed it, of course.")],
    [("vo_dalva", "Que lindeza. Minha neta vai querer imprimir."), ("owner", "Pode imprimir, vó! 💚")],
    [("linnea", "The light comes from two sides, or is it a window behind us?"), ("owner", "A window behind us. @linnea has the eye of somebody who works with glass.")],
    [("noor", "رائع. الغيوم تبدو حقيقية."), ("joaquin", "Totalmente.")],
    [("mira_k", "Which sampler? Mine gets noisy in the dark parts."), ("petrichor", "DPM++ 2M with Karras; the dark parts need the last five steps.")],
    [("oluwaseun", "The left edge would tile if you cut 12 px. I tried."),],
    [("tadeu.luz", "O horizonte está meio grau torto, e é por isso que funciona.")],
]  # fmt: skip
QUESTIONS = [
    [("sable", "Does it work at 512 × 512, or only larger?"), ("owner", "From 512 up. Below that it loses the fine lines.")],
    [("ines", "Posso usar para uma capa de livro?"), ("owner", "Sim, a licença abaixo permite. Manda uma foto quando sair!"), ("ines", "Mando!")],
    [("petrichor", "What did you caption it with?"), ("owner", "By hand, every one. It took two evenings.")],
]  # fmt: skip
COLLECTIONS = [
    ("ines", "Azul", "Tudo que é azul e fica bem na parede.", "public", 9),
    ("sable", "To remix one day", "", "private", 6),
    ("sable", "Light through things", "Glass, leaves, fog, paper: light that had to work to get here.", "public", 8),
    ("mvhr", "Endpapers", "What I would bind a book with.", "public", 7),
    ("linnea", "Fönster", "", "unlisted", 5),
]


def seed_among(members):
    """Through the domain alone, the same each time; what stands there already is left alone."""
    rng = random.Random(11)
    said = dict.fromkeys(members, 0)
    images = list(
        Image.objects.in_feed().filter(level=Level.PG).select_related("owner", "post").order_by("-likes", "id")[:24]
    )
    models = list(Model.objects.published().select_related("owner").order_by("-likes", "id")[:12])
    for number, image in enumerate(images[: len(TALKS)]):
        _talk(members, "gallery.Image", image, TALKS[number], said)
    for number, model in enumerate(models[: len(QUESTIONS)]):
        _talk(members, "models_hub.Model", model, QUESTIONS[number], said)
    for number, model in enumerate(models):
        _review(members, model, rng.sample(REVIEWS, min(len(REVIEWS), 5 if number < 3 else 2)))
    for row in COLLECTIONS:
        _collect(members, row, images, models, rng)
    for image in images[:3]:
        collecting.keep(members["sable"], "gallery.Image", image.pk)


def seed_downloads(members):
    """By visitors, over the last weeks; some models are wanted by many, most by a few."""
    now, rng = timezone.now(), random.Random(13)
    for version in ModelVersion.objects.filter(state="published", model__state="published", downloads=0).order_by("id"):
        file = version.files.filter(state="ready").select_related("version__model").first()
        for number in range(2 + int(rng.random() ** 2 * 30) if file else 0):
            downloading.count(file, None, address=f"visitor {number}", now=now - timedelta(days=rng.randint(0, 40)))


def _talk(members, label, row, lines, said):
    """One conversation: each line answers the one before it."""
    before = None
    for place, (name, text) in enumerate(lines):
        author = row.owner if name == "owner" else members[name]
        if name != "owner" and author.pk == row.owner_id:
            continue
        key = uuid.uuid5(SPACE, f"{label} {row.pk} {place}")
        known = Comment.objects.filter(author=author, key=key).first()
        if known is None and said.get(author.username, MOST_EACH) < MOST_EACH:
            known = threads.comment(author, label, row.pk, text, parent_id=before and before.pk, key=key)
            said[author.username] += 1
            if before is not None and before.author_id != author.pk:
                reacting.toggle(author, "community.Comment", before.pk, wanted=True)
        before = known or before


def _review(members, model, chosen):
    version = model.versions.filter(state="published").select_related("model__owner").order_by("index", "-id").first()
    for name, recommends, text in chosen:
        author = members[name]
        if author.pk == model.owner_id or Review.objects.filter(version=version, author=author).exists():
            continue
        reviewing.review(author, version, recommends=recommends, text=text)


def _collect(members, row, images, models, rng):
    name, title, description, shown, count = row
    owner = members[name]
    chosen = rng.sample(images, min(count, len(images)))
    if Collection.objects.filter(owner=owner, name=title).exists():
        return
    made = collecting.begin(owner, name=title, description=description, shown=shown)
    for image in reversed(chosen):
        collecting.put(made, "gallery.Image", image.pk, by=owner)
    for model in models[: count // 3]:
        collecting.put(made, "models_hub.Model", model.pk, by=owner)
