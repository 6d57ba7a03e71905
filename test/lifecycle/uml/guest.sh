#!/bin/sh
# Process 1 of a User-mode Linux with pure cgroup v2. Prints TAP-like lines, then halts.
# Parameters come in the file params beside the log: RT (the runtime), TOOLS (the probe and busybox), OUT (the log).
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
. "$(dirname "$0")/params"
exec >"$OUT" 2>&1 </dev/null

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir /run/guest
mount -t tmpfs tmpfs /dev -o mode=755
mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/zero c 1 5; mknod -m 666 /dev/full c 1 7; mknod -m 666 /dev/tty c 5 0
mknod -m 666 /dev/random c 1 8; mknod -m 666 /dev/urandom c 1 9; mknod /dev/fuse c 10 229
ln -s /proc/self/fd /dev/fd
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t cgroup2 none /sys/fs/cgroup
for c in $(cat /sys/fs/cgroup/cgroup.controllers); do echo "+$c" >/sys/fs/cgroup/cgroup.subtree_control; done

n=0
ok() { n=$((n + 1)); echo "ok $n $1"; }
bad() { n=$((n + 1)); echo "not ok $n $1"; shift; printf '%s\n' "$@" | sed 's/^/# /'; }
# is NAME WANTED SEEN
is() { if [ "$2" = "$3" ]; then ok "$1"; else bad "$1" "wanted: $2" "seen: $3"; fi; }
has() { case $3 in *"$2"*) ok "$1" ;; *) bad "$1" "wanted: …$2…" "seen: $3" ;; esac }
rt() { "$RT" --root /run/rt "$@"; }

# bundle DIR RESOURCES ARGS: the config's variable parts are filled into the template
bundle() {
  mkdir -p "$1/rootfs/bin" "$1/rootfs/proc" "$1/rootfs/sys" "$1/rootfs/dev" "$1/rootfs/tmp"
  cp "$TOOLS/busybox" "$TOOLS/probe" "$1/rootfs/bin/"
  for a in sh true cat echo ls mknod mkdir sleep readlink grep touch; do ln -sf busybox "$1/rootfs/bin/$a"; done
  sed -e "s|\"@RESOURCES@\"|$2|" -e "s|\"@ARGS@\"|$3|" "$(dirname "$0")/template.json" >"$1/config.json"
}
deny='{"allow":false,"access":"rwm"}'

B=/run/guest/a
bundle $B "{\"devices\":[$deny]}" '["/bin/sh","-c","echo out; exit 3"]'
out=$(rt run -b $B a); code=$?
is 'run: exit code' 3 $code
is 'run: output' out "$out"
is 'run: nothing left in the cgroup tree' '' "$(find /sys/fs/cgroup -mindepth 1 -type d -name 'a')"
is 'run: no state left' '' "$(ls /run/rt 2>/dev/null)"

