from wallet.views.giving import daily_reward, tip
from wallet.views.showing import receipt, wallet

__all__ = ["daily_reward", "receipt", "tip", "wallet"]
