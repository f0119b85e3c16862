"""Taking a name out of everything: how long rows that say it are looked for, at many images and generations."""

import argparse
import json
import sys
import time
from contextlib import contextmanager

GOAL_S = 1.0
NAMES = ["Helena Prado", "hprado"]
SAYS = 20


def generations(count):
    """`count` generations with one base and as many different prompts, of which SAYS say the name."""
    from django.utils import timezone

    from accounts.models import User
    from generation.models import Generation
    from models_hub.models import ModelVersion

    owner, base = User.objects.first(), ModelVersion.objects.order_by("pk").first()
    step = count // SAYS
    Generation.objects.bulk_create(
        (
            Generation(
                owner=owner, base=base, submission=f"bench{n}", state="done", finished_at=timezone.now(), seed=n,
                prompt=_prompt(n, step), negative_prompt="blurry, low quality", width=512, height=512, count=1, steps=20, cfg_scale=5, sampler="Euler",
            )
            for n in range(count)
        ),
        batch_size=2000,
    )  # fmt: skip
    return base.model_id


def prompts(count):
    """Each image has a prompt of its own, and SAYS of them say the name in one of its spellings."""
    from django.db import connection

    words = ["moon", "paper", "harbour", "fox", "lantern", "rain", "violet", "copper", "orchard", "glass"]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE gallery_image SET prompt = (SELECT string_agg((%s::text[])[1 + (gallery_image.id * k * 7919 / 13) %% 10] || "
            "(gallery_image.id * k) %% 97, ', ') FROM generate_series(1, 40) k) || CASE WHEN id %% %s = 0 THEN ', by h3lena_PRADO' ELSE '' END",
            [words, count // SAYS],
        )


@contextmanager
def built_afterwards():
    """Rows by the hundred thousand go in without the indexes of their letters, which are built at once when all are there."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE '%\\_letters' AND indexdef LIKE '%squashed%'"
        )
        known = cursor.fetchall()
        for name, _definition in known:
            cursor.execute(f"DROP INDEX {name}")
        yield
        for _name, definition in known:
            cursor.execute(definition)


def _prompt(n, step):
    words = ("moon", "paper", "harbour", "fox", "lantern", "rain", "violet", "copper", "orchard", "glass")
    said = ", by Helena-Prado" if n % step == 0 else ""
    return ", ".join(f"{words[n * k * 7919 // 13 % 10]}{n * k % 97}" for k in range(1, 41)) + said


def timed(look):
    started = time.perf_counter()
    found = look()
    return time.perf_counter() - started, found


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    asked = parser.parse_args(arguments if arguments is not None else sys.argv[1:])

    import django

    django.setup()
    from django.db import transaction
    from django.test.utils import setup_databases, teardown_databases

    from benchmarks import _rows

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with transaction.atomic():
            members, tags = _rows.people()
            with built_afterwards():
                _rows.images(asked.count, members, tags)
                _rows.models(1000, members, tags)
                prompts(asked.count)
                model = generations(asked.count)
            missed = figures(model, asked.count)
            transaction.set_rollback(True)
    finally:
        teardown_databases(databases, verbosity=0)
    return missed


def figures(model, count):
    from django.db import connection

    from gallery.domain import withholding
    from gallery.models import Post
    from generation.models import Generation
    from moderation.naming import Names

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    names, missed = Names(NAMES), 0
    asked = {
        "images that say a name": lambda: len(withholding._named(model, names)),
        "posts that say a name": lambda: Post.objects.filter(names.written_in("title", "description")).count(),
        "generations that say a name": lambda: Generation.objects.filter(
            names.written_in("prompt", "negative_prompt"), base__model=model
        ).count(),
    }
    for what, look in asked.items():
        took, found = timed(look)
        is_met = took <= GOAL_S
        missed += not is_met
        print(json.dumps({"benchmark": "renaming", "what": what, "rows": count, "found": found, "seconds": round(took, 3), "goal": GOAL_S, "met": is_met}))  # fmt: skip
    return missed


if __name__ == "__main__":
    sys.exit(main())