B=/run/guest/b
bundle $B "{\"devices\":[$deny,{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"r\"}],\"memory\":{\"limit\":67108864,\"reservation\":33554432,\"swap\":134217728},\"pids\":{\"limit\":33},\"cpu\":{\"shares\":512,\"quota\":25000,\"period\":50000},\"unified\":{\"memory.high\":\"50331648\"}}" '["/bin/probe","hold"]'
rt create -b $B --pid-file /run/guest/b.pid b >/run/guest/b.out 2>&1; code=$?
is 'create' 0 $code
[ $code = 0 ] || sed 's/^/# /' /run/guest/b.out
rt start b
C=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(cat /run/guest/b.pid)/cgroup")
is 'the cgroup is the container'"'"'s own' b "$(basename "$C")"
is 'memory.max' 67108864 "$(cat "$C/memory.max")"
is 'memory.low' 33554432 "$(cat "$C/memory.low")"
[ -e "$C/memory.swap.max" ] && is 'memory.swap.max' 67108864 "$(cat "$C/memory.swap.max")"
is 'pids.max' 33 "$(cat "$C/pids.max")"
is 'cpu.max' '25000 50000' "$(cat "$C/cpu.max")"
w=$(cat "$C/cpu.weight"); case $w in 20 | 59 | 50) ok 'cpu.weight' ;; *) bad 'cpu.weight' "seen: $w" ;; esac
is 'unified: memory.high' 50331648 "$(cat "$C/memory.high")"
has 'state' '"status": "running"' "$(rt state b)"
is 'exec: output' in "$(rt exec b echo in)"
rt exec b sh -c 'exit 6'; is 'exec: exit code' 6 $?
is 'exec: same cgroup' "$(cat "/proc/$(cat /run/guest/b.pid)/cgroup")" "$(rt exec b cat /proc/self/cgroup)"
mkdir $C/sub
is 'exec --cgroup: a group below' "$(sed 's|$|/sub|' "/proc/$(cat /run/guest/b.pid)/cgroup")" "$(rt exec --cgroup sub b cat /proc/self/cgroup)"
has 'exec --cgroup: not above' 'bad sub cgroup path' "$(rt exec --cgroup ../x b true 2>&1)"
dev=$(rt exec b sh -c 'mknod /tmp/mem c 1 1; mknod /tmp/fuse c 10 229; probe open r /tmp/mem /dev/null /tmp/fuse; probe open w /tmp/fuse')
has 'devices: one that is not allowed is denied' '/tmp/mem EPERM' "$dev"
has 'devices: the default ones are allowed' '/dev/null OK' "$dev"
case $dev in *'/tmp/fuse EPERM
/tmp/fuse EPERM'*) bad 'devices: a read-only rule' "$dev" ;; *'/tmp/fuse EPERM'*) ok 'devices: a read-only rule' ;; *) bad 'devices: a read-only rule' "$dev" ;; esac
is 'ps' "[$(cat /run/guest/b.pid)]" "$(rt ps -f json b)"
rt update --memory 96m --memory-reservation 48m --cpu-period 40000 --cpu-share 1024 --pids-limit 44 b; is 'update: exit code' 0 $?
is 'update: memory.max' 100663296 "$(cat "$C/memory.max")"
is 'update: memory.low' 50331648 "$(cat "$C/memory.low")"
[ -e "$C/memory.swap.max" ] && is 'update: memory+swap stays, swap is what is left of it' 33554432 "$(cat "$C/memory.swap.max")"
is 'update: the old quota with the new period' '25000 40000' "$(cat "$C/cpu.max")"
is 'update: cpu.weight' 100 "$(cat "$C/cpu.weight")"
is 'update: pids.max' 44 "$(cat "$C/pids.max")"
is 'update: others stay' 50331648 "$(cat "$C/memory.high")"
echo '{"memory":{"limit":134217728,"swap":201326592,"reservation":0},"cpu":{"shares":0,"quota":30000,"period":50000},"unified":{"memory.high":"67108864"}}' | rt update -r - b; is 'update: from standard input' 0 $?
is 'update: memory.max from JSON' 134217728 "$(cat "$C/memory.max")"
[ -e "$C/memory.swap.max" ] && is 'update: memory.swap.max' 67108864 "$(cat "$C/memory.swap.max")"
is 'update: memory.low: 0 leaves it alone' 50331648 "$(cat "$C/memory.low")"
is 'update: cpu.max from JSON' '30000 50000' "$(cat "$C/cpu.max")"
is 'update: unified' 67108864 "$(cat "$C/memory.high")"
echo '{"memory":{"limit":1024,"checkBeforeUpdate":true}}' | rt update -r - b >/run/guest/u.out 2>&1; is 'update: checkBeforeUpdate' 1 $?
has 'update: checkBeforeUpdate says why' 'rejecting memory limit 1024 <= usage' "$(cat /run/guest/u.out)"
echo '{"pids":{"limit":7},"memory":{"limit":167772160},"unified":{"memory.high":"bogus"}}' | rt update -r - b >/run/guest/u.out 2>&1; is 'update: a refused part' 1 $?
has 'update: names value and file' 'failed to write "bogus": write /sys/fs/cgroup/b/memory.high: ' "$(cat /run/guest/u.out)"
is 'update: nothing of it stays' '44 134217728' "$(cat "$C/pids.max") $(cat "$C/memory.max")"
echo '{"unified":{"nosuch.max":"1"}}' | rt update -r - b >/run/guest/u.out 2>&1; is 'update: a controller that is not there' 1 $?
rt update --memory -1 --pids-limit -1 --cpu-quota -1 b; is 'update: no limits' 'max max max 50000' "$(cat "$C/memory.max") $(cat "$C/pids.max") $(cat "$C/cpu.max")"
dev=$(rt exec b sh -c 'probe open r /tmp/mem /dev/null')
has 'update: device rules stay' '/tmp/mem EPERM' "$dev"
e=$(rt events --stats b); is 'events --stats: exit code' 0 $?
has 'events --stats: its shape' '{"type":"stats","id":"b","data":{"cpu":{"usage":{"total":' "$e"
has 'events --stats: no limit is 2^64-1' '"usage":{"limit":18446744073709551615,' "$e"
has 'events --stats: pids' '"pids":{"current":1}' "$e"
rt kill b KILL; i=0
while [ $i -lt 40 ] && ! rt state b | grep -q '"stopped"'; do i=$((i + 1)); sleep 0.02; done
rt delete b; is 'delete: exit code' 0 $?
[ -d "$C" ] && bad 'delete: the cgroup is gone' || ok 'delete: the cgroup is gone'

