"""Run by the test bed's Python: jupyterhub_config.py as JupyterHub reads it, and what its classes make of it.

Prints JSON: `unknown` lists options that no class has (JupyterHub itself would only warn), `pod` is the
manifest of a session as KubeSpawner would send it. A value of a wrong type ends this with its class's words.
"""

import asyncio
import json
import sys
from types import SimpleNamespace

from jupyterhub.app import JupyterHub
from jupyterhub.crypto import CryptKeeper
from jupyterhub.proxy import ConfigurableHTTPProxy
from kubernetes_asyncio.client import ApiClient, Configuration
from kubespawner import spawner as kubespawner


def unknown(config, classes):
    known = {each.__name__: each for top in classes for each in top.mro() if hasattr(each, "class_traits")}
    for name, options in config.items():
        for option in options:
            if name not in known or not known[name].class_traits(config=True).get(option):
                yield f"{name}.{option}"


async def manifest(app):
    def nowhere(**_):
        Configuration.set_default(Configuration(host="http://127.0.0.1:9"))

    kubespawner.load_config = nowhere  # there is no cluster to talk to

    class Spawner(app.spawner_class):
        server = SimpleNamespace(base_url="/user/mock/", ip="", port=8888, bind_url="http://:8888/user/mock/")

    spawner = Spawner(config=app.config, _mock=True)
    spawner.user_options = {
        "image": "registry/image:1",
        "token": "abc",
        "repo_url": "https://git.example.org/a/b",
    }
    spawner.image = spawner.user_options["image"]
    return ApiClient().sanitize_for_serialization(await spawner.get_pod_manifest())


async def main():
    app = JupyterHub()
    app.load_config_file(sys.argv[1])
    app.update_config(app.config)
    authenticator = app.authenticator_class(config=app.config)
    classes = [JupyterHub, app.spawner_class, type(authenticator), ConfigurableHTTPProxy, CryptKeeper]
    told = {"unknown": list(unknown(app.config, classes)), "pod": await manifest(app)}
    print(json.dumps(told))


asyncio.run(main())
