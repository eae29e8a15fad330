"""Throwaway VMs at Hetzner Cloud."""
