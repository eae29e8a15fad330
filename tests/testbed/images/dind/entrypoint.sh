#!/bin/sh
# Takes the arguments of the official docker:dind image: `dockerd FLAGS` or FLAGS alone start the daemon,
# anything else is run as it is.
set -eu
case "${1:-}" in
    "" | -*) set -- dockerd "$@" ;;
esac
[ "$1" = dockerd ] || exec "$@"
# A daemon that was killed leaves its pid files, and would take them for another daemon's.
find /run /var/run -iname 'docker*.pid' -delete 2>/dev/null || :
# cgroup v2: a group with processes of its own cannot hand controllers on. Theirs move into a leaf first.
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    mkdir -p /sys/fs/cgroup/init
    # A privileged pod sees the host's groups, whose processes read as 0 from this PID namespace; a 0 that is
    # written means its writer. So a subshell writes: dockerd must stay in the group where containerd looks for it.
    while read -r pid; do
        (echo "$pid" >/sys/fs/cgroup/init/cgroup.procs) 2>/dev/null || :
    done </sys/fs/cgroup/cgroup.procs
    sed -e 's/ / +/g' -e 's/^/+/' </sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control || :
fi
exec docker-init -- "$@"
