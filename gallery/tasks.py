"""Makes one domain call."""

from civitai.tasks import io_task
from gallery.domain import placing


@io_task(name="gallery.leave_periods")
def leave_periods():
    placing.leave_periods()
