"""People: members, who follows and who blocks whom, what they are told, and the keys of their programs."""

from accounts.models.between import Block, Notification
from accounts.models.person import ApiKey, ApiKeyQuerySet, Follow, Members, User, UserQuerySet

__all__ = ["ApiKey", "ApiKeyQuerySet", "Block", "Follow", "Members", "Notification", "User", "UserQuerySet"]
