"""Throwaway VMs in user-mode Linux: a Linux kernel that runs as a process and needs no hypervisor."""
