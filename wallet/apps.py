from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WalletConfig(AppConfig):
    name = "wallet"
    verbose_name = _("wallet")

    def ready(self):
        from civitai import adapters, nav
        from wallet.context import page_context
        from wallet.domain import rewards

        adapters.on("member_joined", lambda user, **facts: rewards.welcome(user))
        adapters.on("page_context", page_context)
        nav.register_nav("wallet", _("Wallet"), "wallet", "credit", 40, menu="own")
