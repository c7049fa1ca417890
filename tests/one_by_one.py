"""An executor without threads, for tests that have no use for them."""

from concurrent.futures import Executor, Future


class OneByOne(Executor):
    """Runs what would run at the same time: threads cost more than these answers."""

    def __init__(self, max_workers: int) -> None:
        del max_workers

    def submit(self, call, /, *args, **kwargs) -> Future:
        future: Future = Future()
        try:
            future.set_result(call(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 -- handed on, as an executor does
            future.set_exception(error)
        return future
