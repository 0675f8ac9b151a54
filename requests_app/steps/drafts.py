"""A new draft: filled in by hand, or from the certificate that it is to renew."""

from django.conf import settings

from accounts import queries as people
from accounts.models import User
from audit.actors import Actor
from audit.recording import record
from requests_app import errors
from requests_app.models import CertificateRequest
from requests_app.states import State
from requests_app.steps.contents import Contents, write


def make(contents: Contents, *, actor: Actor) -> CertificateRequest:
    """Make a draft of what is said. Raises TooManyDrafts and NotReady (people who are not on the roster)."""
    author = User.objects.select_for_update(no_key=True).get(pk=actor.human_id)
    drafts = CertificateRequest.objects.filter(prepared_by=author, state=State.DRAFT).count()
    if drafts >= settings.OPEN_DRAFTS_PER_PERSON:
        raise errors.TooManyDrafts(count=drafts)
    applicant = people.find_by_account(contents.applicant_account) if contents.applicant_account else author
    request = CertificateRequest.objects.create(applicant=applicant or author, prepared_by=author)
    write(request, contents)
    request.save()
    record(request.subject, "CREATE", actor=actor, payload={})
    return request
