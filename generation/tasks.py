"""Loads by id, makes one domain call."""

from civitai.tasks import gpu_task
from generation.domain import drawing


@gpu_task(name="generation.draw")
def draw(generation_id):
    drawing.draw(generation_id)
