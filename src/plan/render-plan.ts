import { escapeControl } from '../errors/quote.ts';
import type { CgroupPlan, DeviceRule, LaunchPlan, Step } from '../host/generated/plan.ts';
import { renderAct } from './render-act.ts';

/** Columns of one line: number, what, its arguments, and the pointer that asked for it. */
type Row = [string, string, string, string];

/** Longest argument text that pushes the last column to the right. */
const widest = 72;

/** A plan for people: one line per step, with the part of config.json that asked for it. */
export function renderPlan(plan: LaunchPlan): string {
  const rows: Row[] = [
    ...namespaceRows(plan),
    ...(plan.cgroup ? cgroupRows(plan.cgroup) : []),
    ...plan.prepare.map((step, index) => stepRow('p', step, index)),
    ...plan.steps.map((step, index) => stepRow('', step, index)),
  ];
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length));
  const text = Math.min(widest, Math.max(...rows.map((row) => row[2].length)));
  const [first, second] = [width(0), width(1)];
  return rows
    .map(([number, name, what, from]) =>
      `${number.padStart(first)}  ${name.padEnd(second)}  ${what.padEnd(text)}  ${from}`.trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function stepRow(prefix: string, step: Step, index: number): Row {
  const [name, text] = renderAct(step.act);
  return [`${prefix}${index}`, name, text, escapeControl(step.from)];
}

function namespaceRows({ namespaces, user, timeOffsets }: LaunchPlan): Row[] {
  const rows: Row[] = [];
  if (namespaces.create.length > 0)
    rows.push(['', 'unshare', namespaces.create.join(' '), '/linux/namespaces']);
  for (const { kind, path, from } of namespaces.join)
    rows.push(['', 'join', escapeControl(`${kind} ${path}`), from]);
  if (namespaces.of) rows.push(['', 'join', `all of process ${namespaces.of.pid}`, '']);
  for (const kind of ['uid', 'gid'] as const) {
    const maps = user?.[kind].map((map) => `${map.container} ${map.host} ${map.size}`).join(', ');
    if (maps) rows.push(['', `${kind}Map`, maps, `/linux/${kind}Mappings`]);
  }
  for (const { clock, secs, nanosecs } of timeOffsets) {
    rows.push([
      '',
      'timeOffset',
      `${clock} ${secs} s ${nanosecs} ns`,
      `/linux/timeOffsets/${clock}`,
    ]);
  }
  return rows;
}

function cgroupRows({ groups, devices, existing }: CgroupPlan): Row[] {
  const rows: Row[] = [];
  for (const { mount, path, writes } of groups) {
    rows.push(['', existing ? 'cgroupJoin' : 'cgroup', escapeControl(mount + path), '']);
    for (const { file, value, from } of writes)
      rows.push(['', 'write', escapeControl(`${file} = ${value}`), from]);
  }
  for (const rule of devices)
    rows.push(['', rule.allow ? 'allow' : 'deny', deviceText(rule), rule.from]);
  return rows;
}

function deviceText({ kind, major, minor, access }: DeviceRule): string {
  return kind === 'a' ? 'all devices' : `${kind} ${major ?? '*'}:${minor ?? '*'} ${access}`;
}
