from django.urls import path

from pages.views import home, people, searching

urlpatterns = [
    path("", home.home, name="home"),
    path("search/", searching.search, name="search"),
    path("users/<str:username>/", people.profile, name="profile"),
]
