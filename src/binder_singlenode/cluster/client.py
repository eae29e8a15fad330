"""Connection to the API server: the official dynamic client, with timeouts and readable errors."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3
from kubernetes import config as kubeconfig_loader
from kubernetes.client import ApiException, Configuration
from kubernetes.client.api_client import ApiClient
from kubernetes.config import ConfigException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ResourceNotFoundError

from binder_singlenode.errors import ClusterError

TIMEOUTS_S = (5, 60)  # connect, read: an API server under load answers late, a dead tunnel never connects
_MESSAGE_CHARS = 600

_HINTS = {
    401: "the client certificate has expired or the cluster was installed again: fetch the kubeconfig again",
    403: "this needs the cluster's admin: fetch the kubeconfig again",
    404: "the release is not there (yet): run `binder-singlenode up`",
    409: "something else is changing the same object: try again",
    422: "the API server does not accept the object as it is written",
    429: "the API server is busy: try again in a moment",
    500: "see the API server's own words: journalctl -u k3s",
    503: "the API server is starting, or one behind it is missing: try again in a moment",
}


class Client(DynamicClient):
    """DynamicClient with a timeout on every request, including those of its discovery."""

    def request(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        params.setdefault("_request_timeout", TIMEOUTS_S)
        return super().request(method, path, body=body, **params)


def open_client(kubeconfig: dict[str, Any], folder: Path) -> Client:
    """Connect to the kubeconfig's current context. Raises ClusterError.

    `folder` (mode 0700) keeps the discovery cache and the client's key while the program runs. By default
    the library keeps them in /tmp, under names that other users can guess.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    cache = folder / "discovery.json"
    _forget_broken(cache)
    settings = Configuration()
    try:
        kubeconfig_loader.load_kube_config_from_dict(  # type: ignore[no-untyped-call]
            kubeconfig, client_configuration=settings, persist_config=False, temp_file_path=str(folder)
        )
    except (ConfigException, ValueError, TypeError, LookupError, AttributeError) as error:
        raise ClusterError(
            f"the kubeconfig cannot be used ({type(error).__name__})",
            hint="fetch it again with `binder-singlenode kubeconfig`",
        ) from None  # the library's message quotes the file, which holds keys
    settings.proxy = None  # do not send requests to the tunnel (127.0.0.1) through a proxy of the environment
    settings.retries = urllib3.Retry(0, raise_on_status=False)  # a retry would log a warning of its own
    umask = os.umask(0o077)
    try:
        with translated("connecting"):
            return Client(ApiClient(settings), cache_file=str(cache))  # type: ignore[no-untyped-call]
    finally:
        os.umask(umask)


def _forget_broken(cache: Path) -> None:
    """Remove a cache that a killed run left half-written; the library would print a warning for it."""
    try:
        json.loads(cache.read_text())
    except FileNotFoundError:
        return
    except ValueError:
        cache.unlink(missing_ok=True)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Convert the library's errors to ClusterError with status, reason, the body's message and a hint."""
    try:
        yield
    except ApiException as error:
        status = int(error.status or 0)
        raise ClusterError(
            f"{doing}: {status} {error.reason}: {_message(error)}",
            where="Kubernetes",
            hint=_HINTS.get(status, "see `binder-singlenode status`"),
        ) from None
    except ResourceNotFoundError as error:
        raise ClusterError(
            f"{doing}: this cluster does not know that kind of object ({error})",
            where="Kubernetes",
            hint="it has no such resource definition: is this the right cluster?",
        ) from None
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise ClusterError(
            f"{doing}: no answer from the API server ({_cause(error)})",
            where="Kubernetes",
            hint="see with `binder-singlenode status` whether k3s runs",
        ) from error


def _message(error: ApiException) -> str:
    """The API server's message, without the headers and the request, which might contain a token."""
    try:
        text = str(json.loads(error.body or "")["message"])
    except (TypeError, ValueError, LookupError):
        text = (
            error.body.decode("utf-8", "replace") if isinstance(error.body, bytes) else str(error.body or "")
        )
    return text.strip()[:_MESSAGE_CHARS] or "no message"


def _cause(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    cause = str(reason or error) or type(error).__name__
    return cause.split(": ", 1)[-1] if "object at 0x" in cause else cause
