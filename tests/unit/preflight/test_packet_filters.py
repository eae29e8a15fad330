"""Packet filters as text in, problems out: one test per message, and which tables count."""

from binder_singlenode.config import Host
from binder_singlenode.preflight import facts as preflight_facts
from binder_singlenode.preflight.rules.networks import packet_filters
from binder_singlenode.preflight.ruleset import read

from .filter_bed import DROP_ALL, LETS_IN, ROWS, WEB, found, nft, of_input
from .test_judge import judged


def test_the_message_names_table_chain_rule_line_and_file() -> None:
    rows = "filter_unit\tnetfilter-persistent\nfilter_file\t/etc/iptables/rules.v4\n"
    text = DROP_ALL.replace("INPUT DROP", "INPUT ACCEPT").format(LETS_IN + "-A INPUT -j REJECT")
    [problem] = found(text, rows=rows, tls="own-ca")
    assert problem.where == "iptables table filter, chain INPUT"
    assert problem.what == "drops visitors to tcp 80, visitors to tcp 443: by the rule `-A INPUT -j REJECT`"
    assert problem.remedy == (
        "iptables -I INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT; and write the same above the line"
        " that drops them in /etc/iptables/rules.v4, which netfilter-persistent loads at boot"
    )
    assert problem.fatal


def test_a_policy_and_a_host_that_keeps_no_rules() -> None:
    [problem] = of_input(name="iptables-legacy")
    assert problem.where == "iptables-legacy table filter, chain INPUT"
    assert problem.what == "drops visitors to tcp 80: by its policy drop"
    assert problem.remedy == (
        "iptables-legacy -I INPUT -p tcp -m multiport --dports 80 -j ACCEPT; and let whatever loads these"
        " rules at boot load the same"
    )


def test_a_chain_of_nft() -> None:
    rows = "filter_file\t/etc/nftables.conf\n"
    [problem] = found(nft({"hook": "forward"}, [{"drop": None}]), "nft", rows)
    assert problem.where == "nft table inet x, chain c"
    assert problem.what.endswith("by the rule `drop (handle 7)`")
    assert problem.remedy == (
        "nft 'insert rule inet x c ip saddr 10.42.0.0/16 accept' && nft 'insert rule inet x c ip daddr"
        " 10.42.0.0/16 accept'; and write the same above the line that drops them in /etc/nftables.conf, if"
        " that is what is loaded at boot"
    )


def test_dockers_and_ufws_policy_of_forward_does_no_harm() -> None:
    docker = (
        "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:DOCKER-USER - [0:0]\n:DOCKER-FORWARD - [0:0]\n"
        "-A FORWARD -j DOCKER-USER\n-A FORWARD -j DOCKER-FORWARD\n-A DOCKER-FORWARD -i docker0 -j DROP\n"
    )
    assert found(docker) == []


def test_a_host_that_runs_has_flannels_accepts_in_front() -> None:
    rules = (
        "*filter\n:FORWARD ACCEPT [0:0]\n:FLANNEL-FWD - [0:0]\n:KUBE-ROUTER-FORWARD - [0:0]\n"
        "-A FORWARD -j KUBE-ROUTER-FORWARD\n-A KUBE-ROUTER-FORWARD -s 10.42.0.0/16 -j REJECT\n{}"
        "-A FORWARD -j REJECT\n-A FLANNEL-FWD -s 10.42.0.0/16 -j ACCEPT\n"
        "-A FLANNEL-FWD -d 10.42.0.0/16 -j ACCEPT\n"
    )
    assert found(rules.format("-A FORWARD -j FLANNEL-FWD\n")) == []
    [problem] = found(rules.format(""))
    assert "by the rule `-A FORWARD -j REJECT`" in problem.what


def test_ufw_has_its_own_words() -> None:
    ufw = ":ufw-user-input - [0:0]\n-A INPUT -j ufw-user-input"
    text = DROP_ALL.format(
        f"-A INPUT -i lo -j ACCEPT\n-A INPUT -m state --state ESTABLISHED -j ACCEPT\n{ufw}"
    )
    [problem] = found(text)
    assert problem.remedy == (
        "ufw allow from 10.42.0.0/16 && ufw allow from 10.43.0.0/16 && ufw allow 80/tcp, or: ufw disable"
    )
    reject = "*filter\n:FORWARD DROP [0:0]\n:ufw-reject-forward - [0:0]\n-A FORWARD -j ufw-reject-forward\n"
    [problem] = found(f"{reject}-A ufw-reject-forward -j REJECT\n")
    assert problem.remedy == (
        "ufw route allow from 10.42.0.0/16 && ufw route allow to 10.42.0.0/16, or: ufw disable"
    )


