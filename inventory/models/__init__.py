"""The inventory: certificates, keys, NII's list, what servers show, and when holders hear of an end."""

from inventory.models.certificates import Certificate, CertificateName, Holding, Provenance, RevocationSource
from inventory.models.expiry import ExpiryGate, ExpiryRung, HolderProposal, NotNeeded
from inventory.models.keys import PublicKey
from inventory.models.listing import ListChunk, ListImport, NiiApplication
from inventory.models.observations import Endpoint, TlsObservation

__all__ = [
    "Certificate",
    "CertificateName",
    "Endpoint",
    "ExpiryGate",
    "ExpiryRung",
    "HolderProposal",
    "Holding",
    "ListChunk",
    "ListImport",
    "NiiApplication",
    "NotNeeded",
    "Provenance",
    "PublicKey",
    "RevocationSource",
    "TlsObservation",
]
