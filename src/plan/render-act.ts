import { escapeControl, quote } from '../errors/quote.ts';
import type {
  Act,
  Bind,
  CapabilitySets,
  CgroupMount,
  Credentials,
  Device,
  Hook,
  IdMap,
  Mount,
  MountIds,
  OpenSource,
  Remount,
} from '../host/generated/plan.ts';
import { capabilityNames } from '../spec/capability-names.ts';
import { stringifyJson } from '../spec/stringify-json.ts';
import { ms } from './mount-flags.ts';
import { rlimitName } from './plan-rlimits.ts';
import { attributeText, changedText, propagationText, superText } from './render-flags.ts';

/** The name of an act and its arguments as a person reads them. */
export function renderAct(act: Act): [name: string, text: string] {
  const name = Object.keys(act)[0] ?? '';
  return [name, escapeControl(argumentsText(act))];
}

function argumentsText(act: Act): string {
  if ('propagation' in act) return propagationText(act.propagation.flags);
  if ('rootPropagation' in act) return propagationText(act.rootPropagation.flags);
  if ('openSource' in act) {
    return sourceText(act.openSource);
  }
  if ('rootfs' in act) return rootfsText(act.rootfs);
  if ('netDevice' in act) return `${act.netDevice.name} as ${act.netDevice.inside}`;
  if ('mount' in act) return mountText(act.mount);
  if ('bind' in act) return bindText(act.bind);
  if ('remount' in act) return remountText(act.remount);
  if ('cgroupMount' in act) return cgroupMountText(act.cgroupMount);
  if ('device' in act) return deviceText(act.device);
  if ('openDevice' in act) return `#${act.openDevice.slot} ${deviceText(act.openDevice.device)}`;
  if ('symlink' in act) return `${act.symlink.path} -> ${act.symlink.target}`;
  if ('hook' in act) return hookText(act.hook);
  if ('rlimit' in act)
    return `${rlimitName(act.rlimit.resource)} ${act.rlimit.soft} ${act.rlimit.hard}`;
  if ('umask' in act) return octal(act.umask.mask);
  if ('credentials' in act) return credentialsText(act.credentials);
  if ('exec' in act) return act.exec.args.map((word) => quote(word)).join(' ');
  return fieldsText(Object.values(act)[0]);
}

function deviceText({ path, kind, major, minor, mode, uid, gid }: Device): string {
  return `${path} ${kind} ${major}:${minor} mode ${octal(mode)} owner ${uid}:${gid}`;
}

function rootfsText({ path, parent }: { path: string; parent: number }): string {
  return `path=${path}${parent === ms.private ? '' : ` (${propagationText(parent)} parent)`}`;
}

function sourceText({ slot, path, recursive, nofollow, copySymlink, idmap }: OpenSource): string {
  const words = [
    ...(recursive ? ['with submounts'] : []),
    ...(nofollow ? ['nofollow'] : []),
    ...(copySymlink ? ['copy-symlink'] : []),
  ];
  const maps = idmap ? list([idmapText(idmap)]) : '';
  return `#${slot} ${path}${words.map((word) => ` (${word})`).join('')}${maps}`;
}

function idmapText({ recursive, namespace, uid, gid }: MountIds): string {
  const name = recursive ? 'ridmap' : 'idmap';
  if (namespace) return `${name}=${namespace}`;
  const text = (maps: readonly IdMap[]) =>
    maps.map(({ container, host, size }) => `${container}-${host}-${size}`).join('#');
  return `${name}=uids=${text(uid)};gids=${text(gid)}`;
}

/** `key=value` for the acts that need no more. */
function fieldsText(fields: object | undefined): string {
  return Object.entries(fields ?? {})
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : stringifyJson(value)}`)
    .join(' ');
}

function mountText(mount: Mount): string {
  const words = [
    ...new Set([...superText(mount.superFlags), ...attributeText(mount.attr)]),
    ...mount.data,
    ...(mount.tmpcopyup ? ['tmpcopyup'] : []),
    ...changeText(mount),
  ];
  return `${mount.fstype} on ${mount.target}${list(words)}`;
}

function bindText(bind: Bind): string {
  const words = [
    ...changedText(bind.set, bind.clear),
    ...changeText(bind),
    ...(bind.nofollow ? ['dest-nofollow'] : []),
  ];
  const detach = bind.detach ? '' : ' as the host’s peer';
  return `#${bind.slot} ${bind.source} on ${bind.target}${list(words)}${detach}`;
}

function remountText(remount: Remount): string {
  const words = new Set([
    ...superText(remount.superFlags),
    ...changedText(remount.set, remount.clear),
  ]);
  return `${remount.target}${list([...words, ...remount.data, ...changeText(remount)])}`;
}

/** Recursive attributes and propagation, which three acts have alike. */
function changeText(
  change: Pick<Mount, 'recursiveSet' | 'recursiveClear' | 'propagation'>,
): string[] {
  return [
    ...changedText(change.recursiveSet, change.recursiveClear, 'r'),
    ...change.propagation.map(propagationText),
  ];
}

function cgroupMountText(mount: CgroupMount): string {
  const what = mount.unified ? 'cgroup2' : mount.hierarchies.map(({ name }) => name).join(' ');
  return `${what} on ${mount.target}${list(attributeText(mount.attr))}${mount.namespaced ? ' (namespaced)' : ''}`;
}

function hookText({ kind, index, path, args, timeout }: Hook): string {
  const limit = timeout === undefined ? '' : ` (${timeout} s)`;
  return `${kind}[${index}] ${path} ${args.map((word) => quote(word)).join(' ')}${limit}`;
}

function credentialsText({
  uid,
  gid,
  additionalGids,
  setGroups,
  capabilities,
  seccompBefore,
}: Credentials): string {
  const groups = setGroups ? ` groups ${additionalGids.join(',') || 'none'}` : '';
  const filter = seccompBefore === undefined ? '' : `, seccomp #${seccompBefore} before`;
  return `${uid}:${gid}${groups}${capabilities ? capabilitiesText(capabilities) : ''}${filter}`;
}

/** Sets that are equal are told once. */
function capabilitiesText(sets: CapabilitySets): string {
  const names = capabilityNames();
  const byText = new Map<string, string[]>();
  for (const [set, numbers] of Object.entries(sets)) {
    const text = numbers
      .map((number) => names[number]?.slice('CAP_'.length).toLowerCase() ?? number)
      .join(',');
    byText.set(text || 'none', [...(byText.get(text || 'none') ?? []), set]);
  }
  return [...byText].map(([text, which]) => `, ${which.join('+')}: ${text}`).join('');
}

function list(words: readonly string[]): string {
  return words.length === 0 ? '' : ` (${words.join(',')})`;
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}
