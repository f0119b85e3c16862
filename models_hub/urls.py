from django.urls import path, register_converter

from models_hub.views import browse, choosing, downloads, editing, parts, reviewing, showing
from models_hub.wizard import StepConverter

register_converter(StepConverter, "step")

urlpatterns = [
    path("models/", browse.models, name="models"),
    path("models/mine/", browse.my_models, name="my_models"),
    path("models/new/", editing.new, name="model_new"),
    path("models/<int:pk>/edit/<step:step>/", editing.edit, name="model_edit"),
    path("models/<int:pk>/edit/preview/", editing.preview, name="model_preview"),
    path("models/<int:pk>/edit/versions/", editing.versions, name="model_versions"),
    path("models/<int:pk>/edit/publication/", editing.publication, name="model_publication"),
    path("models/<int:pk>/edit/removal/", editing.removal, name="model_removal"),
    path("models/<int:pk>/reactions/heart/", showing.heart, name="model_heart"),
    path("models/<int:pk>/choice/", choosing.choice, name="model_choice"),
    path("models/<int:pk>/choice/removal/", choosing.removal, name="model_choice_removal"),
    path("models/<int:pk>/reviews/", reviewing.reviews, name="reviews"),
    path("models/<int:pk>/", showing.by_number, name="model_by_number"),
    path("models/<int:pk>/<slug:slug>/", showing.model, name="model"),
    path("versions/<int:pk>/files/", parts.files, name="version_files"),
    path("versions/<int:pk>/words/", parts.trigger_word, name="version_words"),
    path("versions/<int:pk>/pictures/", parts.pictures, name="version_pictures"),
    path("versions/<int:pk>/pictures/order/", parts.picture_order, name="version_picture_order"),
    path("versions/<int:pk>/review/", reviewing.writing, name="review_write"),
    path("reviews/<int:pk>/", reviewing.review, name="review"),
    path("reviews/<int:pk>/removal/", reviewing.removal, name="review_removal"),
    path("files/<int:pk>/removal/", parts.file_removal, name="file_removal"),
    path("files/<int:pk>/primacy/", parts.file_primacy, name="file_primacy"),
    path("files/<int:pk>/checks/", parts.file_check, name="file_check"),
    path("samples/<int:pk>/removal/", parts.picture_removal, name="sample_removal"),
    path("samples/<int:pk>/level/", parts.picture_level, name="sample_level"),
    path("api/download/models/<str:version_id>", downloads.download, name="download"),
]
