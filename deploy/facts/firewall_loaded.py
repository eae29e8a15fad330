"""Compare the nftables table in the kernel with binder-singlenode's rules file."""

from binder_singlenode.layout import paths


def script() -> str:
    """Shell that succeeds if the kernel's table equals the rules file.

    The file is loaded in a separate network namespace, and the same nft prints both tables. So a format that
    depends on the version of nft never looks like a difference.
    """
    listed = f"nft -s list table inet {paths.FIREWALL_TABLE}"
    wanted = f"nft -f {paths.FIREWALL_RULES} && {listed}"
    return (
        f'wanted=$(unshare --net sh -c \'{wanted}\' 2>/dev/null) && [ "$({listed} 2>/dev/null)" = "$wanted" ]'
    )
