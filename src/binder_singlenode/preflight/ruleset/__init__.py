"""What the kernel's packet filters do with a packet: rules of nft and iptables, read and walked through."""
