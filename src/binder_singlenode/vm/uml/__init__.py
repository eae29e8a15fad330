"""Throwaway VMs in user-mode Linux: a kernel that is a program, where there is no hypervisor."""
