"""Throwaway VMs of this computer, whatever runs them: records, disks, keys, power, waiting for ssh."""
