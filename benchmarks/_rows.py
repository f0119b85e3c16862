"""Many images and models by few statements: what feeds are measured on."""

from django.db import connection

# A hundred images a member at the full size.
PEOPLE, TAGS, USED, BASES = 2000, 300, 500, ("SDXL 1.0", "Pocket", "SD 1.5", "Pony")

# What triggers copy of an image into its places.
PLACE = "sort_at, likes, comments, level, owner, base_model, made_here, tag_ids"
OF_IMAGE = "i.sort_at, i.likes, i.comments, i.level, i.owner_id, i.base_model, i.made_here, i.tag_ids"
# One of so many is something that few are.
RARE = 500
FOLLOWED = (1, 10, 30, 100, 1000)


def people():
    """PEOPLE members, and TAGS tags; returns their ids."""
    from accounts.models import User
    from community.models import Tag

    User.objects.bulk_create(User(username=f"p{n}", email=f"p{n}@example.org") for n in range(PEOPLE))
    Tag.objects.bulk_create(Tag(name=f"tag {n}") for n in range(TAGS))
    members = list(User.objects.filter(username__startswith="p").order_by("id").values_list("id", flat=True))
    return members, list(Tag.objects.filter(name__startswith="tag ").order_by("id").values_list("id", flat=True))


def images(count, members, tags):
    """`count` published images, one post each, three tags each post; likes, bases and owners in no order."""
    from gallery.models import ImagePeriod

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the copies of tags are written below at once
        cursor.execute(
            """
            INSERT INTO gallery_post (owner_id, state, title, description, published_at, created_at, hidden_reason)
            SELECT (%(members)s::bigint[])[1 + n * 7919 %% %(people)s], 'published', '', '', now(), now(), ''
            FROM generate_series(1, %(count)s) n
            """,
            {"members": members, "people": len(members), "count": count},
        )
        cursor.execute(
            "INSERT INTO gallery_post_tags (post_id, tag_id) SELECT p.id, (%(tags)s::bigint[])[1 + (p.id * 31 + k * 97) %% %(n)s] "
            "FROM gallery_post p, generate_series(0, 2) k ON CONFLICT DO NOTHING",
            {"tags": tags, "n": len(tags)},
        )
        _copy(
            cursor,
            "community_picture",
            "SELECT gen_random_uuid() AS id, p.owner_id, 'ready' AS state, 'bench/' || p.id AS key, "
            "640 AS width, 800 AS height, 1 AS size_bytes, true AS is_public, 1 AS level, 1 AS least_level, p.id AS post FROM gallery_post p",
        )
        cursor.execute(
            """
            INSERT INTO gallery_image (post_id, owner_id, picture_id, position, level, sort_at, first_shown_at, prompt, negative_prompt,
                settings, base_model, hide_recipe, made_here, shows_real_person, likes, comments, created_at, hidden_reason, tag_ids)
            SELECT p.id, p.owner_id, s.id, 0, 1, now() - (p.id - (SELECT min(id) FROM gallery_post)) * interval '315 seconds', now(), repeat('a paper moon ', 20), '', '{}',
                (%(bases)s::text[])[1 + p.id %% %(n)s], false, false, false, p.id * 7919 %% 5000, p.id * 104729 %% 300, now(), '',
                (SELECT array_agg(t.tag_id) FROM gallery_post_tags t WHERE t.post_id = p.id)
            FROM gallery_post p JOIN bench_picture s ON s.post = p.id ORDER BY md5(p.id::text)
            """,
            {"bases": list(BASES), "n": len(BASES)},
        )
        cursor.execute(
            f"INSERT INTO gallery_imagetag (tag_id, image_id, {PLACE}) SELECT t, i.id, {OF_IMAGE} FROM gallery_image i, unnest(i.tag_ids) t"
        )
        cursor.execute(
            f"INSERT INTO gallery_imageperiod (days, leaves_at, image_id, {PLACE}) "
            f"SELECT p.days, i.sort_at + p.days * interval '1 day', i.id, {OF_IMAGE} FROM gallery_image i, "
            "(SELECT unnest(%s::int[]) AS days) p WHERE i.sort_at > now() - p.days * interval '1 day'",
            [list(ImagePeriod.DAYS)],
        )


def _copy(cursor, table, select):
    """Rows of `table` from a select of some of its columns; the others take what an empty Picture has."""
    from community.models import Picture

    cursor.execute(f"CREATE TEMP TABLE bench_picture ON COMMIT DROP AS {select}")
    empty = {
        "refusal": "''", "filename": "''", "content_type": "''", "sha256": "''", "pixels_sha256": "''", "thumbhash": "''",
        "tone": "'#445566'", "widths": "'{96,320,450,640}'", "generation_text": "''", "made_here": "false",
        "original_is_private": "false", "created_at": "now()", "hidden_reason": "''",
    }  # fmt: skip
    given = ["id", "owner_id", "state", "key", "width", "height", "size_bytes", "is_public", "level", "least_level"]
    columns = {field.column for field in Picture._meta.local_concrete_fields}
    rest = {name: value for name, value in empty.items() if name in columns}
    cursor.execute(
        f"INSERT INTO {table} ({', '.join([*given, *rest])}) SELECT {', '.join([*given, *rest.values()])} FROM bench_picture"
    )


