from django.urls import path

from training.views import datasets, runs

urlpatterns = [
    path("training/", runs.training, name="train"),
    path("training/sets/new/", datasets.new, name="dataset_new"),
    path("training/sets/<int:pk>/", datasets.dataset, name="dataset"),
    path("training/sets/<int:pk>/details/", datasets.details, name="dataset_details"),
    path("training/sets/<int:pk>/pictures/", datasets.pictures, name="dataset_pictures"),
    path("training/sets/<int:pk>/trigger/", datasets.trigger, name="dataset_trigger"),
    path("training/sets/<int:pk>/captions/", datasets.captions, name="dataset_captions"),
    path("training/sets/<int:pk>/removal/", datasets.removal, name="dataset_removal"),
    path("training/pictures/<int:pk>/caption/", datasets.caption, name="dataset_caption"),
    path("training/pictures/<int:pk>/removal/", datasets.picture_removal, name="dataset_picture_removal"),
    path("training/sets/<int:pk>/runs/", datasets.runs, name="dataset_runs"),
    path("training/runs/<uuid:pk>/", runs.run, name="training_run"),
    path("training/runs/<uuid:pk>/cancellation/", runs.cancellation, name="training_cancellation"),
    path("training/runs/<uuid:pk>/pause/", runs.pause, name="training_pause"),
    path("training/runs/<uuid:pk>/continuation/", runs.continuation, name="training_continuation"),
    path("training/epochs/<int:pk>/file/", runs.epoch_file, name="epoch_file"),
    path("training/epochs/<int:pk>/publication/", runs.publication, name="epoch_publication"),
    path("training/epochs/<int:pk>/trial/", runs.trial, name="epoch_trial"),
    path("training/manifests/<int:pk>/", runs.manifest, name="version_manifest"),
]