B=/run/guest/c
bundle $B "{\"devices\":[$deny]}" '["/bin/sh","-c","cat /proc/self/cgroup; ls /sys/fs/cgroup/cgroup.procs; cat /sys/fs/cgroup/cgroup.procs; mkdir /sys/fs/cgroup/x 2>\&1"]'
sed -i -e 's|{"type":"mount"}|{"type":"mount"},{"type":"cgroup"}|' -e 's|,"nodev","ro"\]}\]|,"nodev","ro"]},{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup","options":["ro","nosuid","noexec","nodev"]}]|' $B/config.json
out=$(rt run -b $B c 2>&1)
has 'cgroup namespace: the root is its own' '0::/
' "$out
"
has 'cgroup mount: its own processes' '/sys/fs/cgroup/cgroup.procs' "$out"
has 'cgroup mount: read-only' 'Read-only file system' "$out"

B=/run/guest/d
bundle $B "{\"devices\":[$deny],\"memory\":{\"limit\":33554432,\"swap\":33554432}}" '["/bin/probe","eat","200"]'
rt run -b $B d; is 'oom: 137' 137 $?

B=/run/guest/h
bundle $B "{\"devices\":[$deny],\"memory\":{\"limit\":33554432,\"swap\":33554432}}" '["/bin/sh","-c","while [ ! -e /tmp/go ]; do sleep 0.05; done; exec probe eat 200"]'
rt run -d -b $B h >/dev/null 2>&1
rt events --interval 50ms h >/run/guest/h.events & watcher=$!
i=0; while [ $i -lt 100 ] && ! grep -q stats /run/guest/h.events; do i=$((i + 1)); sleep 0.05; done
has 'events: statistics' '"memory":{' "$(head -n 1 /run/guest/h.events)"
rt exec h touch /tmp/go
wait $watcher; is 'events: ends with the container' 0 $?
is 'events: the OOM before the end' '{"type":"oom","id":"h"}' "$(grep oom.,.id /run/guest/h.events | sort -u)"
rt delete h; is 'events: delete' 0 $?

B=/run/guest/e
bundle $B "{\"devices\":[$deny],\"pids\":{\"limit\":20}}" '["/bin/probe","fork","50"]'
is 'pids: the limit holds' '19 EAGAIN' "$(rt run -b $B e)"

B=/run/guest/f
bundle $B "{\"devices\":[$deny]}" '["/bin/probe","hold"]'
rt run -d -b $B f >/dev/null 2>&1
is 'freeze: paused is seen' '' "$(echo 1 >/sys/fs/cgroup/f/cgroup.freeze 2>&1)"
has 'freeze: state' '"status": "paused"' "$(rt state f)"
rt resume f; is 'resume: what others froze' 0 $?
is 'resume: frozen 0' 'frozen 0' "$(grep frozen /sys/fs/cgroup/f/cgroup.events)"
has 'resume: twice is refused' 'container not paused' "$(rt resume f 2>&1)"
rt exec -d f sh -c 'while :; do :; done'
rt pause f; is 'pause: exit code' 0 $?
is 'pause: frozen 1' 'frozen 1' "$(grep frozen /sys/fs/cgroup/f/cgroup.events)"
has 'pause: twice is refused' 'container not running' "$(rt pause f 2>&1)"
rt exec f true >/dev/null 2>&1; is 'pause: exec is refused' 255 $?
rt delete --force f; is 'freeze: delete --force' 0 $?
[ -d /sys/fs/cgroup/f ] && bad 'freeze: the cgroup is gone' || ok 'freeze: the cgroup is gone'

B=/run/guest/g
bundle $B "{\"devices\":[$deny],\"unified\":{\"memory.high\":\"bogus\"}}" '["/bin/true"]'
rt run -b $B g >/run/guest/g.out 2>&1; is 'a refused limit: exit 1' 1 $?
has 'a refused limit: names the file' 'memory.high' "$(cat /run/guest/g.out)"
[ -d /sys/fs/cgroup/g ] && bad 'a refused limit: nothing left' || ok 'a refused limit: nothing left'

# Stage 1 is not root of the host any more when it clones, and may not write to the group itself.
B=/run/guest/u
bundle $B "{\"devices\":[$deny],\"pids\":{\"limit\":20}}" '["/bin/probe","hold"]'
sed -i -e 's|{"type":"mount"}|{"type":"mount"},{"type":"user"},{"type":"cgroup"}|' -e 's|"linux":{|"linux":{"uidMappings":[{"containerID":0,"hostID":100000,"size":65536}],"gidMappings":[{"containerID":0,"hostID":100000,"size":65536}],|' $B/config.json
rt run -d -b $B u >/run/guest/u.out 2>&1; is 'user namespace: run' 0 $?
sed 's/^/# /' /run/guest/u.out
is 'user namespace: in its group' 1 "$(grep -c . /sys/fs/cgroup/u/cgroup.procs)"
is 'user namespace: the cgroup namespace has it as root' '0::/' "$(rt exec u cat /proc/self/cgroup)"
is 'user namespace: exec is in the group' 2 "$(rt exec -d u sleep 100 >/dev/null 2>&1; grep -c . /sys/fs/cgroup/u/cgroup.procs)"
rt delete --force u; is 'user namespace: delete' 0 $?

