"""Records and damaged files for the property tests."""

from __future__ import annotations

import base64
import random

from hypothesis import strategies as st

from tsv import characters, records, subjects
from tsv.choices import PROFILES, REASONS
from tsv.fields import Kind
from tsv.records import RECORD_CLASSES

WRITABLE = [chr(point) for point in range(0x20, 0x10000) if characters.is_writable(chr(point)) and chr(point) != '"']

texts = st.text(st.sampled_from(WRITABLE), max_size=24)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
labels = st.builds("{}{}".format, st.sampled_from(_LETTERS), st.text(_LETTERS + "0123456789", max_size=6))
hosts = st.builds("{}.{}.uec.ac.jp".format, labels, labels)
mails = st.builds("{}@cc.uec.ac.jp".format, labels)
places = st.text("ABCXYZabcxyz0189'(),-./: ", min_size=1, max_size=40).map(lambda text: f"{text.strip()}x")
serials = st.integers(min_value=1, max_value=2**159 - 1)
bodies = st.binary(max_size=100).map(lambda octets: base64.b64encode(bytes([0x30, len(octets)]) + octets).decode())


@st.composite
def record(draw: st.DrawFn, kind: Kind) -> records.Record:
    """Return a record of `kind` that breaks no rule."""
    host = draw(hosts)
    attributes = {
        "subject": places.map(lambda place: subjects.write(host, organisation=place, locality="chofu", state="tokyo")),
        "profile": st.sampled_from(sorted(PROFILES)),
        "account_id": labels,
        "old_serial": serials,
        "serial": serials,
        "reason": st.sampled_from(sorted(REASONS)),
        "comment": texts.filter(str.strip),
        "csr": bodies,
        "contact_name": texts,
        "contact_affiliation": texts,
        "contact_mail": mails,
        "fqdn": st.just(host),
        "software": texts.filter(str.strip),
        "dns_names": st.lists(hosts, max_size=6, unique=True).map(tuple),
    }
    wanted = [name for name in RECORD_CLASSES[kind].__dataclass_fields__ if name != "kind"]
    return RECORD_CLASSES[kind](**{name: draw(attributes[name]) for name in wanted})


def damage(content: bytes, chance: random.Random) -> bytes:
    """Return the file with one to four accidents: bytes changed, lost, doubled, or put in."""
    octets = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(octets) + 1)
        length = chance.choice((1, 1, 2, 10, 200))
        match chance.randrange(5):
            case 0:
                octets[place : place + length] = chance.randbytes(length)
            case 1:
                del octets[place : place + length]
            case 2:
                octets[place:place] = octets[place : place + length]
            case 3:
                octets[place:place] = chance.choice(
                    (b"\t", b"\r", b"\n", b'"', b"\0", b"\x81", b"\xef\xbb\xbf", b",", b"=")
                )
            case _:
                octets[place : place + 1] = chance.choice("髙①ｱ〜電é").encode(chance.choice(("utf-8", "utf-16-le")))
    return bytes(octets)
