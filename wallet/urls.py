from django.urls import path

from wallet import views

urlpatterns = [
    path("wallet/", views.wallet, name="wallet"),
    path("wallet/daily/", views.daily_reward, name="daily_reward"),
    path("wallet/receipts.csv", views.export, name="wallet_export"),
    path("wallet/receipts/<int:pk>/", views.receipt, name="receipt"),
    path("tips/<str:username>/", views.tip, name="tip"),
]
