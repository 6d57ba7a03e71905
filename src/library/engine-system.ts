import type { Engine } from '../engine/context.ts';
import type { EngineEvent, EventFilters } from '../engine/events/event.ts';
import { readEvents } from '../engine/events/read-events.ts';
import { diskUsage } from '../engine/system/disk-usage.ts';
import { type EngineInfo, engineInfo } from '../engine/system/engine-info.ts';
import { buildInfo } from '../host/build-info.ts';
import type { Abortable } from '../runtime/options.ts';
import { iterateWithSignal } from './with-signal.ts';

/** Something that happened to an object of the engine. */
export interface EventInfo {
  type: 'container' | 'image' | 'volume' | 'network';
  /** `create`, `start`, `die`, `health_status: healthy`, … as docker calls them. */
  action: string;
  id: string;
  /** The container's labels, `name`, `image`, `exitCode`, … */
  attributes: Record<string, string>;
  time: Date;
}

export interface EventsOptions extends Abortable {
  /** Also what was since then, as far as it is kept; default: what comes from now on. */
  since?: Date;
  /** The stream ends there; default never. */
  until?: Date;
  /** By key the values that fit; all keys must. */
  filters?: Readonly<Partial<Record<EventFilterKey, readonly string[]>>>;
}

export type EventFilterKey =
  | 'container'
  | 'event'
  | 'image'
  | 'label'
  | 'network'
  | 'type'
  | 'volume';

/** Bytes that the engine takes on the disk. */
export interface DiskUsageInfo {
  /** Of all layers of images, each once. */
  images: number;
  /** What containers have written. */
  containers: number;
  volumes: number;
}

/** The engine as a whole. */
export class EngineSystem {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Counts, places and the host, by the names of Docker's API. */
  info(): Promise<EngineInfo> {
    return engineInfo(this.#engine, buildInfo.version);
  }

  async diskUsage(): Promise<DiskUsageInfo> {
    const { layers, containers, volumes } = await diskUsage(this.#engine);
    const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
    return {
      images: layers,
      containers: sum(containers.map(({ own }) => own)),
      volumes: sum(volumes.map(({ size }) => size)),
    };
  }

  /** What happens, as it comes, from every command on these roots; until the loop is left. */
  async *events(options: EventsOptions = {}): AsyncGenerator<EventInfo, void, undefined> {
    const { since, until, filters = {}, signal } = options;
    const query = {
      since: nanoseconds(since),
      until: nanoseconds(until),
      filters: new Map(Object.entries(filters)) as EventFilters,
    };
    const events = iterateWithSignal(this.#engine, signal, (engine) => readEvents(engine, query));
    for await (const event of events) yield eventInfo(event);
  }
}

function nanoseconds(date: Date | undefined): bigint | undefined {
  return date === undefined ? undefined : BigInt(date.getTime()) * 1_000_000n;
}

function eventInfo({ Type, Action, Actor, timeNano }: EngineEvent): EventInfo {
  return {
    type: Type as EventInfo['type'],
    action: Action,
    id: Actor.ID,
    attributes: { ...Actor.Attributes },
    time: new Date(Number(BigInt(timeNano) / 1_000_000n)),
  };
}
