"""What is said when the API server refuses or fails."""

import json
from typing import Any

import pytest

from binder_singlenode.cluster import Cluster
from binder_singlenode.errors import ClusterError


@pytest.mark.parametrize(
    ("status", "hint"),
    [(401, "fetch the kubeconfig again"), (403, "admin"), (404, "up"), (500, "journalctl"), (418, "status")],
)
def test_errors_show_status_reason_and_sentence_and_no_token(
    server: Any, api: Cluster, status: int, hint: str
) -> None:
    server.on("/api/v1/nodes", status, json.dumps({"message": "says the server"}), X_Secret="hunter2")
    with pytest.raises(ClusterError) as error:
        api.node()
    assert str(error.value).startswith(f"Kubernetes: listing nodes: {status} ")
    assert str(error.value).endswith(": says the server") and hint in (error.value.hint or "")
    assert "hunter2" not in str(error.value) and "t0ken" not in str(error.value)


def test_an_error_whose_body_is_no_json(server: Any, api: Cluster) -> None:
    server.on("/api/v1/nodes", 502, "bad gateway " * 200, "text/html")
    with pytest.raises(ClusterError) as error:
        api.node()
    assert "502" in str(error.value) and len(str(error.value)) < 800


def test_an_unknown_kind_is_told_from_an_absent_object(api: Cluster) -> None:
    with pytest.raises(ClusterError, match="does not know that kind of object"):
        api.list_objects("v1", "Certificate", "binder")
