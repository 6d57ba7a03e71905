import { goMap } from '../docker-json.ts';
import type { Moment } from '../rfc3339.ts';

/** One event as Docker's API has it, keys in its order. */
export interface EngineEvent {
  status?: string;
  id?: string;
  from?: string;
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  scope: 'local';
  /** Seconds since 1970. */
  time: number;
  timeNano: number | bigint;
}

/** What happened, before it has a time. */
export interface Happening {
  type: 'container' | 'image' | 'volume' | 'network';
  action: string;
  id: string;
  attributes: Record<string, string>;
}

export function makeEvent(
  { type, action, id, attributes }: Happening,
  { seconds, nanoseconds }: Moment,
): EngineEvent {
  // Docker keeps the fields of its first API for containers and images alone.
  const old =
    type === 'container' || type === 'image'
      ? { status: action, id, ...(attributes.image && { from: attributes.image }) }
      : {};
  return {
    ...old,
    Type: type,
    Action: action,
    Actor: { ID: id, Attributes: goMap(Object.entries(attributes)) },
    scope: 'local',
    time: seconds,
    timeNano: BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds),
  };
}

/** `2026-11-24T02:06:51.498099652Z container start 906a… (image=five, name=box)`. */
export function eventLine(event: EngineEvent): string {
  const attributes = Object.entries(event.Actor.Attributes).map(
    ([key, value]) => `${key}=${value}`,
  );
  const note = attributes.length > 0 ? ` (${attributes.join(', ')})` : '';
  return `${fixedTime(event)} ${event.Type} ${event.Action} ${event.Actor.ID}${note}`;
}

function fixedTime({ time, timeNano }: EngineEvent): string {
  const fraction = BigInt(timeNano) % 1_000_000_000n;
  const seconds = new Date(time * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(fraction).padStart(9, '0')}Z`;
}

/** `--filter key=value` by key. */
export type EventFilters = ReadonlyMap<string, readonly string[]>;

export const eventFilterKeys = [
  'container',
  'event',
  'image',
  'label',
  'network',
  'scope',
  'type',
  'volume',
] as const;

/** Values of one key are alternatives, keys must all fit. */
export function eventFits(event: EngineEvent, filters: EventFilters): boolean {
  return [...filters].every(([key, values]) => values.some((value) => allows(event, key, value)));
}

function allows({ Type, Action, Actor, scope }: EngineEvent, key: string, value: string): boolean {
  switch (key) {
    case 'container':
    case 'volume':
    case 'network':
      return Type === key && (Actor.ID.startsWith(value) || Actor.Attributes.name === value);
    case 'image':
      return (Type === 'image' ? Actor.Attributes.name : Actor.Attributes.image) === value;
    case 'event':
      return Action === value || Action.startsWith(`${value}:`);
    case 'label': {
      const [name = '', wanted] = value.split(/=(.*)/s);
      const held = Actor.Attributes[name];
      return held !== undefined && (wanted === undefined || held === wanted);
    }
    case 'scope':
      return scope === value;
    default:
      return Type === value;
  }
}