# The container is root of its group: it gets what the kernel lists as delegated, and no limits.
B=/run/guest/o
bundle $B "{\"pids\":{\"limit\":50}}" '["/bin/probe","hold"]'
sed -i -e 's|{"type":"mount"}|{"type":"mount"},{"type":"user"},{"type":"cgroup"}|' -e 's|"linux":{|"linux":{"uidMappings":[{"containerID":0,"hostID":100000,"size":65536}],"gidMappings":[{"containerID":0,"hostID":100000,"size":65536}],|' -e 's|,"nodev","ro"\]}\]|,"nodev","ro"]},{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup","options":["nosuid","noexec","nodev"]}]|' $B/config.json
rt run -d -b $B o >/run/guest/o.out 2>&1; is 'delegated: run' 0 $?
sed 's/^/# /' /run/guest/o.out
C=/sys/fs/cgroup/o
is 'delegated: the group is the container'"'"'s' '100000 100000 100000 0' "$(stat -c %u $C $C/cgroup.procs $C/cgroup.subtree_control $C/pids.max | tr '\n' ' ' | sed 's/ $//')"
out=$(rt exec o sh -c 'mkdir /sys/fs/cgroup/inner; for p in $(cat /sys/fs/cgroup/cgroup.procs); do echo $p > /sys/fs/cgroup/inner/cgroup.procs; done 2> /dev/null; echo +memory > /sys/fs/cgroup/cgroup.subtree_control && echo divided; echo 5 > /sys/fs/cgroup/pids.max' 2>&1)
has 'delegated: it makes groups and hands controllers on' divided "$out"
has 'delegated: its own limits are not its own' 'ermission denied' "$out"
is 'exec: where init is, since the group takes no process any more' 0::/inner "$(rt exec o cat /proc/self/cgroup 2>&1)"
is 'delegated: ps finds those of sub-groups' "$(cat $C/inner/cgroup.procs)" "$(rt ps -f json o | tr -d '[]')"
rt delete --force o; is 'delegated: delete' 0 $?
[ -d $C ] && bad 'delegated: the group is gone' || ok 'delegated: the group is gone'

# Below a group whose threads are in groups of their own, no group is a domain.
mkdir -p /sys/fs/cgroup/t/x
echo threaded >/sys/fs/cgroup/t/x/cgroup.type
B=/run/guest/t
bundle $B "{\"devices\":[$deny],\"memory\":{\"limit\":67108864}}" '["/bin/true"]'
sed -i 's|"linux":{|"linux":{"cgroupsPath":"/t/c",|' $B/config.json
out=$(rt run -b $B t 2>&1); is 'threaded: a limit for domains is refused' 1 $?
has 'threaded: why' 'with domain controllers -- it is in' "$out"
[ -d /sys/fs/cgroup/t/c ] && bad 'threaded: nothing left' || ok 'threaded: nothing left'
bundle $B "{\"devices\":[$deny],\"pids\":{\"limit\":20}}" '["/bin/probe","hold"]'
sed -i 's|"linux":{|"linux":{"cgroupsPath":"/t/c",|' $B/config.json
rt run -d -b $B --pid-file /run/guest/t.pid t >/run/guest/t.out 2>&1; is 'threaded: others hold' '0 20' "$? $(cat /sys/fs/cgroup/t/c/pids.max)"
sed 's/^/# /' /run/guest/t.out
is 'threaded: the group is' threaded "$(cat /sys/fs/cgroup/t/c/cgroup.type)"
is 'threaded: exec' 0::/t/c "$(rt exec t cat /proc/self/cgroup 2>&1)"
is 'threaded: ps' "[$(cat /run/guest/t.pid)]" "$(rt ps -f json t 2>&1)"
rt delete --force t; is 'threaded: delete' 0 $?
rmdir /sys/fs/cgroup/t/x /sys/fs/cgroup/t

is 'at the end: no state' '' "$(ls /run/rt 2>/dev/null)"
is 'at the end: no cgroup' '' "$(find /sys/fs/cgroup -mindepth 1 -maxdepth 1 -type d)"
is 'at the end: no process' '' "$(for p in /proc/[0-9]*; do [ -e "$p/exe" ] && readlink "$p/exe" | grep -E 'probe|busybox|rundlet|runc'; done)"
echo "1..$n"
sync
halt -f 2>/dev/null || echo o >/proc/sysrq-trigger
