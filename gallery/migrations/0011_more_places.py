"""Places by comments, of models, and of what rises: what programs and followers ask for is found in one index too."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from civitai.levels import Level

SHOWN = "i.sort_at IS NOT NULL AND i.hidden_at IS NULL"
PERIODS = "(1), (7), (30), (365)"
# Twelve hours halve a heart; see ImageRising.
HALF, LASTS = "43200.0", "48 hours"
# Places with comments, or as they were before.
NOW, BEFORE = ", comments", ""


def columns(more):
    return f"sort_at, likes{more}, level, owner, base_model, made_here, tag_ids"


def values(more):
    return f"i.sort_at, i.likes{more and ', i.comments'}, i.level, i.owner_id, i.base_model, i.made_here, i.tag_ids"


def tags(more):
    return f"""INSERT INTO gallery_imagetag (tag_id, image_id, {columns(more)})
    SELECT DISTINCT tag, i.id, {values(more)} FROM gallery_image i, unnest(i.tag_ids) tag WHERE {SHOWN}"""


def uses(more):
    return f"""INSERT INTO gallery_imageuse (version_id, image_id, {columns(more)})
    SELECT DISTINCT r.version_id, i.id, {values(more)} FROM gallery_image i JOIN gallery_imageresource r ON r.image_id = i.id
    WHERE {SHOWN} AND r.version_id IS NOT NULL"""


def times(more):
    return f"""INSERT INTO gallery_imageperiod (days, leaves_at, image_id, {columns(more)})
    SELECT p.days, i.sort_at + p.days * interval '1 day', i.id, {values(more)} FROM gallery_image i, (VALUES {PERIODS}) p (days)
    WHERE {SHOWN} AND i.sort_at > now() - p.days * interval '1 day'"""


OF_MODELS = f"""INSERT INTO gallery_imageofmodel (model_id, image_id, {columns(NOW)})
    SELECT DISTINCT v.model_id, i.id, {values(NOW)} FROM gallery_image i JOIN gallery_imageresource r ON r.image_id = i.id
    JOIN models_hub_modelversion v ON v.id = r.version_id WHERE {SHOWN}"""
# The greatest goes before the sum, so that no number grows beyond what a double holds.
RISING = f"""INSERT INTO gallery_imagerising (image_id, rising, {columns(NOW)})
    SELECT i.id, h.greatest + ln(h.rest) / ln(2), {values(NOW)} FROM gallery_image i
    CROSS JOIN LATERAL (
        SELECT max(worth) AS greatest, sum(power(2, worth - top)) AS rest FROM (
            SELECT extract(epoch FROM r.at)::float8 / {HALF} AS worth, max(extract(epoch FROM r.at)::float8 / {HALF}) OVER () AS top
            FROM community_reaction r
            WHERE r.subject = 'gallery.Image' AND r."row" = i.id AND r.kind = 'heart' AND r.user_id <> i.owner_id
                AND r.at > now() - 4 * interval '{LASTS}'
        ) hearts
    ) h
    WHERE {SHOWN} AND h.greatest + ln(h.rest) / ln(2) > extract(epoch FROM now() - interval '{LASTS}')::float8 / {HALF}"""


def kept(more):
    """The functions that 0007 made."""
    of_models = (
        f"DELETE FROM gallery_imageofmodel WHERE image_id = wanted; {OF_MODELS} AND i.id = wanted;" if more else ""
    )
    rising = "PERFORM gallery_place_rising(NEW.id);" if more else ""
    also = ("gallery_imageofmodel", "gallery_imagerising") if more else ()
    three = ("gallery_imagetag", "gallery_imageuse", "gallery_imageperiod", *also)
    set_to = "likes = NEW.likes, comments = NEW.comments" if more else "likes = NEW.likes"
    where = "(likes, comments) <> (NEW.likes, NEW.comments)" if more else "likes <> NEW.likes"
    counted = " ".join(f"UPDATE {table} SET {set_to} WHERE image_id = NEW.id AND {where};" for table in three)
    gone = " ".join(f"DELETE FROM {table} WHERE image_id = OLD.id;" for table in three)
    return f"""
