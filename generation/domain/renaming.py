"""Takes a name out of what was drawn with a model and lies in its owner's list: posted later, it would say it again."""

from django.db.models import Q

from community.models import Picture
from generation.models import Generation, GenerationResult
from models_hub.domain.renaming import clean_picture
from moderation.domain.cases import traces
from moderation.naming import Names

GENERATION, MODEL = "generation.Generation", "models_hub.Model"
WORDS = ("prompt", "negative_prompt")


def name_taken_out(*, subject, pk, names, case, **facts):
    """[(what, how many)]: the prompts, and the texts in the files of the pictures."""
    if subject != MODEL:
        return None
    names = Names(names)
    drawn = Generation.objects.filter(Q(base__model=pk) | Q(resources__version__model=pk))
    for row in Generation.objects.filter(names.written_in(*WORDS), pk__in=drawn.values("pk")):
        _words(row, names, case)
    results = GenerationResult.objects.filter(generation__in=drawn)
    shots = Picture.objects.filter(names.written_in("filename", "generation_text"), pk__in=results.values("picture"))
    return [("images_cleaned", sum(clean_picture(picture, names, case) for picture in shots))]


def _words(row, names, case):
    before = {field: getattr(row, field) for field in WORDS}
    after = {field: names.out_of_value(text) for field, text in before.items()}
    if after != before:
        traces.keep(case, GENERATION, row.pk, before)
        Generation.objects.filter(pk=row.pk).update(**after)


def restored(*, subject, pk, case, **facts):
    """The prompts again; the pictures are put back with those of the model."""
    if subject != MODEL:
        return None
    found = list(traces.of(case, GENERATION))
    for trace in found:
        Generation.objects.filter(pk=trace.row).update(**trace.before)
        traces.undone(trace)
    return [("restored", len(found))] if found else None
