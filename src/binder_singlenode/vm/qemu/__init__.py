"""Throwaway VMs in qemu: with KVM, or with an emulated CPU."""
