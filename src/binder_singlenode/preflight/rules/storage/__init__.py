"""The preflight's rules about disks: file systems, mounts, and what each path really is."""
