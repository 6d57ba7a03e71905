import type { Happening } from '../events/event.ts';
import type { Image } from './image.ts';

/** What happened to an image, with the attributes that Docker gives: its labels and a name. */
export function imageHappening(
  { id, config }: Pick<Image, 'id' | 'config'>,
  action: string,
  name: string,
): Happening {
  return { type: 'image', action, id, attributes: { ...config.config?.Labels, name } };
}
