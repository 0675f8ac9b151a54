"""What NII has registered for the university: DN, domains. Written down again here, apart from `csr.policy`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Institution:
    """Values are compared exactly; the domains are in lower case."""

    country: str
    state: str
    locality: str
    organization: str
    domains: tuple[str, ...]

    def owns(self, name: str) -> bool:
        """Say whether a host name lies in a registered domain."""
        return any(name == domain or name.endswith(f".{domain}") for domain in self.domains)


UEC = Institution("JP", "tokyo", "chofu", "The University of Electro-Communications", ("uec.ac.jp",))
"""As UEC's service page prints them."""
