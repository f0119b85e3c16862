from django.urls import path

from community.views import collections, hidden_tags, media, reactions, threads

urlpatterns = [
    path("media/<uuid:pk>/<str:transform>/<str:name>", media.media, name="media"),
    path("media/<str:word>/<uuid:pk>/<str:transform>/<str:name>", media.linked, name="media_linked"),
    path("reactions/", reactions.reactions, name="reactions"),
    path("threads/<str:subject>/<int:row>/", threads.thread, name="thread"),
    path("threads/<str:subject>/<int:row>/comments/", threads.comments, name="comments"),
    path("threads/<str:subject>/<int:row>/lock/", threads.lock, name="thread_lock"),
    path("comments/<int:pk>/", threads.comment, name="comment"),
    path("comments/<int:pk>/answering/", threads.answering, name="comment_answering"),
    path("comments/<int:pk>/editing/", threads.editing, name="comment_editing"),
    path("comments/<int:pk>/removal/", threads.removal, name="comment_removal"),
    path("comments/<int:pk>/pin/", threads.pin, name="comment_pin"),
    path("saved/", collections.saving, name="saving"),
    path("collecting/<str:subject>/<int:row>/", collections.keeping, name="keeping"),
    path("collections/", collections.collections, name="collections"),
    path("collections/<int:pk>/", collections.collection, name="collection"),
    path("collections/<int:pk>/edit/", collections.editing, name="collection_edit"),
    path("collections/<int:pk>/removal/", collections.removal, name="collection_removal"),
    path("collections/<int:pk>/items/removal/", collections.item_removal, name="collection_item_removal"),
    path("settings/hidden-tags/", hidden_tags.hidden_tags, name="settings_hidden_tags"),
]
