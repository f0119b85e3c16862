from django.urls import path

from gallery.views import editing, feed, showing

urlpatterns = [
    path("images/", feed.images, name="images"),
    path("images/<int:pk>/", showing.image, name="image"),
    path("images/<int:pk>/alike/", showing.alike, name="image_alike"),
    path("images/<int:pk>/removal/", editing.image_removal, name="image_removal"),
    path("images/<int:pk>/editor/", editing.image_editor, name="image_editor"),
    path("posts/new/", editing.new, name="post_new"),
    path("posts/images/", editing.post_images, name="post_images"),
    path("posts/<int:pk>/", showing.post, name="post"),
    path("posts/<int:pk>/edit/", editing.edit, name="post_edit"),
    path("posts/<int:pk>/removal/", editing.post_removal, name="post_removal"),
    path("posts/<int:pk>/withdrawal/", editing.post_withdrawal, name="post_withdrawal"),
]
