"""Addresses of removal requests; mounted by moderation.urls."""

from django.urls import path

from moderation.views.cases import bench, filing, page

urlpatterns = [
    path("removal/", filing.removal, name="removal"),
    path("removal/child/", filing.child, name="removal_child"),
    path("removal/<str:token>/", page.private, name="case_private"),
    path("removal/<str:token>/<slug:act>/", page.private, name="case_private_act"),
    path("cases/", page.mine, name="cases"),
    path("cases/<str:reference>/", page.own, name="case"),
    path("cases/<str:reference>/<slug:act>/", page.own, name="case_act"),
    path("moderation/cases/", bench.cases, name="case_queue"),
    path("moderation/cases/<str:reference>/", bench.case, name="case_bench"),
    path("moderation/cases/<str:reference>/evidence/<int:pk>/", bench.evidence, name="case_evidence"),
    path("moderation/cases/<str:reference>/<slug:act>/", bench.case, name="case_bench_act"),
]
