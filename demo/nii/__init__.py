"""A stand-in for NII's support system (支援システム), with a reading of its own of the rules for application files.

It imports neither `tsv` nor `csr`, so that a mistake of the portal's writer shows here. Rules and their sources: domain
reference §1–§8. What NII does not say is decided here and said at its place.
"""
