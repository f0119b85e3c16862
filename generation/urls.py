from django.urls import path

from generation.views import studio, works

urlpatterns = [
    path("create/", studio.create, name="create"),
    path("create/shelf/", studio.shelf, name="create_shelf"),
    path("create/tokens/", studio.token_count, name="create_tokens"),
    path("create/readings/", studio.reading, name="create_readings"),
    path("create/works/", works.works, name="generations"),
    path("create/previews/<uuid:pk>/", works.preview, name="generation_preview"),
    path("create/<uuid:pk>/cancellation/", works.cancellation, name="generation_cancellation"),
    path("create/<uuid:pk>/dismissal/", works.dismissal, name="generation_dismissal"),
    path("create/<uuid:pk>/posts/", works.posts, name="generation_posts"),
]
