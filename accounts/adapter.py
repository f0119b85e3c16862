"""How allauth speaks to this room; what sign-up sets off elsewhere listens to `member_joined`."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    pass
