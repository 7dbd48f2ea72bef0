import threading

from django.contrib.auth import views
from django.core.mail import send_mail
from django.http import HttpResponse
from django.urls import path


def digest(request):
    """Sends when the response is gone."""
    threading.Thread(target=send_mail, args=["Digest", "Today", None, [request.GET["to"]]]).start()
    return HttpResponse("soon")


urlpatterns = [
    path("accounts/password_reset/", views.PasswordResetView.as_view(success_url="/"), name="password_reset"),
    path(
        "accounts/reset/<uidb64>/<token>/",
        views.PasswordResetConfirmView.as_view(),
        name="password_reset_confirm",
    ),
    path("digest/", digest),
]
