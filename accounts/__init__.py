"""People: who they are, how they sign in, what employment and which roles they have, by date."""
