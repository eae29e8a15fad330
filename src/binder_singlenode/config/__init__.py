"""The host file: one YAML file with the desired state of one machine.

model/      the fields, their documentation and checks; one module per section
reader      file -> Host
yaml/       the supported subset of YAML, and changes in place
messages/   error messages, and the values that they must not quote
secrets/    sources of secrets: environment variables, files, encrypted files
find        NAME, FILE or user@address -> file     new_file: the file of a new machine
edit        change a file, keep its comments
schema      JSON schema for editors
"""

from binder_singlenode.config.edit import edit
from binder_singlenode.config.find import argument, find, inventories_dir, names, planned, resolve
from binder_singlenode.config.messages.problems import HostFileError, Mark, Problem
from binder_singlenode.config.model.git_providers import GitHub, GitLab
from binder_singlenode.config.model.host import API_VERSION, Host
from binder_singlenode.config.model.network import Network
from binder_singlenode.config.model.proxy import Proxy
from binder_singlenode.config.model.secret import SecretRef
from binder_singlenode.config.model.sections import Builds, Images, Node, Release, Ssh
from binder_singlenode.config.model.sessions import Sessions
from binder_singlenode.config.model.sign_in import SignIn
from binder_singlenode.config.model.tls import Tls
from binder_singlenode.config.new_file import keep
from binder_singlenode.config.reader import from_mapping, load, loads, place, position
from binder_singlenode.config.schema import json_schema, json_schema_text

__all__ = [
    "API_VERSION",
    "Builds",
    "GitHub",
    "GitLab",
    "Host",
    "HostFileError",
    "Images",
    "Mark",
    "Network",
    "Node",
    "Problem",
    "Proxy",
    "Release",
    "SecretRef",
    "Sessions",
    "SignIn",
    "Ssh",
    "Tls",
    "argument",
    "edit",
    "find",
    "from_mapping",
    "inventories_dir",
    "json_schema",
    "json_schema_text",
    "keep",
    "load",
    "loads",
    "names",
    "place",
    "planned",
    "position",
    "resolve",
]
