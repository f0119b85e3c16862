from django.urls import path

from pages.feeds import NewImages, NewModels
from pages.views import finding, home, people, searching

urlpatterns = [
    path("", home.home, name="home"),
    path("robots.txt", finding.robots, name="robots"),
    path("sitemap.xml", finding.index, name="sitemap"),
    path("sitemap-<section>.xml", finding.section, name="sitemap_section"),
    path("feeds/models.atom", NewModels(), name="feed_models"),
    path("feeds/images.atom", NewImages(), name="feed_images"),
    path("search/", searching.search, name="search"),
    path("users/<str:username>/", people.profile, name="profile"),
]
