"""The portal's addresses for requests and confirmations."""

from django.urls import path

from requests_app.views import (
    amending,
    certificates,
    confirming,
    handing_over,
    installing,
    links,
    preparing,
    requests,
    revoking,
    servers,
)

app_name = "requests"

urlpatterns = [
    path("requests/", requests.home, name="list"),
    path("requests/new/", requests.new, name="new"),
    path("requests/<int:pk>/", requests.detail, name="detail"),
    path("requests/<int:pk>/edit/", requests.edit, name="edit"),
    path("requests/<int:pk>/check/", requests.check, name="check"),
    path("requests/<int:pk>/delete/", requests.delete, name="delete"),
    path("requests/<int:pk>/act/<str:action>/", requests.act, name="act"),
    path("requests/<int:pk>/look-up/", requests.look_up, name="look_up"),
    path("requests/<int:pk>/contact/", requests.contact, name="contact"),
    path("requests/<int:pk>/amend/", amending.amend, name="amend"),
    path("requests/<int:pk>/adjust/", amending.adjust, name="adjust"),
    path("requests/<int:pk>/certificate/", installing.certificate, name="certificate_file"),
    path("requests/<int:pk>/certificate.pem", installing.pem, name="pem"),
    path("requests/<int:pk>/installed/", installing.installed, name="installed"),
    path("requests/<int:pk>/replaced/", installing.replaced, name="replaced"),
    path("requests/<int:pk>/give-up/", installing.give_up, name="give_up"),
    path("requests/<int:pk>/csr/", preparing.csr, name="csr"),
    path("requests/<int:pk>/csr/upload/", preparing.upload, name="upload"),
    path("requests/<int:pk>/csr/send/", preparing.send, name="send"),
    path("requests/<int:pk>/tsv/", preparing.tsv, name="tsv"),
    path("certificates/<int:pk>/servers/", servers.servers, name="servers"),
    path("certificates/<int:pk>/servers/look/", servers.look, name="look"),
    path("certificates/<int:pk>/servers/port/", servers.port, name="port"),
    path("requests/<int:pk>/hand-over/", handing_over.of_request, name="hand_over_request"),
    path("certificates/", certificates.listed, name="certificates"),
    path("certificates/<int:pk>/", certificates.certificate, name="certificate"),
    path("certificates/<int:pk>/pem/", certificates.pem, name="certificate_pem"),
    path("certificates/<int:pk>/renew/", certificates.renew, name="renew"),
    path("certificates/<int:pk>/hand-over/", handing_over.of_certificate, name="hand_over_certificate"),
    path("hand-overs/<int:hand_over_id>/", handing_over.answer, name="hand_over"),
    path("certificates/<int:pk>/revoke/", revoking.ask, name="revoke"),
    path("certificates/<int:pk>/revocation/cancel/", revoking.cancel, name="cancel_revocation"),
    path("hosting/", preparing.hosting, name="hosting"),
    path("confirmations/", confirming.waiting, name="confirmations"),
    path("confirmations/<int:pk>/", confirming.confirmation, name="confirmation"),
    path("l/", links.open_link, name="open_link"),
    path("l/<str:token>/", links.follow, name="link"),
]
