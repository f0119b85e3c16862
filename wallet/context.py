from wallet import queries
from wallet.money import CREDIT


def page_context(request):
    """The balance beside the lozenge in the bar."""
    user = getattr(request, "user", None)
    if not getattr(user, "is_authenticated", False):
        return {}
    return {"wallet_credits": queries.balance(user).total_units // CREDIT}
