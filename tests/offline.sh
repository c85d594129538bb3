#!/bin/sh
# Run a Python with no network but loopback: tests/offline.sh PYTHON [arguments]
# It finds COURSE_OFFLINE set to 1, or to 0 where the system allows no such cut.

# A new network namespace has its loopback down, and a bare machine has no `ip`.
raise_loopback='
import fcntl, socket, struct
interface_up = struct.pack("16sh14x", b"lo", 1)  # IFF_UP
fcntl.ioctl(socket.socket(), 0x8914, interface_up)  # SIOCSIFFLAGS
'
cut="unshare --map-root-user --net"

if $cut "$1" -c "$raise_loopback" 2>/dev/null; then
    COURSE_OFFLINE=1 exec $cut sh -c '"$1" -c "$0" && exec "$@"' "$raise_loopback" "$@"
fi
echo "offline.sh: this system cannot cut the network off; running with it." >&2
COURSE_OFFLINE=0 exec "$@"
