"""Loads by id, makes one domain call."""

from civitai.tasks import cpu_task, io_task
from community.domain import pictures
from community.models import Picture


@cpu_task(name="community.prepare_picture")
def prepare_picture(picture_id):
    pictures.prepare(Picture.objects.get(pk=picture_id))


@io_task(name="community.place_picture")
def place_picture(picture_id):
    pictures.place(Picture.objects.get(pk=picture_id))


@io_task(name="community.sweep_picture")
def sweep_picture(picture_id):
    pictures.sweep(Picture.objects.get(pk=picture_id))


@io_task(name="community.nudge_pictures")
def nudge_pictures():
    pictures.nudge()
