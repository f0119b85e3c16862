from django.urls import path

from bounties import views

urlpatterns = [
    path("bounties/", views.bounties, name="bounties"),
    path("bounties/new/", views.new, name="bounty_new"),
    path("bounties/<int:pk>/", views.bounty, name="bounty_short"),
    path("bounties/<int:pk>/edit/", views.edit, name="bounty_edit"),
    path("bounties/<int:pk>/stakes/", views.stakes, name="bounty_stakes"),
    path("bounties/<int:pk>/entries/", views.entries, name="bounty_entries"),
    path("bounties/<int:pk>/following/", views.following, name="bounty_following"),
    path("bounties/<int:pk>/cancellation/", views.cancellation, name="bounty_cancellation"),
    path("bounties/entries/<int:pk>/", views.entry, name="bounty_entry"),
    path("bounties/entries/<int:pk>/edit/", views.entry_edit, name="entry_edit"),
    path("bounties/entries/<int:pk>/award/", views.award, name="entry_award"),
    path("bounties/entries/<int:pk>/withdrawal/", views.withdrawal, name="entry_withdrawal"),
    path("bounties/files/<int:pk>/", views.file, name="entry_file"),
    path("bounties/<int:pk>/<str:slug>/", views.bounty, name="bounty"),
]
