"""The networks that the host knows: addresses, and routes of all tables with what leads to them."""

from __future__ import annotations

_SCRIPT = r"""
# address: IP, interface, prefix length; the other end of a point-to-point link is a route.
ip -o addr show 2>/dev/null | awk '{
    split($4, a, "/"); peer = ($5 == "peer") ? $6 : ""
    length_ = (peer == "") ? a[2] : (a[1] ~ /:/ ? 128 : 32)
    if (a[1] !~ /^(127\.|fe80:|::1$)/) print "address\t" a[1] "\t" $2 "\t" length_
    if (peer != "") print "route\t" peer "\t" $2 "\tmain\tunicast"
}'
# route: network, interface, table, type; gateway: IP, interface. A route with several gateways is one line.
for version in 4 6; do ip -$version -o route show table all 2>/dev/null; done | awk '{
    type = "unicast"; at = 1; device = ""; table = "main"
    if ($1 ~ /^(unicast|local|broadcast|multicast|anycast|throw|unreachable|prohibit|blackhole|nat)$/) {
        type = $1; at = 2
    }
    for (i = at + 1; i < NF; i++) {
        if ($i == "dev" && device == "") device = $(i + 1)
        if ($i == "table") table = $(i + 1)
    }
    print "route\t" $at "\t" device "\t" table "\t" type
    for (i = at + 1; i < NF; i++) {
        if ($i == "via") print "gateway\t" ($(i + 1) ~ /^inet6?$/ ? $(i + 2) : $(i + 1)) "\t" device
    }
}'
# selector: network, what it belongs to. A policy route sends it to another table, IPsec into a tunnel.
ip -o rule show 2>/dev/null | awk '{
    for (i = 2; i < NF; i++) if (($i == "from" || $i == "to") && $(i + 1) != "all")
        print "selector\t" $(i + 1) "\tip rule " $1
}' | sed 's/:$//'
ip -o xfrm policy 2>/dev/null | awk '$1 == "src" && $3 == "dst" {
    print "selector\t" $2 "\tIPsec policy"; print "selector\t" $4 "\tIPsec policy"
}'
exit 0
"""


def fragments() -> dict[str, str]:
    """Section -> shell."""
    return {"host networks": _SCRIPT}
