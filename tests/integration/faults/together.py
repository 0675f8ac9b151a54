"""Doing several things at once: each on a thread of its own with its own connection, all let go by one barrier."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

from requests_app.errors import RequestError

WAIT_SECONDS = 60
"""How long a thread may take; a deadlock that nobody resolves ends the test, not the run."""


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Return what each call returned, or the RequestError that refused it. Anything else that was raised is raised."""
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [TimeoutError("the call did not end")] * len(calls)

    def run(position: int, call: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=WAIT_SECONDS)
            results[position] = call()
        except BaseException as error:  # carried to the thread of the test, which raises it
            results[position] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=WAIT_SECONDS)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, RequestError):
            raise result
    return results


def refused(results: list[Any]) -> list[RequestError]:
    """Return the refusals among the results."""
    return [result for result in results if isinstance(result, RequestError)]
