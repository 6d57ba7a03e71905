import {
  type ContainerPlace,
  copyFromContainer,
  copyToContainer,
} from '../../../engine/copy/copy-files.ts';
import { RundletError } from '../../../errors/rundlet-error.ts';
import { absolutePath } from '../../paths.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const cp = defineEngineCommand(
  {
    name: 'container cp',
    summary: 'copy files/folders between a container and the local filesystem',
    usage: '[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|- | SRC_PATH|- CONTAINER:DEST_PATH',
    notes:
      "'-' as the source reads a tar archive from standard input and extracts it to a directory of the\ncontainer; '-' as the destination writes one to standard output. The container may run or not; links\nin it never lead out of it.",
    examples: [
      { does: 'The content of a directory:', line: 'rundlet container cp box:/etc/. ./etc' },
    ],
    args: { min: 2, max: 2 },
    flags: {
      archive: {
        type: 'boolean',
        alias: 'a',
        summary: 'Archive mode (copy all uid/gid information)',
      },
      'follow-link': {
        type: 'boolean',
        alias: 'L',
        summary: 'Always follow symbol link in SRC_PATH',
      },
      quiet: { type: 'boolean', alias: 'q', summary: 'Nothing is told of the progress anyway' },
    },
  },
  async ({ engine, host }, flags, [from = '', to = '']) => {
    if (from === '') throw wrong('source can not be empty');
    if (to === '') throw wrong('destination can not be empty');
    const options = { follow: flags['follow-link'], archive: flags.archive };
    const [source, destination] = [containerPlace(from), containerPlace(to)];
    const local = (path: string) => (path === '-' ? '' : kept(path, absolutePath(host, path)));
    if (source && destination) throw wrong('copying between containers is not supported');
    if (source) await copyFromContainer(engine, source, local(to), options);
    else if (destination) await copyToContainer(engine, local(from), destination, options);
    else throw wrong('must specify at least one container source');
    return 0;
  },
);

/** `box:/etc`; a path that begins with `/` or `.` is of the host. */
function containerPlace(word: string): ContainerPlace | undefined {
  const colon = word.indexOf(':');
  if (colon <= 0 || word.startsWith('/') || word.startsWith('.')) return undefined;
  const path = word.slice(colon + 1);
  if (path === '') throw wrong('bad parameter: path cannot be empty');
  return { container: word.slice(0, colon), path };
}

/** A path that ends with `/` or `/.` says that it is a directory; cleaned it would not. */
function kept(given: string, clean: string): string {
  const end = /(\/\.?)$/.exec(given)?.[1] ?? (given === '.' ? '/.' : '');
  return clean.endsWith('/') ? clean : `${clean}${end}`;
}

function wrong(message: string): RundletError {
  return new RundletError('ERR_RUNDLET_USAGE', message);
}
