from wallet import queries
from wallet.money import CREDIT


def page_context(request):
    """The balance beside the lozenge in the bar."""
    user = getattr(request, "user", None)
    if not getattr(user, "is_authenticated", False):
        return {}
    return {"wallet_credits": balance_of(request).total_units // CREDIT}


def balance_of(request):
    """The member's balance, read once for a page: the bar and the page tell the same figures."""
    if not hasattr(request, "wallet_balance"):
        request.wallet_balance = queries.balance(request.user)
    return request.wallet_balance
