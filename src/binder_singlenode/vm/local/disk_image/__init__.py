"""Disk image of a throwaway VM: Debian, built once from packages, and the seed disk for the first boot."""
