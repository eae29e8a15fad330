"""For people who prefer the stock command:

    BINDER_BUNDLE=… pyinfra inventories/example.py deploy/site.py --limit lab --dry

One line per step: pyinfra orders operations by the line numbers they are called from.
"""

from pyinfra.context import host

from binder_singlenode.deploy.builds import builds
from binder_singlenode.deploy.cleaning import cleaning
from binder_singlenode.deploy.entry import entry
from binder_singlenode.deploy.firewall import firewall
from binder_singlenode.deploy.helm import helm
from binder_singlenode.deploy.homes import homes
from binder_singlenode.deploy.k3s import k3s
from binder_singlenode.deploy.kernel import kernel
from binder_singlenode.deploy.maintenance import maintenance
from binder_singlenode.deploy.packages import packages
from binder_singlenode.deploy.registry import registry
from binder_singlenode.deploy.release import release
from binder_singlenode.deploy.stock import context_of
from binder_singlenode.deploy.store import store
from binder_singlenode.deploy.upkeep import upkeep

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