CREATE OR REPLACE FUNCTION gallery_place_uses(wanted bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM gallery_imageuse WHERE image_id = wanted;
    {uses(more)} AND i.id = wanted;
    {of_models}
$$;
CREATE OR REPLACE FUNCTION gallery_image_placed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM gallery_imagetag WHERE image_id = NEW.id;
    DELETE FROM gallery_imageperiod WHERE image_id = NEW.id;
    {tags(more)} AND i.id = NEW.id;
    {times(more)} AND i.id = NEW.id;
    PERFORM gallery_place_uses(NEW.id);
    {rising}
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION gallery_image_liked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {counted}
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION gallery_image_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {gone}
    RETURN NULL;
END $$;
"""


FORWARD = f"""
CREATE FUNCTION gallery_place_rising(wanted bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM gallery_imagerising WHERE image_id = wanted;
    {RISING} AND i.id = wanted;
$$;
{kept(NOW)}
-- Hearts and comments come often; they move a place, and make none.
CREATE TRIGGER gallery_image_discussed AFTER UPDATE OF comments ON gallery_image
    FOR EACH ROW WHEN (OLD.comments <> NEW.comments AND OLD.likes = NEW.likes) EXECUTE FUNCTION gallery_image_liked();

-- A heart more is added to those before it; what one taken back leaves is summed again, which no rounding can upset.
CREATE FUNCTION gallery_heart_given() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM gallery_image WHERE id = NEW."row" FOR NO KEY UPDATE;
    INSERT INTO gallery_imagerising AS kept (image_id, rising, {columns(NOW)})
        SELECT i.id, extract(epoch FROM NEW.at)::float8 / {HALF}, {values(NOW)} FROM gallery_image i
        WHERE i.id = NEW."row" AND i.owner_id <> NEW.user_id AND {SHOWN}
            AND NEW.at > now() - interval '{LASTS}'
        ON CONFLICT (image_id) DO UPDATE SET rising = greatest(kept.rising, excluded.rising)
            + ln(1 + power(2, -abs(kept.rising - excluded.rising))) / ln(2);
    RETURN NULL;
END $$;
CREATE TRIGGER gallery_heart_given AFTER INSERT ON community_reaction
    FOR EACH ROW WHEN (NEW.subject = 'gallery.Image' AND NEW.kind = 'heart') EXECUTE FUNCTION gallery_heart_given();
CREATE FUNCTION gallery_heart_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM gallery_image WHERE id = OLD."row" FOR NO KEY UPDATE;
    PERFORM gallery_place_rising(OLD."row");
    RETURN NULL;
END $$;
CREATE TRIGGER gallery_heart_taken AFTER DELETE ON community_reaction
    FOR EACH ROW WHEN (OLD.subject = 'gallery.Image' AND OLD.kind = 'heart') EXECUTE FUNCTION gallery_heart_taken();

UPDATE gallery_imagetag p SET comments = i.comments FROM gallery_image i WHERE i.id = p.image_id AND i.comments > 0;
UPDATE gallery_imageuse p SET comments = i.comments FROM gallery_image i WHERE i.id = p.image_id AND i.comments > 0;
UPDATE gallery_imageperiod p SET comments = i.comments FROM gallery_image i WHERE i.id = p.image_id AND i.comments > 0;
{OF_MODELS};
{RISING};
"""
BACKWARD = f"""
DROP TRIGGER gallery_heart_taken ON community_reaction;
DROP FUNCTION gallery_heart_taken();
DROP TRIGGER gallery_heart_given ON community_reaction;
DROP FUNCTION gallery_heart_given();
DROP TRIGGER gallery_image_discussed ON gallery_image;
{kept(BEFORE)}
DROP FUNCTION gallery_place_rising(bigint);
"""

SAID = ("sort_at", "likes", "comments", "level", "owner", "base_model", "made_here", "tag_ids")


def places_by(*of, key, more=(), name):
    rest = [field for field in SAID if field not in (key, *of)]
    return models.Index(*map(F, of), F(key).desc(), F("image").desc(), include=[*rest, *more], name=name)


def shown_by(*of, key, name):
    rest = [field for field in SAID if field not in (key, "likes", "comments", *of)]
    shown = Q(sort_at__isnull=False, hidden_at=None)
    return models.Index(*map(F, of), F(key).desc(), F("id").desc(), include=rest, condition=shown, name=name)


def linked(to, kind=models.ForeignKey, related_name="+", **how):
    return kind(on_delete=django.db.models.deletion.CASCADE, related_name=related_name, to=to, **how)


def place(name, indexes, *fields):
    return migrations.CreateModel(
        name=name,
        fields=[
            ("sort_at", models.DateTimeField()),
            ("likes", models.PositiveIntegerField()),
            ("comments", models.PositiveIntegerField()),
            ("level", models.PositiveSmallIntegerField(choices=Level.choices)),
            ("owner", models.BigIntegerField(help_text="key of a user; goes with its image")),
            ("base_model", models.CharField(max_length=40)),
            ("made_here", models.BooleanField()),
            ("tag_ids", django.contrib.postgres.fields.ArrayField(models.BigIntegerField())),
            *fields,
        ],
        options={"indexes": indexes},
    )


class Migration(migrations.Migration):
    dependencies = [
        ("gallery", "0010_made_with"),
        ("community", "0001_initial"),
        ("models_hub", "0001_initial"),
    ]
    operations = [
        *[
            migrations.AddField(name, "comments", models.PositiveIntegerField(default=0), preserve_default=False)
            for name in ("imagetag", "imageuse", "imageperiod")
        ],
        place(
            "ImageOfModel",
            [
                places_by("model", key="sort_at", name="image_model_by_time"),
                places_by("model", key="likes", name="image_model_by_likes"),
                places_by("model", key="comments", name="image_model_by_comments"),
            ],
            ("image", linked("gallery.image")),
            ("model", linked("models_hub.model", db_index=False)),
            (
                "pk",
                models.CompositePrimaryKey(
                    "model_id", "image_id", blank=True, editable=False, primary_key=True, serialize=False
                ),
            ),
        ),
        place(
            "ImageRising",
            [
                models.Index(F("rising").desc(), F("image").desc(), include=list(SAID), name="image_rising"),
                places_by("owner", key="rising", name="image_rising_owner"),
            ],
            ("rising", models.FloatField()),
            ("image", linked("gallery.image", models.OneToOneField, "rise", primary_key=True, serialize=False)),
        ),
        # With comments among what they say.
        migrations.RemoveIndex("imagetag", "image_tag_newest"),
        migrations.RemoveIndex("imagetag", "image_tag_liked"),
        migrations.RemoveIndex("imageuse", "image_use_newest"),
        migrations.RemoveIndex("imageuse", "image_use_liked"),
        migrations.RemoveIndex("imageperiod", "image_period_liked"),
        *[
            migrations.AddIndex(place, places_by(of, key=key, name=f"image_{name}_by_{by}"))
            for place, of, name in (("imagetag", "tag", "tag"), ("imageuse", "version", "use"))
            for key, by in (("sort_at", "time"), ("likes", "likes"), ("comments", "comments"))
        ],
        migrations.AddIndex(
            "imageperiod", places_by("days", key="likes", more=["leaves_at"], name="image_period_by_likes")
        ),
        migrations.AddIndex(
            "imageperiod", places_by("days", key="comments", more=["leaves_at"], name="image_period_by_comments")
        ),
        migrations.AddIndex(
            "imageperiod",
            places_by("days", "owner", key="likes", more=["leaves_at"], name="image_period_owner_by_likes"),
        ),
        migrations.AddIndex("image", shown_by("owner", key="sort_at", name="image_owner_shown")),
        migrations.AddIndex("image", shown_by("owner", key="likes", name="image_owner_liked")),
        migrations.AddIndex("image", shown_by("owner", key="comments", name="image_owner_discussed")),
        migrations.AddIndex("image", shown_by("base_model", key="comments", name="image_base_discussed")),
        migrations.AddIndex("image", shown_by(key="comments", name="image_discussed")),
        migrations.RemoveIndex("image", "image_owner_newest"),
        # Last: an index can't be made in the transaction that has written its rows.
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
