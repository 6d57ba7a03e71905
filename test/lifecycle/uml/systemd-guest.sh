#!/bin/sh
# A service of a systemd in User-mode Linux with cgroup v2. Prints TAP-like lines into the file OUT; RT is the runtime,
# TOOLS has the probe and busybox. Both come in the file params beside it.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
cd "$(dirname "$0")" || exit 1
. ./params
exec >"$OUT" 2>&1 </dev/null

n=0
ok() { n=$((n + 1)); echo "ok $n $1"; }
bad() { n=$((n + 1)); echo "not ok $n $1"; shift; printf '%s\n' "$@" | sed 's/^/# /'; }
is() { if [ "$2" = "$3" ]; then ok "$1"; else bad "$1" "wanted: $2" "seen: $3"; fi; }
has() { case $3 in *"$2"*) ok "$1" ;; *) bad "$1" "wanted: …$2…" "seen: $3" ;; esac }
rt() { "$RT" --root /run/rt --systemd-cgroup "$@"; }
prop() { systemctl show -P "$2" "$1"; }
# within SECONDS CONDITION…
within() { i=$(($1 * 20)); shift; while ! eval "$*"; do i=$((i - 1)); [ $i -gt 0 ] || return 1; sleep 0.05; done; }

# bundle DIR CGROUPSPATH RESOURCES ARGS [ANNOTATIONS]: the config's variable parts are filled into the template
bundle() {
  mkdir -p "$1/rootfs/bin" "$1/rootfs/proc" "$1/rootfs/sys" "$1/rootfs/dev" "$1/rootfs/tmp"
  cp "$TOOLS/busybox" "$TOOLS/probe" "$1/rootfs/bin/"
  for a in sh true cat echo ls mknod mkdir sleep readlink grep touch id; do ln -sf busybox "$1/rootfs/bin/$a"; done
  sed -e "s|\"@RESOURCES@\"|$3|" -e "s|\"@ARGS@\"|$4|" -e "s|\"linux\":{|\"annotations\":${5:-{\}},\"linux\":{\"cgroupsPath\":\"$2\",|" template.json >"$1/config.json"
}
deny='{"allow":false,"access":"rwm"}'
# with devices, which /run has not
mkdir -p /run/guest
mount -t tmpfs tmpfs /run/guest -o mode=755

B=/run/guest/a
bundle $B '' "{\"devices\":[$deny]}" '["/bin/sh","-c","cat /proc/self/cgroup; exit 3"]'
sed -i 's|"cgroupsPath":"",||' $B/config.json
out=$(rt run -b $B a); code=$?
is 'run: exit code' 3 $code
is 'run: a scope of its id in system.slice' '0::/system.slice/rundlet-a.scope' "$out"
is 'run: the unit is gone' inactive "$(systemctl is-active rundlet-a.scope)"

