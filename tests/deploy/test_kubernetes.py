"""The Kubernetes manifests: valid against the API's schemas, and true to the worker."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from activities.aws.platforms_file import read_platforms_file
from contract.names import DEFAULT_TASK_QUEUE, watch_task_queue
from tests.deploy.files import ROOT, documents, seconds_to_end, strange_settings

FILES = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
MANIFESTS = [document for file in FILES for document in documents(file)]
OF_EXTENSIONS = {"ScaledObject", "PodMonitor"}
"""Kinds that come with KEDA and with the Prometheus operator, and have no schema in Kubernetes."""

# https://keda.sh/docs/2.22/scalers/temporal/
KEDA_TEMPORAL = {
    "endpoint", "endpointFromEnv", "namespace", "taskQueue", "queueTypes", "targetQueueSize",
    "activationTargetQueueSize", "workerDeploymentName", "workerDeploymentBuildId", "includeRunningWorkflowCount",
    "workflowTaskQueueForCount", "apiKeyFromEnv", "minConnectTimeout", "unsafeSsl", "tlsServerName", "enableTLS",
}  # fmt: skip


def the(kind: str, name: str = "polysync-sagemaker") -> dict[str, Any]:
    """The manifest of a kind and name."""
    [found] = [each for each in MANIFESTS if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


DEPLOYMENT = the("Deployment")["spec"]
POD = DEPLOYMENT["template"]["spec"]
[WORKER] = POD["containers"]
CONFIGURATION: dict[str, str] = the("ConfigMap")["data"]


def test_kubernetes_takes_the_manifests() -> None:
    """Checked by its own OpenAPI schemas, which know every field."""
    files = [file for file in FILES if not OF_EXTENSIONS & {each["kind"] for each in documents(file)}]
    checked = subprocess.run(  # noqa: S603 — a fixed command
        [Path(sys.executable).parent / "kubernetes-validate", "--strict", "-k", "1.34", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.count(" passed ") == len([each for each in MANIFESTS if each["kind"] not in OF_EXTENSIONS])


def test_everything_is_in_one_namespace_that_enforces_the_restricted_profile() -> None:
    """Pods that would be refused there are noticed by the next test."""
    namespaces = {each["metadata"].get("namespace") for each in MANIFESTS if each["kind"] != "Namespace"}
    assert namespaces == {"polysync"}
    labels = the("Namespace", "polysync")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_pod_fits_the_restricted_profile() -> None:
    """Field by field as Kubernetes's Pod Security Standards have it, and a read-only root beside."""
    assert POD["securityContext"]["runAsNonRoot"]
    assert POD["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert WORKER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    allowed = {"configMap", "projected", "emptyDir"}
    assert {key for volume in POD["volumes"] for key in volume if key != "name"} <= allowed
    assert not POD["automountServiceAccountToken"]


def test_the_pods_user_is_the_images() -> None:
    """Both say so by number."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert f"USER {POD['securityContext']['runAsUser']}:{POD['securityContext']['runAsGroup']}" in dockerfile


def test_the_worker_has_the_time_that_it_needs_to_drain() -> None:
    """SIGKILL comes after the worker would have ended itself."""
    drain = float(CONFIGURATION["POLYSYNC_SAGEMAKER_DRAIN_TIMEOUT"])
    assert POD["terminationGracePeriodSeconds"] > seconds_to_end(drain)


def test_the_workers_settings_are_settings() -> None:
    """A misspelt variable would be ignored in silence."""
    assert strange_settings(CONFIGURATION) == set()


def test_the_platforms_are_valid_and_find_their_token(tmp_path: Path) -> None:
    """The token that the pod gets is where the platform looks for it."""
    file = tmp_path / "platforms.toml"
    file.write_text(the("ConfigMap", "polysync-sagemaker-platforms")["data"]["platforms.toml"], encoding="utf-8")
    auth = read_platforms_file(file).platforms["default"].auth
    [mount] = [each["mountPath"] for each in WORKER["volumeMounts"] if each["name"] == "tokens"]
    [token] = [each["projected"]["sources"][0] for each in POD["volumes"] if each["name"] == "tokens"]
    assert str(getattr(auth, "token_file", "")) == f"{mount}/{token['serviceAccountToken']['path']}"
    [folder] = [each["mountPath"] for each in WORKER["volumeMounts"] if each["name"] == "platforms"]
    assert CONFIGURATION["POLYSYNC_SAGEMAKER_PLATFORMS_FILE"] == f"{folder}/platforms.toml"


def test_probes_ask_the_address_that_the_worker_serves() -> None:
    """Alive is another question than ready: an outage of Temporal must not restart all workers."""
    ports = {port["name"]: port["containerPort"] for port in WORKER["ports"]}
    assert CONFIGURATION["POLYSYNC_SAGEMAKER_HEALTH_ADDRESS"] == f"0.0.0.0:{ports['health']}"
    assert CONFIGURATION["POLYSYNC_SAGEMAKER_METRICS_ADDRESS"] == f"0.0.0.0:{ports['metrics']}"
    paths = {probe: WORKER[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert paths == {
        "startupProbe": {"path": "/healthz", "port": "health"},
        "livenessProbe": {"path": "/healthz", "port": "health"},
        "readinessProbe": {"path": "/readyz", "port": "health"},
    }


def test_everything_that_selects_pods_selects_the_workers() -> None:
    """A label that changed in one place would leave the workers without budget, policy or metrics."""
    labels = DEPLOYMENT["template"]["metadata"]["labels"]
    selectors = [
        DEPLOYMENT["selector"],
        the("PodDisruptionBudget")["spec"]["selector"],
        the("NetworkPolicy")["spec"]["podSelector"],
        the("PodMonitor")["spec"]["selector"],
        *(each["labelSelector"] for each in POD["topologySpreadConstraints"]),
    ]
    assert [each["matchLabels"] for each in selectors] == [labels] * len(selectors)
    assert the("ScaledObject")["spec"]["scaleTargetRef"] == {"name": the("Deployment")["metadata"]["name"]}


def test_metrics_keep_the_label_by_which_alerts_are_grouped() -> None:
    """The operator would replace the SDK's label `namespace` with the pod's."""
    [endpoint] = the("PodMonitor")["spec"]["podMetricsEndpoints"]
    assert endpoint["honorLabels"] is True


def test_the_network_policy_allows_temporal_cloud_and_the_nodes_dns_cache() -> None:
    """Temporal Cloud has no fixed addresses; NodeLocal DNSCache listens on an address that no namespace contains."""
    rules = the("NetworkPolicy")["spec"]["egress"]
    to_anywhere = [port["port"] for rule in rules if "to" not in rule for port in rule["ports"]]
    assert to_anywhere == [443, 7233]
    [names] = [rule for rule in rules if {port["port"] for port in rule["ports"]} == {53}]
    assert {"ipBlock": {"cidr": "169.254.20.10/32"}} in names["to"]


def test_workers_are_scaled_by_both_task_queues() -> None:
    """With parameters that KEDA's scaler knows, each a text, and never down to none."""
    scaling = the("ScaledObject")["spec"]
    assert {each["type"] for each in scaling["triggers"]} == {"temporal"}
    metadata = [each["metadata"] for each in scaling["triggers"]]
    assert [each["taskQueue"] for each in metadata] == [DEFAULT_TASK_QUEUE, watch_task_queue(DEFAULT_TASK_QUEUE)]
    assert [set(each) - KEDA_TEMPORAL for each in metadata] == [set(), set()]
    assert {type(value) for each in metadata for value in each.values()} == {str}
    assert {each["endpoint"] for each in metadata} == {CONFIGURATION["TEMPORAL_ADDRESS"]}
    assert {each["namespace"] for each in metadata} == {CONFIGURATION["TEMPORAL_NAMESPACE"]}
    assert scaling["minReplicaCount"] == DEPLOYMENT["replicas"] >= 2
