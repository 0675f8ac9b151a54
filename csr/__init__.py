"""Certification requests (PKCS#10) for NII's UPKI service: read, check, explain, and print the commands to make one.

Usable alone, without Django: `python -m csr check FILE`.
"""

from csr.checking import Result, check
from csr.policy import Policy
from csr.problems import Problem, Severity

__all__ = ["Policy", "Problem", "Result", "Severity", "check"]
