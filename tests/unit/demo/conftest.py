import shutil

import pytest

from demo.mail_sink import MailSink
from demo.nii.authority import Authority
from tests.unit.demo import nii


@pytest.fixture(scope="session")
def authority_folder(tmp_path_factory):
    """A certification authority that is made once: keys take their time."""
    folder = tmp_path_factory.mktemp("authority")
    Authority(folder, now=nii.START, address=nii.ADDRESS)
    return folder


@pytest.fixture
def place(tmp_path, authority_folder):
    """A support system that runs, with a mail server."""
    shutil.copytree(authority_folder, tmp_path / "nii" / "ca")
    with MailSink() as sink:
        place = nii.Place(tmp_path / "nii", sink)
        place.start()
        yield place
