"""A member's portrait is a picture like any other: the accounts room hands over the file and wears its id."""

from civitai.levels import Level
from community.domain import pictures


def portrait_given(user, file, filename):
    """Listens to "portrait_given"; answers the id of a picture that everyone may see. Raises Refused for its size."""
    picture = pictures.add(user, file, filename=filename, level=Level.PG)
    pictures.show([picture])
    return picture.pk
