"""The chart of the doors: rendered by Helm's engine, held against the schemas of Kubernetes."""

import json

import pytest
import yaml

from tests.deploy.conftest import DEPLOY

helm = pytest.importorskip("helm_python", reason="`make deploy-tools` installs Helm's engine")
kubernetes = pytest.importorskip(
    "kubernetes_validate", reason="`make deploy-tools` installs Kubernetes' schemas"
)

CHART = DEPLOY / "helm/rosterline"
VERSIONS = ("1.29", "1.33", "1.37")
"""The oldest that Chart.yaml allows, one between, and the newest that the validator knows."""

EMPTY: dict[str, object] = {}


def rendered(values=EMPTY):
    with helm.Chart.load(str(CHART)) as chart:
        chart.validate_schema(chart.merge_values(values))
        texts = chart.render(values, name="clinic", namespace="rosters")
    return [each for text in texts.values() for each in yaml.safe_load_all(text) if each]


@pytest.fixture(scope="module")
def objects():
    return rendered()


def of_kind(objects, kind):
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == kind}


def test_helm_finds_no_error():
    said = helm.lint(str(CHART))
    assert said["errors"] == []
    assert [each["error"] for each in said["messages"]] == ["icon is recommended"]


CASES = {
    "as it stands": {},
    "many doors, a digest, a volume that exists": {
        "image": {"repository": "registry.example/rosterline", "digest": f"sha256:{'a' * 64}"},
        "imagePullSecrets": [{"name": "pull"}],
        "home": {"existingClaim": "homes"},
        "services": {"api": {"replicas": 5}, "sftp": {"replicas": 3}},
        "sftpService": {"type": "ClusterIP"},
    },
    "nothing in front": {
        "ingress": {"enabled": False},
        "network": {"enabled": False},
        "migrate": {"enabled": False},
    },
}


@pytest.mark.parametrize("values", CASES.values(), ids=CASES)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_what_kubernetes_knows(values, version):
    for each in rendered(values):
        kubernetes.validate(each, version, strict=True)


def test_the_validator_refuses_a_field_that_kubernetes_does_not_know(objects):
    wrong = json.loads(json.dumps(of_kind(objects, "Deployment")["clinic-api"]))
    wrong["spec"]["template"]["spec"]["containers"][0]["readOnlyRoot"] = True
    with pytest.raises(kubernetes.ValidationError):
        kubernetes.validate(wrong, VERSIONS[-1], strict=True)


@pytest.mark.parametrize(
    "values",
    [
        {"image": {"digest": "sha256:short"}},
        {"settings": {"PATH": "/bin"}},
        {"settings": {"ROSTERLINE_HTTP_PORT": 8080}},
        {"services": {"api": {"replica": 2}}},
        {"service": {}},
    ],
    ids=json.dumps,
)
def test_values_that_mean_nothing_are_refused(values):
    with pytest.raises(helm.HelmError):
        rendered(values)


def pods(objects):
    for each in objects:
        if each["kind"] in {"Deployment", "Job"}:
            yield each["metadata"]["name"], each["spec"]["template"]["spec"]


def test_no_pod_is_root_writes_to_its_image_or_has_a_token_of_the_cluster(objects):
    found = dict(pods(objects))
    assert set(found) == {
        f"clinic-{name}" for name in ("api", "sftp", "intake", "patient-calls", "ui", "migrate")
    }
    for name, pod in found.items():
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in pod["containers"]:
            own = container["securityContext"]
            assert own["readOnlyRootFilesystem"] is True, name
            assert own["allowPrivilegeEscalation"] is False, name
            assert own["capabilities"] == {"drop": ["ALL"]}, name
            assert container["resources"]["limits"]["memory"], name


def test_each_door_has_probes_a_budget_and_a_port_of_metrics(objects):
    budgets = of_kind(objects, "PodDisruptionBudget")
    for name, deployment in of_kind(objects, "Deployment").items():
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
        selector = deployment["spec"]["selector"]
        assert budgets[name]["spec"]["selector"] == selector
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert selector["matchLabels"].items() <= labels.items()
        ports = {port["name"] for port in container["ports"]}
        assert ("metrics" in ports) is (name != "clinic-ui")
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            asked = container[probe].get("httpGet") or container[probe]["tcpSocket"]
            assert asked["port"] in ports


def test_services_lead_to_pods_and_ingresses_to_services(objects):
    services = of_kind(objects, "Service")
    pods_by_labels = [
        each["spec"]["template"]["metadata"]["labels"]
        for each in of_kind(objects, "Deployment").values()
    ]
    for service in services.values():
        chosen = service["spec"]["selector"].items()
        assert sum(chosen <= labels.items() for labels in pods_by_labels) == 1
    for ingress in of_kind(objects, "Ingress").values():
        (rule,) = ingress["spec"]["rules"]
        backend = rule["http"]["paths"][0]["backend"]["service"]
        assert backend["port"]["name"] in {
            port["name"] for port in services[backend["name"]]["spec"]["ports"]
        }
        assert ingress["spec"]["tls"]


def test_only_prometheus_reaches_the_metrics(objects):
    policies = of_kind(objects, "NetworkPolicy")
    assert "ingress" not in policies["clinic-closed"]["spec"]
    open_to = {
        name: rule["from"]
        for name, policy in policies.items()
        for rule in policy["spec"].get("ingress", [])
        if any(port["port"] == 9464 for port in rule["ports"])
    }
    wanted = {"kubernetes.io/metadata.name": "monitoring"}
    assert open_to == {"clinic-metrics": [{"namespaceSelector": {"matchLabels": wanted}}]}


def test_secrets_are_named_and_never_made(objects):
    assert of_kind(objects, "Secret") == {}
    for _, pod in pods(objects):
        for container in pod["containers"]:
            assert {"secretRef": {"name": "rosterline-environment"}} in container["envFrom"]


def test_the_volume_stays_when_the_chart_is_removed(objects):
    (claim,) = of_kind(objects, "PersistentVolumeClaim").values()
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_a_change_of_settings_is_a_new_pod():
    def checksum(values):
        deployment = of_kind(rendered(values), "Deployment")["clinic-api"]
        return deployment["spec"]["template"]["metadata"]["annotations"]["checksum/settings"]

    assert checksum({}) != checksum({"settings": {"ROSTERLINE_LOG_FORMAT": "text"}})
