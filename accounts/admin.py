"""Members, to look at; what is done with them goes through accounts.domain.standing."""

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from accounts.domain import standing
from accounts.models import ApiKey, User
from civitai.admin import ReadOnly, Rows

# Forms that packages bring would write past the domain, and some of these are secrets.
for packaged in (
    EmailAddress,
    EmailConfirmation,
    Authenticator,
    SocialAccount,
    SocialApp,
    SocialToken,
    UserSession,
    Group,
):
    if admin.site.is_registered(packaged):
        admin.site.unregister(packaged)


class AddressRows(Rows):
    model = EmailAddress
    fields = ["email", "verified", "primary"]


@admin.register(User)
class UserAdmin(ReadOnly):
    called = _("Members")
    list_display = ["username", "display_name", "email", "is_active", "is_moderator", "is_staff", "date_joined"]
    list_filter = ["is_active", "is_moderator", "is_staff"]
    search_fields = ["username", "display_name", "=email"]
    exclude = ["password"]
    inlines = [AddressRows]
    actions = ["close", "reopen", "appoint", "dismiss"]

    def has_administer_permission(self, request):
        return request.user.is_superuser

    @admin.action(description=_("Close the account"), permissions=["administer"])
    def close(self, request, users):
        self._each(request, users, standing.close)

    @admin.action(description=_("Open the account again"), permissions=["administer"])
    def reopen(self, request, users):
        self._each(request, users, standing.reopen)

    @admin.action(description=_("Make a moderator"), permissions=["administer"])
    def appoint(self, request, users):
        self._each(request, users, standing.appoint)

    @admin.action(description=_("Moderator no more"), permissions=["administer"])
    def dismiss(self, request, users):
        self._each(request, users, standing.dismiss)

    def _each(self, request, users, verb):
        self.each(request, users, lambda user: verb(user, by=request.user))


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnly):
    called = _("API keys")
    list_display = ["prefix", "name", "user", "created_at", "last_used_at", "expires_at", "revoked_at"]
    search_fields = ["prefix", "user__username"]
    exclude = ["sha256"]
