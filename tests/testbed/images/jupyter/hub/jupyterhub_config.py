"""JupyterHub's configuration in the test bed: the chart's values, read by the real classes.

The chart puts its values beside this file's tokens (Secret "hub"). What they mean is said by the chart's
values.schema.json; here it becomes traits, which JupyterHub, KubeSpawner and the authenticators check as they
do everywhere. Last come `hub.config` and the Python of `hub.extraConfig`, as the chart promises.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from chart_hub import configure_hub
from chart_services import configure_services
from chart_spawner import configure_spawner
from chart_values import Values

c = get_config()  # noqa: F821  of JupyterHub
SECRET = Path(os.environ.get("TESTBED_HUB_SECRET", "/usr/local/etc/jupyterhub/secret"))
values = Values.read(SECRET)

configure_hub(c, values)
configure_spawner(c, values)
configure_services(c, values)

for each_class, each_options in values.at("hub.config", {}).items():
    c[each_class].update(each_options)
for each_name, each_text in sorted(values.at("hub.extraConfig", {}).items()):
    print(f"hub.extraConfig: {each_name}", flush=True)
    exec(compile(each_text, each_name, "exec"))
