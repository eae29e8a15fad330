"""The resolver: the name servers that pods will get, the host's search domains, and what answers there.

    resolver_from<TAB>SOURCE     resolver_server<TAB>ADDRESS
    resolver_left<TAB>ADDRESS<TAB>REASON<TAB>SOURCE
    resolver_file<TAB>STATE      resolver_search<TAB>DOMAIN      resolver_option<TAB>OPTION

Then, if queries may leave the host:

    resolver_answer<TAB>ADDRESS<TAB>RCODE        resolver_silent<TAB>ADDRESS
    resolver_wildcard<TAB>DOMAIN<TAB>ADDRESS
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING

from binder_singlenode.base.render import render

if TYPE_CHECKING:
    from binder_singlenode.config import Host

NOTHING = "nothing"
"""The source when no usable name server was found (templates/resolver/find.sh.j2)."""
NO_SUCH_DOMAIN = "invalid"
"""No name in this domain exists (RFC 6761, 6.4): an address for one is an invented answer."""

_HOST = r"""
(
@find@
) | sed 's/^/resolver_/'
file=/etc/resolv.conf
if [ -h $file ] && [ ! -e $file ]; then say resolver_file "a link to $(readlink $file), which does not exist"
elif [ ! -e $file ]; then say resolver_file "missing"
elif ! grep -q '^nameserver' $file; then say resolver_file "without a name server"; fi
# The last line counts. Without one, glibc takes the domain of the machine's name.
lines=$(awk '$1 == "search" || $1 == "domain" { $1 = "-"; line = $0 } END { print line }' $file 2>/dev/null)
name=$(hostname 2>/dev/null)
case $lines,$name in ,*.*) lines=${name#*.} ;; esac
for domain in $lines; do
    domain=${domain%.}
    case $domain in '' | *[!A-Za-z0-9._-]* | -) ;; *) say resolver_search "$domain" ;; esac
done
for option in $(sed -n 's/^options[ \t]//p' $file 2>/dev/null); do say resolver_option "$option"; done
"""

_ASK = r"""
asks() {
    # A question for the address of github.com; the fourth byte of any answer has the response code.
    question='\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x06github\x03com\x00\x00\x01\x00\x01'
    for try in 1 2; do
        code=$(timeout 3 bash -c "exec 3<>/dev/udp/$1/53; printf '$question' >&3; head -c 4 <&3" 2>/dev/null |
            od -An -tu1 | awk 'NF == 4 { print $4 % 16 }')
        [ -z "$code" ] || { printf 'resolver_answer\t%s\t%s\n' "$1" "$code"; return; }
    done
    printf 'resolver_silent\t%s\n' "$1"
}
invents() {
    found=$(timeout 8 getent ahosts "$name.$1." 2>/dev/null | awk '{ print $1; exit }')
    [ -z "$found" ] || printf 'resolver_wildcard\t%s\t%s\n' "$1" "$found"
}
name=binder-$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')
for server in @servers@; do asks "$server" & done
for domain in @domains@; do invents "$domain" & done
"""


def fragments(host: Host) -> dict[str, str]:
    """Section -> shell; sends nothing."""
    return {"resolver": _HOST.replace("@find@", find_script(host))}


def find_script(host: Host) -> str:
    """Shell that finds the name servers for pods: as deploy/steps/resolver.py does on the host."""
    return render("resolver/find.sh.j2", **find_values(host))


def find_values(host: Host) -> dict[str, object]:
    """The template's values."""
    network = host.network
    return {
        "pod_cidr": network.pod_cidr,
        "service_cidr": network.service_cidr,
        "nameservers": network.nameservers,
    }


def asking_script(servers: Iterable[str], domains: Iterable[str]) -> str:
    """Shell that queries name servers, in the background: whoever runs it ends with `wait`."""
    words = {"@servers@": shlex.join(servers), "@domains@": shlex.join([*domains, NO_SUCH_DOMAIN])}
    text = _ASK
    for mark, value in words.items():
        text = text.replace(mark, value)
    return text
