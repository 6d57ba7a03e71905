import { binarySize, humanSize } from '../format/human-size.ts';
import type { Container } from './record.ts';
import type { Usage } from './usage.ts';

/** The fields of `stats --format`, in the order of its JSON. */
export interface StatsRow {
  BlockIO: string;
  CPUPerc: string;
  /** As it was asked for. */
  Container: string;
  ID: string;
  MemPerc: string;
  MemUsage: string;
  Name: string;
  NetIO: string;
  PIDs: string;
  [field: string]: string;
}

const nothing: Usage = {
  cpu: 0,
  at: 0,
  memory: 0,
  memoryLimit: 0,
  received: 0,
  sent: 0,
  read: 0,
  written: 0,
  pids: 0,
};

/** From two looks; one that does not run uses nothing. */
export function statsRow(
  { id, config }: Container,
  asked: string,
  before: Usage | undefined,
  after: Usage = nothing,
  noTrunc = false,
): StatsRow {
  const pair = (one: number, other: number) => `${humanSize(one, 3)} / ${humanSize(other, 3)}`;
  const percent = (part: number, whole: number) =>
    `${(whole > 0 ? (part / whole) * 100 : 0).toFixed(2)}%`;
  const cpu = before === undefined ? 0 : Math.max(after.cpu - before.cpu, 0);
  return {
    BlockIO: pair(after.read, after.written),
    CPUPerc: percent(cpu, after.at - (before?.at ?? 0)),
    Container: asked,
    ID: noTrunc ? id : id.slice(0, 12),
    MemPerc: percent(after.memory, after.memoryLimit),
    MemUsage: `${binarySize(after.memory)} / ${binarySize(after.memoryLimit)}`,
    Name: config.Name.replace(/^\//, ''),
    NetIO: pair(after.received, after.sent),
    PIDs: String(after.pids),
  };
}