B=/run/guest/b
bundle $B 'machine-test.slice:engine:b' "{\"devices\":[$deny,{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"r\"}],\"memory\":{\"limit\":67108864,\"reservation\":33554432,\"swap\":134217728},\"pids\":{\"limit\":33},\"cpu\":{\"shares\":512,\"quota\":25333,\"period\":50000},\"unified\":{\"memory.high\":\"50331648\"}}" '["/bin/probe","hold"]' "{\"org.systemd.property.TimeoutStopSec\":\"uint64 11\",\"org.systemd.property.CollectMode\":\"'inactive-or-failed'\"}"
rt create -b $B --pid-file /run/guest/b.pid b >/run/guest/b.out 2>&1; code=$?
is 'create' 0 $code
[ $code = 0 ] || sed 's/^/# /' /run/guest/b.out
rt start b; is 'start' 0 $?
U=engine-b.scope
C=/sys/fs/cgroup/machine.slice/machine-test.slice/$U
is 'it is in its scope' "0::/machine.slice/machine-test.slice/$U" "$(cat "/proc/$(cat /run/guest/b.pid)/cgroup")"
is 'alone' "$(cat /run/guest/b.pid)" "$(cat $C/cgroup.procs)"
is 'Slice' machine-test.slice "$(prop $U Slice)"
is 'Delegate' yes "$(prop $U Delegate)"
is 'DefaultDependencies' no "$(prop $U DefaultDependencies)"
is 'Description' 'libcontainer container b' "$(prop $U Description)"
is 'MemoryMax' '67108864 67108864' "$(prop $U MemoryMax) $(cat $C/memory.max)"
is 'MemoryLow' '33554432 33554432' "$(prop $U MemoryLow) $(cat $C/memory.low)"
is 'MemoryHigh, of unified' '50331648 50331648' "$(prop $U MemoryHigh) $(cat $C/memory.high)"
is 'TasksMax' '33 33' "$(prop $U TasksMax) $(cat $C/pids.max)"
is 'CPUWeight' "$(cat $C/cpu.weight)" "$(prop $U CPUWeight)"
is 'CPUQuotaPerSecUSec: whole percents' 510ms "$(prop $U CPUQuotaPerSecUSec)"
is 'cpu.max: the same' '25500 50000' "$(cat $C/cpu.max)"
is 'an annotation in seconds' 11s "$(prop $U TimeoutStopUSec)"
is 'an annotation' inactive-or-failed "$(prop $U CollectMode)"
is 'DevicePolicy' strict "$(prop $U DevicePolicy)"
has 'DeviceAllow' '/dev/char/10:229 r' "$(prop $U DeviceAllow)"
has 'DeviceAllow: all ptys' 'char-136 rwm' "$(prop $U DeviceAllow)"
has 'state' '"status": "running"' "$(rt state b)"
is 'exec: in the scope' "0::/machine.slice/machine-test.slice/$U" "$(rt exec b cat /proc/self/cgroup)"
systemctl daemon-reload
dev=$(rt exec b sh -c 'mknod /tmp/mem c 1 1; mknod /tmp/fuse c 10 229; probe open r /tmp/mem /dev/null; probe open w /tmp/fuse')
has 'devices: denied, also after a reload' '/tmp/mem EPERM' "$dev"
has 'devices: the default ones are allowed' '/dev/null OK' "$dev"
has 'devices: a read-only rule' '/tmp/fuse EPERM' "$dev"
rt update --memory 96m --pids-limit 44 --cpu-quota 10000 b; is 'update' 0 $?
is 'update: MemoryMax' '100663296 100663296' "$(prop $U MemoryMax) $(cat $C/memory.max)"
is 'update: TasksMax' '44 44' "$(prop $U TasksMax) $(cat $C/pids.max)"
is 'update: quota' '200ms 10000 50000' "$(prop $U CPUQuotaPerSecUSec) $(cat $C/cpu.max)"
is 'update: others stay' '33554432 33554432' "$(prop $U MemoryLow) $(cat $C/memory.low)"
echo '{"pids":{"limit":7},"memory":{"limit":167772160},"unified":{"memory.high":"bogus"}}' | rt update -r - b >/run/guest/u.out 2>&1; is 'update: a refused part' 1 $?
is 'update: nothing of it stays' '44 44 100663296 100663296' "$(prop $U TasksMax) $(cat $C/pids.max) $(prop $U MemoryMax) $(cat $C/memory.max)"
systemctl daemon-reload
is 'update: a reload changes nothing' '44 100663296' "$(cat $C/pids.max) $(cat $C/memory.max)"
rt pause b; is 'pause' 0 $?
has 'pause: state' '"status": "paused"' "$(rt state b)"
rt resume b; is 'resume' 0 $?
B2=/run/guest/b2
bundle $B2 'machine-test.slice:engine:b' "{\"devices\":[$deny]}" '["/bin/true"]'
rt run -b $B2 b2 >/run/guest/b2.out 2>&1; is 'the same unit twice: refused' 1 $?
has 'the same unit twice: why' 'not empty' "$(cat /run/guest/b2.out)"
is 'the same unit twice: the first one lives' active "$(systemctl is-active $U)"
rt kill b KILL
within 5 'rt state b | grep -q stopped' || bad 'kill: it stops'
rt delete b; is 'delete' 0 $?
[ -d $C ] && bad 'delete: the group is gone' || ok 'delete: the group is gone'
is 'delete: the unit is forgotten' not-found "$(prop $U LoadState)"

