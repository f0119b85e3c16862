"""How allauth speaks to this room. It may write what allauth asks for; the rest is accounts.domain."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.db import IntegrityError, transaction
from django.http import Http404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts import languages
from accounts.domain import joining
from civitai.errors import Refused


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_taken": _("Somebody has this name already."),
        "incorrect_code": _("This is not the code that we sent. Look at the newest mail."),
        "email_password_mismatch": _("This e-mail and password do not belong together."),
        "username_password_mismatch": _("This name and password do not belong together."),
        "too_many_login_attempts": _("Too many wrong tries. Wait five minutes, or have a code sent to you."),
    }

    def save_user(self, request, user, form, commit=True):
        if not commit:
            return super().save_user(request, user, form, commit=False)
        try:
            with transaction.atomic():
                user = super().save_user(request, user, form)
                joining.welcome(user, language=languages.chosen(request))
        except IntegrityError as error:
            # Two people asked for the same name in the same moment; the form had seen neither.
            raise Refused(_("Somebody took this name a moment ago. Go back and choose another.")) from error
        return user

    def clean_email(self, email):
        return email.strip().lower()

    def is_safe_url(self, url):
        """This host alone: a link to any other of our hosts is a link away from where the member is."""
        request = context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def post_login(self, request, user, **facts):
        response = super().post_login(request, user, **facts)
        return languages.remember(response, request, user.language)

    def get_password_change_redirect_url(self, request):
        return reverse("settings_security")


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def get_app(self, request, provider, client_id=None):
        try:
            return super().get_app(request, provider, client_id=client_id)
        except SocialApp.DoesNotExist as error:
            raise Http404 from error  # a provider that is not configured has no door here

    @transaction.atomic
    def save_user(self, request, sociallogin, form=None):
        user = super().save_user(request, sociallogin, form)
        if form is None:  # with a form, AccountAdapter.save_user has done it
            joining.welcome(user, language=languages.chosen(request))
        return user
