"""A door as a server in a thread of the tests' process."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from gateway.http.connections import SERVER
from registry.settings import Settings
from tests.waiting import eventually


@contextmanager
def served(
    create: Callable[[Settings], FastAPI], settings: Settings, **changes: object
) -> Iterator[Settings]:
    """Serve the application that `create` makes, and give the settings with its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        own = settings.model_copy(update={"http_port": listener.getsockname()[1], **changes})
        config = uvicorn.Config(create(own), **SERVER)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            eventually(lambda: server.started or not thread.is_alive())
            assert server.started
            yield own
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()