B=/run/guest/f
bundle $B 'system.slice:engine:f' "{\"devices\":[$deny],\"unified\":{\"memory.min\":\"bogus\"}}" '["/bin/true"]'
rt run -b $B f >/run/guest/f.out 2>&1; is 'a value that is none: refused' 1 $?
has 'a value that is none: which' 'unified resource "memory.min" value conversion error' "$(cat /run/guest/f.out)"
bundle $B 'system.slice:engine:f' "{\"devices\":[$deny]}" '["/bin/true"]' '{"org.systemd.property.NoSuchThing":"true"}'
rt run -b $B f >/run/guest/f.out 2>&1; is 'a property that systemd does not know: refused' 1 $?
has 'a property that systemd does not know: systemd says it' 'unable to start unit "engine-f.scope"' "$(cat /run/guest/f.out)"
has 'a property that systemd does not know: its name' 'NoSuchThing' "$(cat /run/guest/f.out)"
bundle $B 'system.slice:engine:f' "{\"devices\":[$deny]}" '["/bin/nosuch"]'
rt run -b $B f >/run/guest/f.out 2>&1; is 'a program that is missing: refused' 1 $?
is 'a program that is missing: no unit stays' not-found "$(prop engine-f.scope LoadState)"
bundle $B '/system.slice/f' "{\"devices\":[$deny]}" '["/bin/true"]'
rt run -b $B f >/run/guest/f.out 2>&1; is 'a path that is none of units: refused' 1 $?
has 'a path that is none of units: why' 'expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"/system.slice/f\" instead' "$(sed 's/"/\\"/g' /run/guest/f.out)"

# The container is root of its group: it gets what the kernel lists as delegated, and no limits.
B=/run/guest/o
bundle $B 'system.slice:engine:o' "{\"pids\":{\"limit\":50}}" '["/bin/probe","hold"]'
sed -i -e 's|{"type":"mount"}|{"type":"mount"},{"type":"user"},{"type":"cgroup"}|' -e 's|"linux":{|"linux":{"uidMappings":[{"containerID":0,"hostID":100000,"size":65536}],"gidMappings":[{"containerID":0,"hostID":100000,"size":65536}],|' -e 's|,"nodev","ro"\]}\]|,"nodev","ro"]},{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup","options":["nosuid","noexec","nodev"]}]|' $B/config.json
rt run -d -b $B o >/run/guest/o.out 2>&1; is 'delegated: run' 0 $?
sed 's/^/# /' /run/guest/o.out
C=/sys/fs/cgroup/system.slice/engine-o.scope
is 'delegated: the group is the container'"'"'s' '100000 100000 100000 0' "$(stat -c %u $C $C/cgroup.procs $C/cgroup.subtree_control $C/pids.max | tr '\n' ' ' | sed 's/ $//')"
out=$(rt exec o sh -c 'mkdir /sys/fs/cgroup/inner; for p in $(cat /sys/fs/cgroup/cgroup.procs); do echo $p > /sys/fs/cgroup/inner/cgroup.procs; done 2> /dev/null; echo +memory > /sys/fs/cgroup/cgroup.subtree_control && echo divided; echo 5 > /sys/fs/cgroup/pids.max' 2>&1)
has 'delegated: it makes groups and hands controllers on' divided "$out"
has 'delegated: its own limits are not its own' 'ermission denied' "$out"
is 'exec: where init is, since the group takes no process any more' 0::/inner "$(rt exec o cat /proc/self/cgroup 2>&1)"
rt delete --force o; is 'delegated: delete' 0 $?
is 'delegated: nothing left' not-found "$(prop engine-o.scope LoadState)"

