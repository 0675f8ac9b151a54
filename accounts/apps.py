"""The Django app of people, sign-in, employment and roles."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """`User` is the person, AUTH_USER_MODEL."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
