"""In which threads calls are answered, and what is refused before they are."""

from collections.abc import Callable, Coroutine
from functools import partial, wraps
from inspect import iscoroutinefunction
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import Request, Response
from fastapi.routing import APIRoute

from gateway.api.context import caller_of
from gateway.api.unknown_parameters import needs_key, parameters_of, refuse_unknown, without_empty

_FEW = CapacityLimiter(4)


class OneThread(APIRoute):
    """A route whose calls change to a thread once, to compute the answer.

    The framework would send each answer to a thread a second time, only to validate it. That change
    of threads costs more than the validation.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401
        super().__init__(path, _in_thread(endpoint), **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the framework, after a look at the names of the query parameters."""
        known, is_keyed = parameters_of(self.dependant), needs_key(self.dependant)
        answer = super().get_route_handler()

        async def answer_known(request: Request) -> Response:
            if is_keyed:
                # Whoever has no valid key learns only that (gateway/api/problems.py).
                await caller_of(request, request.headers.get("x-api-key"))
            refuse_unknown(request, known)
            return await answer(without_empty(request))

        return answer_known


def quick(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """Answer a call in one of four threads; only for calls that wait for nothing but their rows.

    More threads would not help, because they share the interpreter: with sixteen at once, calls
    took a third longer. A call that may wait must not use it, since it would hold up the others.
    """
    return _in_thread(endpoint, _FEW)


def _in_thread(
    endpoint: Callable[..., Any], limiter: CapacityLimiter | None = None
) -> Callable[..., Any]:
    if iscoroutinefunction(endpoint):
        return endpoint

    @wraps(endpoint)
    async def answer(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever it takes
        return await to_thread.run_sync(partial(endpoint, *given, **named), limiter=limiter)

    return answer
