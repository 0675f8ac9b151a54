"""Addresses of people and sign-in, under /accounts/. Nothing else of allauth is routed."""

from django.urls import path

from accounts.views import desk, own_page, signing_in

urlpatterns = [
    path("login/", signing_in.sign_in, name="login"),
    # allauth builds its redirect address from these two names.
    path("oidc/<slug:provider_id>/login/", signing_in.begin, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/login/callback/", signing_in.answer, name="openid_connect_callback"),
    path("logout/", signing_in.sign_out, name="account_logout"),
    path("signed-out/", signing_in.signed_out, name="signed_out"),
    path("emergency/<str:token>/", signing_in.emergency_sign_in, name="emergency_sign_in"),
    path("language/", own_page.choose_language, name="set_language"),
    path("me/", own_page.own_page, name="own_page"),
    path("me/employment-question/", own_page.ask_about_employment, name="ask_about_employment"),
    path("me/sign-out-everywhere/", own_page.sign_out_everywhere, name="sign_out_everywhere"),
    path("roles/", desk.role_list, name="role_list"),
    path("roles/offer/", desk.offer_role, name="offer_role"),
    path("roles/<int:grant_id>/confirm/", desk.confirm_role, name="confirm_role"),
    path("roles/<int:grant_id>/end/", desk.end_role, name="end_role"),
    path("employment-questions/", desk.employment_questions, name="employment_questions"),
    path(
        "employment-questions/<int:question_id>/answer/",
        desk.answer_employment_question,
        name="answer_employment_question",
    ),
]
