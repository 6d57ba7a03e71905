import type { Happening } from '../events/event.ts';
import type { Network } from './network.ts';

export function networkHappening(
  { id, name }: Network,
  action: string,
  container?: string,
): Happening {
  const attributes = { name, type: 'bridge', ...(container && { container }) };
  return { type: 'network', action, id, attributes };
}
