from django.urls import path

from community.views import media, reactions

urlpatterns = [
    path("media/<uuid:pk>/<str:transform>/<str:name>", media.media, name="media"),
    path("reactions/", reactions.reactions, name="reactions"),
]
