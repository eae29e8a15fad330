"""Packet filters as others set them, each with what it drops: see WORDS in test_others_rules.py."""

from .network_bed import POD_CIDR

IMAGE = """*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p icmp -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT
-A INPUT -j REJECT --reject-with icmp-host-prohibited
-A FORWARD -j REJECT --reject-with icmp-host-prohibited
COMMIT
"""
WITH_OURS = IMAGE.replace(
    "-A INPUT -p icmp",
    f"-A INPUT -s {POD_CIDR} -j ACCEPT\n-A INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT\n"
    "-A INPUT -p icmp",
).replace("-A FORWARD", f"-A FORWARD -s {POD_CIDR} -j ACCEPT\n-A FORWARD -d {POD_CIDR} -j ACCEPT\n-A FORWARD")
UFW = """*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:ufw-before-input - [0:0]
:ufw-user-input - [0:0]
:ufw-not-local - [0:0]
:ufw-logging-deny - [0:0]
-A INPUT -j ufw-before-input
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -j ufw-not-local
-A ufw-before-input -j ufw-user-input
-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
-A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny
-A ufw-not-local -j DROP
-A ufw-user-input -p tcp -m tcp --dport 80 -j ACCEPT
COMMIT
"""
RAW = """*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -i cni0 -p tcp -m tcp --dport 6443 -j DROP
COMMIT
"""
DEBIAN = """table inet filter {
    chain input {
        type filter hook input priority 0; policy drop;
        iifname "lo" accept
        ct state vmap { established : accept, related : accept, invalid : drop }
        tcp dport { 22 } accept
    }
    chain forward { type filter hook forward priority 0; policy drop; }
    chain output { type filter hook output priority 0; policy accept; }
}
"""
FIREWALLD = """table inet firewalld {
    chain filter_INPUT {
        type filter hook input priority 10; policy accept;
        ct state { established, related } accept
        ct status dnat accept
        iifname "lo" accept
        jump zones
        reject with icmpx admin-prohibited
    }
    chain filter_FORWARD {
        type filter hook forward priority 10; policy accept;
        ct state { established, related } accept
        jump zones
        reject with icmpx admin-prohibited
    }
    chain zones { TRUSTED goto public
    }
    chain trusted { accept
    }
    chain public {
        tcp dport { 22, 80 } ct state { new, untracked } accept
        meta l4proto { icmp, ipv6-icmp } accept
    }
}
"""
SETS = """table inet mine {
    set pods { type ipv4_addr; flags interval; elements = { 10.42.0.0/17, 10.42.128.0/17 } }
    map ports { type inet_service : verdict; elements = { 22 : accept, 80 : jump web } }
    chain web { ip saddr 192.0.2.0/24 accept
    }
    chain input {
        type filter hook input priority 0; policy drop;
        ct state established,related accept
        iif lo accept
        ip saddr @pods tcp dport 1-1024 drop
        ip saddr @pods accept
        tcp dport vmap @ports
    }
    chain forward {
        type filter hook forward priority 0; policy accept;
        iifname "cni*" oifname != "wlan*" tcp dport != { 53, 443 } drop
        tcp flags & (fin|syn|rst|psh|ack|urg) == (fin|psh|urg) drop
    }
}
"""
OUTPUT = """table ip filter {
    chain OUTPUT {
        type filter hook output priority 0; policy drop;
        ip daddr 10.42.0.0/16 accept
        oifname "lo" accept
        ct state established accept
        udp dport 53 accept
        tcp dport 8443 accept
    }
}
"""
RAW_NFT = """table inet early {
    chain first { type filter hook prerouting priority -300; policy accept;
        ip saddr 10.0.0.0/8 iifname != "eth*" tcp dport 6443 drop
        meta mark 0x7 drop
        ip ttl < 3 drop
    }
}
"""
NFT = {
    "nothing": ("", ""),
    "Debian's file with policy drop": (DEBIAN, "api web out"),
    "like firewalld": (FIREWALLD.replace("TRUSTED", ""), "api out"),
    "like firewalld, with sources": (FIREWALLD.replace("TRUSTED", f"ip saddr {POD_CIDR} goto trusted;"), ""),
    "sets, maps and ranges": (SETS, ""),
    "an output that lets little out": (OUTPUT, "away"),
    "before conntrack": (RAW_NFT, "api"),
}
SAVED = {
    "the image of a cloud": (IMAGE, "api web out"),
    "the same with our lines": (WITH_OURS, ""),
    "like ufw": (UFW, "api"),
    "raw": (RAW, "api"),
}
