"""How many images were made with a model; always counted from the rows, never by steps."""

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from gallery.models import ImageResource, ImageUse
from models_hub.models import Model, ModelVersion


def recount_for(images):
    """The versions that these images name, and their models."""
    versions = ImageResource.objects.filter(image__in=[image.pk for image in images], version__isnull=False)
    recount(set(versions.values_list("version_id", flat=True)))


def recount(version_ids):
    """Writes `images` of versions and of their models as the feed has them."""
    if not version_ids:
        return
    of_version = ImageUse.objects.filter(version=OuterRef("pk")).order_by().values("version")
    of_model = ImageUse.objects.filter(version__model=OuterRef("pk")).order_by().values("version__model")
    versions = ModelVersion.objects.filter(pk__in=version_ids)
    versions.update(images=_count(of_version, "image"))
    Model.objects.filter(versions__in=version_ids).update(images=_count(of_model, "image"))


def _count(rows, field):
    counted = rows.annotate(n=Count(field, distinct=True)).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
