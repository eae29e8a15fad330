"""The disk image below a throwaway VM: Debian from its packages, made once; and a first boot's seed."""
