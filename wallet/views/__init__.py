from wallet.views.giving import daily_reward, tip
from wallet.views.showing import export, receipt, wallet

__all__ = ["daily_reward", "export", "receipt", "tip", "wallet"]
