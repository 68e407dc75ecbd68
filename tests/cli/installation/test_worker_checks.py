"""What the doctor says of Celery workers; `test_celery_workers` has it with real ones."""

from cli.installation.worker_checks import check_workers
from tests.ports import free_port
from tests.redis_server import redis_server


def test_runs_in_place_need_none(settings):
    assert list(check_workers(settings)) == []


def test_redis_that_does_not_answer_is_told_of(settings):
    url = f"redis://127.0.0.1:{free_port()}/0"
    own = settings.model_copy(update={"run_launcher": "celery", "celery_broker_url": url})
    (found,) = check_workers(own)
    assert found.level == "fail"
    assert "Redis does not answer" in found.found


def test_a_queue_without_a_worker_is_told_of(settings):
    with redis_server() as server:
        own = settings.model_copy(
            update={"run_launcher": "celery", "celery_broker_url": server.url}
        )
        (found,) = check_workers(own)
    assert found.level == "fail"
    assert "no Celery worker answers" in found.found
