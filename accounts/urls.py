from django.conf import settings as site
from django.urls import path

from accounts.views import following, mailbox, settings

urlpatterns = [
    path("settings/", settings.profile, name="settings"),
    path("settings/security/", settings.security, name="settings_security"),
    path("settings/keys/", settings.api_keys, name="settings_keys"),
    path("settings/keys/<int:pk>/revocation/", settings.key_revocation, name="settings_key_revocation"),
    path("settings/following/", settings.following, name="settings_following"),
    path("users/<str:username>/follow/", following.follow, name="follow"),
]

if site.DEVELOPMENT:
    urlpatterns += [
        path("mailbox/", mailbox.letters, name="mailbox"),
        path("mailbox/<str:name>/<int:number>/", mailbox.letter, name="mailbox_letter"),
    ]
