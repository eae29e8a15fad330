"""The host file: one YAML file says what one machine should be.

model       the fields and their documentation     sections, sessions, networks, proxy, providers, sign_in,
                                                   tls
                                                   fields, address, keyfile, secret: what a value may be
reader      file -> Host                           document, tree, scalars: the YAML that is read
                                                   problems, syntax, phrases, suggest: how errors are told
                                                   secrecy: what errors never repeat
targets     NAME, FILE or user@address -> file     contact: the file of a new machine
editor      change a file, keep its comments       splice, files: how it is written
schema      JSON schema for editors
"""

from binder_singlenode.config.editor import edit
from binder_singlenode.config.model import API_VERSION, Host
from binder_singlenode.config.networks import Network
from binder_singlenode.config.problems import HostFileError, Mark, Problem
from binder_singlenode.config.providers import GitHub, GitLab
from binder_singlenode.config.proxy import Proxy
from binder_singlenode.config.reader import from_mapping, load, loads, place
from binder_singlenode.config.schema import json_schema, json_schema_text
from binder_singlenode.config.secret import SecretRef
from binder_singlenode.config.sections import Builds, Images, Node, Release, Ssh
from binder_singlenode.config.sessions import Sessions
from binder_singlenode.config.sign_in import SignIn
from binder_singlenode.config.targets import argument, find, inventories_dir, names, resolve
from binder_singlenode.config.tls import Tls

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
    "load",
    "loads",
    "names",
    "place",
    "resolve",
]
