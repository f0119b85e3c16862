"""Members who are there already sign in by the form."""

PASSWORD = "a rather long password"
KEEP = """
from accounts.models import User
from allauth.account.models import EmailAddress
for name, moderates in {people!r}:
    user, _made = User.objects.get_or_create(username=name, defaults={{"email": f"{{name}}@example.org"}})
    user.is_moderator = moderates
    user.set_password({password!r}); user.save()
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={{"verified": True, "primary": True}})
"""


def make_members(site, *people):
    """`people` are names, or (name, moderates)."""
    pairs = [one if isinstance(one, tuple) else (one, False) for one in people]
    site.python(KEEP.format(people=pairs, password=PASSWORD))


def sign_in(page, name, **options):
    """A page of that member's own browser; `page` is the fixture."""
    opened = page("/accounts/login/", **options)
    opened.locator("input[name=login]").fill(name)
    opened.locator("input[name=password]").fill(PASSWORD)
    opened.locator(
        "form:has(input[name=password]) button[type=submit], form:has(input[name=password]) button:not([type])"
    ).first.click()
    opened.get_by_role("button", name="Your menu").wait_for()
    return opened