# A user with his own manager.
systemctl start user@20001.service; is 'user: his manager' 0 $?
R=/run/user/20001
within 10 "[ -S $R/bus ]" || bad 'user: his bus'
user() { setpriv --reuid 20001 --regid 20001 --clear-groups env -i PATH="$PATH" HOME=/ XDG_RUNTIME_DIR=$R "$@"; }
urt() { user "$RT" "$@"; }
uprop() { user systemctl --user show -P "$2" "$1"; }
B=/run/guest/u
bundle $B ':engine:u' '{"memory":{"limit":67108864},"pids":{"limit":33}}' '["/bin/probe","hold"]'
sed -i -e 's|{"type":"mount"}|{"type":"mount"},{"type":"user"}|' -e 's|"linux":{|"linux":{"uidMappings":[{"containerID":0,"hostID":20001,"size":1}],"gidMappings":[{"containerID":0,"hostID":20001,"size":1}],|' -e 's|,"gid=5"||' -e 's|"mode=0620",|"mode=0620"|;s|"mode=0620""|"mode=0620","|' $B/config.json
chown -R 20001:20001 $B
urt --systemd-cgroup create -b $B --pid-file $R/u.pid u >/run/guest/u.out 2>&1; is 'user: create' 0 $?
sed 's/^/# /' /run/guest/u.out
urt start u; is 'user: start' 0 $?
C=/user.slice/user-20001.slice/user@20001.service/user.slice/engine-u.scope
is 'user: in a scope of his manager' "0::$C" "$(cat "/proc/$(cat $R/u.pid)/cgroup")"
is 'user: limits' '67108864 33 33' "$(cat /sys/fs/cgroup$C/memory.max) $(cat /sys/fs/cgroup$C/pids.max) $(uprop engine-u.scope TasksMax)"
is 'user: exec is let in by systemd' "0::$C" "$(urt exec u cat /proc/self/cgroup 2>&1)"
urt update --pids-limit 22 u; is 'user: update' 0 $?
is 'user: update reaches both' '22 22' "$(cat /sys/fs/cgroup$C/pids.max) $(uprop engine-u.scope TasksMax)"
urt pause u; is 'user: pause' 0 $?
urt resume u; is 'user: resume' 0 $?
is 'user: ps' "[$(cat $R/u.pid)]" "$(urt ps -f json u)"
urt delete --force u; is 'user: delete' 0 $?
is 'user: the unit is forgotten' not-found "$(uprop engine-u.scope LoadState)"
out=$(user env -u XDG_RUNTIME_DIR "$RT" --root $R/x --systemd-cgroup run -b $B u 2>&1); is 'user: without a bus: refused' 1 $?
has 'user: without a bus: why' 'could not detect DBUS_SESSION_BUS_ADDRESS from the environment' "$out"
# The group of v2 beside the one he is in, without asking systemd.
sed -i 's|"cgroupsPath":":engine:u",||' $B/config.json
user systemd-run --user --scope -q -p Delegate=yes "$RT" run -d --pid-file $R/d.pid -b $B d >/run/guest/d.out 2>&1; is 'user: cgroupfs in a delegated tree' 0 $?
sed 's/^/# /' /run/guest/d.out
C=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(cat $R/d.pid)/cgroup")
is 'user: cgroupfs: limits' '67108864 33' "$(cat $C/memory.max) $(cat $C/pids.max)"
urt delete --force d; is 'user: cgroupfs: delete' 0 $?
[ -d "$C" ] && bad 'user: cgroupfs: the group is gone' || ok 'user: cgroupfs: the group is gone'
# Root of a user namespace, as podman unshare: the bus must be told who that is outside.
B=/run/guest/n
bundle $B ':engine:n' '{"pids":{"limit":33}}' '["/bin/cat","/proc/self/cgroup"]'
sed -i -e 's|,"gid=5"||' $B/config.json
chown -R 20001:20001 $B
is 'user: as root of a user namespace' '0::/user.slice/user-20001.slice/user@20001.service/user.slice/engine-n.scope' "$(user unshare -Ur "$RT" --systemd-cgroup run -b $B n 2>&1)"

systemctl stop dbus.socket dbus.service 2>/dev/null
out=$(rt run -b /run/guest/a a 2>&1); is 'without a bus: refused' 1 $?
has 'without a bus: why' 'failed to connect to dbus' "$out"
has 'without a bus: what helps' 'package dbus' "$out"
systemctl start dbus.socket

is 'at the end: no state' '' "$(ls /run/rt $R/rundlet 2>/dev/null | grep -v :)"
is 'at the end: no unit' '' "$(systemctl list-units --all --no-legend 'engine-*' 'rundlet-*.scope')"
is 'at the end: no group' '' "$(find /sys/fs/cgroup -name 'engine-*' -o -name 'rundlet-*.scope')"
echo "1..$n"
sync
