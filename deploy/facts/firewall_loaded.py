"""Whether the kernel has our table exactly as our file describes it."""

from binder_singlenode.layout import paths


def script() -> str:
    """Shell that succeeds when it does.

    The file is loaded in a network namespace of its own, and the same nft prints both: no form that one of
    its versions prefers looks like a difference.
    """
    listed = f"nft -s list table inet {paths.FIREWALL_TABLE}"
    wanted = f"nft -f {paths.FIREWALL_RULES} && {listed}"
    return (
        f'wanted=$(unshare --net sh -c \'{wanted}\' 2>/dev/null) && [ "$({listed} 2>/dev/null)" = "$wanted" ]'
    )
