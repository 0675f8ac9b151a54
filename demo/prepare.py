"""Bring the demonstration's database to the present, in one process: starting Django costs a second each time."""

import django
from django.core.management import call_command


def main() -> None:
    """Migrate and make the table of the shared cache; both change nothing the second time."""
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)


if __name__ == "__main__":
    main()
