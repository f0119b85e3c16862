"""What the database can't do for places by itself: see that time has passed."""

from django.utils import timezone

from gallery.models import ImagePeriod, ImageRising


def leave_periods():
    """Takes images out of periods that they have left, and out of what rises; feeds leave them out already.
    Returns how many places went.
    """
    # A feed's hour may have begun before they left.
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    sunk = ImageRising.objects.filter(rising__lte=ImageRising.least(hour))
    return ImagePeriod.objects.filter(leaves_at__lte=hour).delete()[0] + sunk.delete()[0]
