"""One's own pages: profile, sign-in and security, keys, whom one follows."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import get_adapter as social_adapter
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import languages, queries
from accounts.domain import keys, profiles
from accounts.forms import KeyForm, ProfileForm
from accounts.models import ApiKey
from civitai.access import fetch
from civitai.errors import Refused
from civitai.paging import keyset


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request):
    form = ProfileForm(request.POST or None, request.FILES or None, user=request.user, language=get_language() or "en")
    if request.method == "POST" and form.is_valid():
        try:
            profiles.arrange(request.user, **form.cleaned_data)
        except Refused as error:
            form.add_error("portrait", str(error))
        else:
            messages.success(request, gettext("Saved."))
            return languages.remember(redirect("settings"), request, form.cleaned_data["language"])
    return render(
        request,
        "accounts/settings_profile.html",
        {"form": form, "settings_current": "profile"},
        status=422 if form.is_bound else 200,
    )


@login_required
@require_http_methods(["GET", "HEAD"])
def security(request):
    ways = list(Authenticator.objects.filter(user=request.user))
    return render(
        request,
        "accounts/settings_security.html",
        {
            "settings_current": "security",
            "emails": EmailAddress.objects.filter(user=request.user).order_by("-primary", "email"),
            "has_app": any(way.type == Authenticator.Type.TOTP for way in ways),
            "passkeys": sum(way.type == Authenticator.Type.WEBAUTHN for way in ways),
            "codes": next((way for way in ways if way.type == Authenticator.Type.RECOVERY_CODES), None),
            "sessions": UserSession.objects.purge_and_list(request.user),
            "providers": social_adapter().list_providers(request),
        },
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def api_keys(request):
    """The key made stands in the answer to its POST and nowhere else, so it can't be shown a second time."""
    form, made = KeyForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            made = keys.issue(request.user, **form.cleaned_data)
        except Refused as error:
            form.add_error(error.field, str(error))
        else:
            form = KeyForm()
    return render(
        request,
        "accounts/settings_keys.html",
        {
            "settings_current": "keys",
            "form": form,
            "made": made,
            "api_keys": ApiKey.objects.visible_to(request.user).filter(revoked_at=None).order_by("-created_at"),
        },
        status=422 if form.is_bound else 200,
    )


@login_required
@require_POST
def key_revocation(request, pk):
    key = fetch(ApiKey.objects, request.user, to="edit", pk=pk)
    key.revoke()
    messages.success(request, gettext("Revoked. Programs that use the key are refused from now on."))
    return redirect("settings_keys")


@login_required
@require_http_methods(["GET", "HEAD"])
def following(request):
    page = keyset(queries.following(request.user), order=("-at", "-id"), cursor=request.GET.get("cursor"), limit=50)
    return render(request, "accounts/settings_following.html", {"settings_current": "following", "page": page})
