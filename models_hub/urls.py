from django.urls import path

from models_hub.views import downloads

urlpatterns = [
    path("api/download/models/<int:version_id>", downloads.download, name="download"),
]
