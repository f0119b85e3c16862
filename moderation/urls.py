from django.urls import path

from moderation import case_urls
from moderation.views import decisions, looking, policy, reports, workbench

urlpatterns = [
    path("policy/real-people/", policy.real_people, name="real_people"),
    path("report/<str:label>/<str:pk>/", reports.report, name="report"),
    path("moderation/", workbench.workbench, name="workbench"),
    path("moderation/search/", looking.search, name="workbench_search"),
    path("moderation/figures/", looking.team_figures, name="workbench_figures"),
    path("moderation/subjects/<str:label>/<str:pk>/items/", looking.subject_items, name="subject_items"),
    path("moderation/items/<int:pk>/claim/", workbench.claim, name="item_claim"),
    path("moderation/items/<int:pk>/decisions/", workbench.item_decisions, name="item_decisions"),
    path("moderation/items/<int:pk>/notes/", workbench.item_notes, name="item_notes"),
    path("moderation/items/<int:pk>/pointers/", workbench.item_pointers, name="item_pointers"),
    path("moderation/items/<int:pk>/statement/", workbench.item_statement, name="item_statement"),
    path("moderation/items/<int:pk>/resolution/", workbench.item_resolution, name="item_resolution"),
    path("moderation/decisions/", decisions.decisions, name="decisions"),
    path("moderation/decisions/about/<str:label>/<str:pk>/", decisions.about, name="decision_about"),
    path("moderation/letters/", decisions.letters, name="decision_letters"),
    path("moderation/letters/<str:token>/", decisions.letter, name="decision_letter"),
    path("moderation/decisions/<uuid:pk>/", decisions.decision, name="decision"),
    path("moderation/decisions/<uuid:pk>/undoing/", decisions.undoing, name="decision_undoing"),
    path("moderation/decisions/<uuid:pk>/appeals/", decisions.appeals, name="decision_appeals"),
    path("moderation/log/", decisions.log, name="moderation_log"),
    *case_urls.urlpatterns,
]
