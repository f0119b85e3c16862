"""What the bar shows of this room; no query beyond the user that is loaded anyway."""


def page_context(request):
    user = getattr(request, "user", None)
    count = getattr(user, "unread_notices", 0)
    return {"unread_count": count, "unread_shown": "9+" if count > 9 else str(count)}
