"""Members, to look at; what is done with them goes through accounts.domain.standing."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _

from accounts.domain import standing
from accounts.models import User
from civitai.errors import Refused

# The admin's own door knows no second factor and counts no wrong tries.
admin.site.login = secure_admin_login(admin.site.login)


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["username", "display_name", "email", "is_active", "is_moderator", "is_staff", "date_joined"]
    list_filter = ["is_active", "is_moderator", "is_staff"]
    search_fields = ["username", "display_name", "email"]
    ordering = ["-date_joined"]
    exclude = ["password"]
    actions = ["close", "reopen", "appoint", "dismiss"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

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
        for user in users:
            try:
                verb(user, by=request.user)
            except Refused as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                self.log_change(request, user, verb.__name__)
