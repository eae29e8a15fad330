"""For people who prefer the stock command:

    BINDER_BUNDLE=… pyinfra inventories/example.py deploy/site.py --limit lab --dry

One line per step: pyinfra orders operations by the line numbers they are called from.
"""

from pyinfra.context import host

from binder_singlenode.deploy.steps.build_limits import builds
from binder_singlenode.deploy.steps.disk_cleanup import cleaning
from binder_singlenode.deploy.steps.entry import entry
from binder_singlenode.deploy.steps.firewall import firewall
from binder_singlenode.deploy.steps.helm import helm
from binder_singlenode.deploy.steps.homes import homes
from binder_singlenode.deploy.steps.k3s import k3s
from binder_singlenode.deploy.steps.kernel import kernel
from binder_singlenode.deploy.steps.maintenance import maintenance
from binder_singlenode.deploy.steps.packages import packages
from binder_singlenode.deploy.steps.registry import registry
from binder_singlenode.deploy.steps.release import release
from binder_singlenode.deploy.steps.retention import upkeep
from binder_singlenode.deploy.steps.unused_store import store
from binder_singlenode.deploy.stock_pyinfra import context_of

context = context_of(host)
packages(context=context)
maintenance(context=context)
kernel(context=context)
firewall(context=context)
builds(context=context)
k3s(context=context)
helm(context=context)
registry(context=context)
homes(context=context)
release(context=context)
store(context=context)
entry(context=context)
cleaning(context=context)
upkeep(context=context)
