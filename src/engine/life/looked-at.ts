import type { Container } from '../containers/record.ts';
import { readContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { noSuchContainer } from '../engine-error.ts';
import { asItIs } from './as-it-is.ts';

/** The named container, for a verb that only looks, as it is at this moment. */
export async function lookedAt(engine: Engine, nameOrId: string): Promise<Container> {
  const container = await asItIs(engine, await readContainer(engine, nameOrId));
  if (container) return container;
  throw noSuchContainer(nameOrId);
}
