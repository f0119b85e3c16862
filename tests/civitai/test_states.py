"""One door for each change of state, on a real table of the kernel."""

import pytest

from civitai.errors import StaleState
from civitai.states import StateChange
from civitai.uploads import Upload, UploadState

pytestmark = pytest.mark.django_db


@pytest.fixture
def upload(people):
    return Upload.objects.create(
        owner=people.alice, purpose="x", filename="a", size_bytes=1, key="k", multipart_id="m", part_size=1
    )


def test_a_move_writes_state_fields_and_a_row(upload, people):
    upload.move(UploadState.COMPLETE, by=people.alice, because="sent", filename="b")
    stored = Upload.objects.get(pk=upload.pk)
    assert (stored.state, stored.filename, upload.filename) == ("complete", "b", "b")
    change = StateChange.objects.get(kind="civitai.Upload", row=str(upload.pk))
    assert (change.was, change.now, change.by, change.because) == ("open", "complete", people.alice, "sent")
    assert list(upload.history()) == [change]


@pytest.mark.parametrize("was", list(UploadState))
@pytest.mark.parametrize("to", list(UploadState))
def test_the_whole_table_lawful_and_unlawful(upload, was, to):
    Upload.objects.filter(pk=upload.pk).update(state=was)
    if Upload.moves.allow(was, to):
        upload.move(to)
        assert Upload.objects.get(pk=upload.pk).state == to
    else:
        with pytest.raises(StaleState):
            upload.move(to)
        assert Upload.objects.get(pk=upload.pk).state == was
        assert not StateChange.objects.exists()


def test_a_stale_copy_can_not_move(upload):
    copy = Upload.objects.get(pk=upload.pk)
    upload.move(UploadState.ABORTED)
    with pytest.raises(StaleState):
        copy.move(UploadState.COMPLETE)


def test_a_refused_write_leaves_no_row(upload):
    with pytest.raises(Exception, match="upload_size_positive"):
        upload.move(UploadState.COMPLETE, size_bytes=0)