def models(count, members, tags):
    """`count` published models with a version and two tags each."""
    from django.utils import timezone

    from models_hub.models import Model, ModelFile, ModelVersion

    now = timezone.now()
    made = Model.objects.bulk_create(
        (
            Model(
                type=("Checkpoint", "LORA", "LORA", "LORA", "TextualInversion")[n * 7 // 3 % 5],
                owner_id=members[n * 7919 % len(members)], state="published", name=f"Model {n}", published_at=now,
                last_version_at=now - timezone.timedelta(seconds=n * 7919 % 86_400_000), downloads=n * 31 % 100_000, likes=n * 17 % 5000,
                thumbs_up=n * 13 % 3000, comments=n * 11 % 400, collected=n * 7 % 900, images=n * 29 % 2000,
                tag_ids=[tags[n % len(tags)], tags[n * 3 % len(tags)]],
                # Each of these has something that most have, and something that few have.
                checkpoint_type=("Merge" if n % RARE == 1 else "Trained") if n * 7 // 3 % 5 == 0 else "",
                allow_no_credit=n % RARE != 2, allow_derivatives=n % RARE != 3, allow_different_license=n % RARE != 4,
                allow_commercial_use=["Sell"] if n % RARE == 5 else ["RentCivit"] if n % 10 else [],
                level_mask=16 if n % RARE == 6 else 1,
            )
            for n in range(count)
        ),
        batch_size=2000,
    )  # fmt: skip
    versions = ModelVersion.objects.bulk_create(
        (
            ModelVersion(
                model=model, state="published", name="v1", published_at=now,
                base_model="Kolors" if n % RARE == 7 else BASES[n % len(BASES)], can_generate=n % RARE == 8,
            )
            for n, model in enumerate(made)
        ),
        batch_size=2000,
    )  # fmt: skip
    for n, version in enumerate(versions):
        version.parent_id = versions[n - 1].pk if n % RARE == 9 else None
    ModelVersion.objects.bulk_update(versions[9::RARE], ["parent"], batch_size=2000)
    ModelFile.objects.bulk_create(
        (
            ModelFile(
                version=version, state="ready", name="x", key=f"bench/{version.pk}", size_bytes=1, is_primary=True, scanned_at=now,
                format="GGUF" if n % RARE == 10 else "SafeTensor",
            )
            for n, version in enumerate(versions)
        ),
        batch_size=2000,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT models_hub_place(id) FROM models_hub_model")


def follows(members):
    """{n: a member who follows n others} for each n of FOLLOWED."""
    from accounts.models import Follow, User

    found = {}
    for n in FOLLOWED:
        found[n] = User.objects.create_user(f"follows{n}", f"follows{n}@example.org", "correct horse")
        # Of a stride, so that they are not those who were made one after another.
        others = [members[k * 7 % len(members)] for k in range(min(n, len(members)))]
        Follow.objects.bulk_create(Follow(follower=found[n], followed_id=one) for one in dict.fromkeys(others))
    return found


def uses():
    """Each image is made with one of USED versions, in no order."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "INSERT INTO gallery_imageresource (image_id, version_id, name, type, hash, is_detected) "
            "SELECT i.id, v.ids[1 + i.id * 7919 %% least(%s, cardinality(v.ids))], '', 'lora', '', true FROM gallery_image i, "
            "(SELECT array_agg(id ORDER BY id) AS ids FROM models_hub_modelversion) v",
            [USED],
        )
        cursor.execute(
            f"INSERT INTO gallery_imageuse (version_id, image_id, {PLACE}) SELECT r.version_id, i.id, {OF_IMAGE} "
            "FROM gallery_image i JOIN gallery_imageresource r ON r.image_id = i.id"
        )
        cursor.execute(
            f"INSERT INTO gallery_imageofmodel (model_id, image_id, {PLACE}) SELECT DISTINCT v.model_id, i.id, {OF_IMAGE} "
            "FROM gallery_image i JOIN gallery_imageresource r ON r.image_id = i.id JOIN models_hub_modelversion v ON v.id = r.version_id"
        )


def hearts(members):
    """Those of two days: one for each fifth image, at any hour."""
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO community_reaction (user_id, subject, "row", kind, at) '
            "SELECT (%(members)s::bigint[])[1 + i.id * 31 %% %(people)s], 'gallery.Image', i.id, 'heart', "
            "now() - i.id * 7919 %% 172000 * interval '1 second' FROM gallery_image i WHERE i.id %% 5 = 0",
            {"members": members, "people": len(members)},
        )
        cursor.execute('SELECT gallery_place_rising("row") FROM community_reaction')
