"""The job that the launcher would give to a cluster, held against Kubernetes' own schema."""

import dagster as dg
import kubernetes
import kubernetes_validate
import pytest
import yaml
from dagster._config import process_config
from dagster_k8s import K8sRunLauncher
from dagster_k8s.job import construct_dagster_k8s_job

from pipelines.process_environment import instance_config
from pipelines.run_launchers.kubernetes import WatchedK8sRunLauncher
from registry.settings import Settings

IMAGE = "registry.example/rosterline:1"
VERSION = "1.30"
RUN = dg.DagsterRun("import_files")


@pytest.fixture
def launcher(monkeypatch, tmp_path):
    """The launcher as the daemon makes it, with the address of a cluster that nobody asks."""
    own = Settings(
        home=tmp_path,
        run_launcher="kubernetes",
        kubernetes_image=IMAGE,
        kubernetes_namespace="clinics",
        kubernetes_secret="database",
    )
    for name, value in own.as_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_HOME", "/opt/dagster/home")
    config = instance_config(own)["run_launcher"]["config"]
    kube = tmp_path / "kube.yaml"
    user = {"name": "u", "user": {"token": "t"}}
    cluster = {"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}
    context = {"name": "x", "context": {"cluster": "c", "user": "u"}}
    said = {"users": [user], "clusters": [cluster], "contexts": [context], "current-context": "x"}
    kube.write_text(yaml.safe_dump(said))
    # Outside of a cluster there is no account of a pod to read.
    config |= {"load_incluster_config": False, "kubeconfig_file": str(kube)}
    processed = process_config(K8sRunLauncher.config_type(), config)
    assert processed.success, processed.errors
    return WatchedK8sRunLauncher.from_config_value(None, processed.value)


def test_kubernetes_takes_the_job_of_a_run(launcher):
    context = launcher.get_container_context_for_run(RUN)
    job = construct_dagster_k8s_job(
        job_config=context.get_k8s_job_config(job_image=None, run_launcher=launcher),
        args=["dagster", "api", "execute_run", "{}"],
        job_name="dagster-run-1",
        user_defined_k8s_config=context.run_k8s_config,
        component="run_worker",
    )
    said = kubernetes.client.ApiClient().sanitize_for_serialization(job)
    kubernetes_validate.validate(said, VERSION, strict=True)
    pod = said["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["image"] == IMAGE
    assert container["envFrom"] == [{"secretRef": {"name": "database"}}]
    assert {"name": "DAGSTER_HOME", "value": "/opt/dagster/home"} in container["env"]
    assert container["resources"]["limits"] == {"memory": "2Gi"}
    assert pod["restartPolicy"] == "Never"
    assert said["spec"]["backoffLimit"] == 0
    assert context.namespace == "clinics"


def test_the_schema_refuses_a_job_that_is_none():
    spoilt = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x"}, "spec": {"a": 1}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(spoilt, VERSION, strict=True)