def test_firewalld_has_its_own_words() -> None:
    text = nft({"hook": "input"}, [{"reject": None}]).replace('"x"', '"firewalld"')
    [problem] = found(text, "nft", tls="own-ca")
    assert problem.remedy.startswith("firewall-cmd --permanent --zone=trusted --add-source=10.42.0.0/16")
    assert "--add-service=https" in problem.remedy


def test_firewalld_with_its_backend_for_iptables() -> None:
    text = "*filter\n:INPUT ACCEPT [0:0]\n:INPUT_ZONES - [0:0]\n-A INPUT -j INPUT_ZONES\n-A INPUT -j REJECT\n"
    [problem] = found(text, rows="active\tfirewalld\n")
    assert problem.remedy.startswith("firewall-cmd --permanent")


def test_the_clusters_dns_is_a_pod_too() -> None:
    """A chain that lets pods out, but not to each other: on a bridge the kernel filters that as well."""
    both = [
        {"match": {"op": "==", "left": {"meta": {"key": key}}, "right": "cni0"}}
        for key in ("iifname", "oifname")
    ]
    [problem] = found(nft({"hook": "forward"}, [*both, {"drop": None}]), "nft")
    assert "pods to the cluster's DNS (udp 53)" in problem.what
    assert "iifname cni0 oifname cni0 drop (handle 7)" in problem.what


def test_over_ipv6_it_is_a_warning() -> None:
    rows = "address\t2a01:4f8::1\teth0\t64\n"
    closed = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n"
    [problem] = found(closed, "ip6tables", rows)
    assert (problem.fatal, problem.where) == (False, "ip6tables table filter, chain INPUT")
    assert "visitors to tcp 80 over IPv6" in problem.what
    assert found(closed, "ip6tables") == [], "no address, no visitors"


def test_a_proxy_is_the_way_out() -> None:
    lines = "*filter\n:OUTPUT DROP [0:0]\n-A OUTPUT -o lo -j ACCEPT\n-A OUTPUT -d 10.42.0.0/16 -j ACCEPT\n{}"
    only = lines.format("-A OUTPUT -p udp --dport 53 -j ACCEPT\n-A OUTPUT -p tcp --dport 3128 -j ACCEPT")
    assert [problem.fatal for problem in found(only)] == [True]
    assert found(only, proxy={"http": "http://192.0.2.9:3128"}) == []


def test_ingress_of_a_card() -> None:
    chain = {"hook": "ingress", "dev": "eth0", "policy": "drop"}
    assert "visitors to tcp 80" in found(nft(chain).replace('"inet"', '"netdev"'), "nft")[0].what
    other = nft({**chain, "dev": "eth1"}).replace('"inet"', '"netdev"')
    assert found(other, "nft") == []


def test_a_table_of_iptables_is_judged_once() -> None:
    """nft shows the same table, with matches that it cannot print."""
    seen = nft(
        {"hook": "input", "policy": "drop"}, [{"xt": {"type": "match", "name": "x"}}, {"accept": None}]
    )
    seen = seen.replace('"inet"', '"ip"').replace('"x"', '"filter"')
    text = f"##binder text nft\n{seen}\n##binder text iptables\n{DROP_ALL.format(LETS_IN + WEB)}"
    facts = preflight_facts.parse(ROWS + text, 0)
    assert [table.tool for table in read.tables(facts)] == ["iptables"]
    assert list(packet_filters.filters(facts, Host.model_validate({"address": "a.b"}))) == []


def test_rules_decide_where_they_are_known() -> None:
    """ufw is active, but what the kernel has lets everything in: no problem; and the other way round."""
    assert [problem.where for problem in judged("ufw\tStatus: active\n")] == ["ufw"]
    text = f"ufw\tStatus: active\n##binder text iptables\n{DROP_ALL.format(LETS_IN + WEB)}"
    assert judged(text) == []
    assert [p.where for p in judged(f"##binder text iptables\n{DROP_ALL.format(LETS_IN)}")] == [
        "iptables table filter, chain INPUT"
    ]
