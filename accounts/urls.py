from django.conf import settings as site
from django.urls import path

from accounts.views import blocking, following, mailbox, notices, settings

urlpatterns = [
    path("settings/", settings.profile, name="settings"),
    path("settings/security/", settings.security, name="settings_security"),
    path("settings/keys/", settings.api_keys, name="settings_keys"),
    path("settings/keys/<int:pk>/revocation/", settings.key_revocation, name="settings_key_revocation"),
    path("settings/following/", settings.following, name="settings_following"),
    path("settings/notifications/", notices.kinds, name="settings_notices"),
    path("settings/blocked/", blocking.blocked, name="settings_blocked"),
    path("notifications/", notices.notifications, name="notifications"),
    path("notifications/reading/", notices.reading, name="notifications_reading"),
    path("users/<str:username>/follow/", following.follow, name="follow"),
    path("users/<str:username>/block/", blocking.block, name="block"),
]

if site.DEVELOPMENT:
    urlpatterns += [
        path("mailbox/", mailbox.letters, name="mailbox"),
        path("mailbox/<str:name>/<int:number>/", mailbox.letter, name="mailbox_letter"),
    ]
