import { invalidParameter } from '../../../engine/engine-error.ts';
import { parseReference, withDefaultTag } from '../../../engine/images/reference.ts';
import { shortBlob } from '../../../engine/registry/pull-layers.ts';
import { pushImage } from '../../../engine/registry/push-image.ts';
import { print } from '../../print.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { insecureFlag } from '../registry/insecure-flag.ts';

export const push = defineEngineCommand(
  {
    name: 'image push',
    summary: 'give an image to a registry',
    usage: '[OPTIONS] NAME[:TAG]',
    examples: [
      {
        does: 'To a registry of this machine:',
        line: 'rundlet image tag app localhost:5000/app && rundlet image push localhost:5000/app',
      },
    ],
    args: { min: 1, max: 1 },
    flags: {
      ...insecureFlag,
      quiet: { type: 'boolean', alias: 'q', summary: 'Print only the name' },
    },
  },
  async ({ engine, host }, { quiet, ...flags }, [name = '']) => {
    const asked = parseReference(name);
    if (asked.digest !== undefined) {
      throw invalidParameter('cannot push a digest reference');
    }
    const reference = withDefaultTag(asked);
    const { domain, path, tag } = reference;
    const say = async (text: string) => (quiet ? undefined : print(host, text));
    if (reference !== asked) await say('Using default tag: latest\n');
    await say(`The push refers to repository [${domain}/${path}]\n`);
    const { digest, size } = await fromDaemon(
      pushImage(engine, reference, {
        insecure: flags['insecure-registry'],
        onStep: async ({ diffId, step }) => {
          // Docker's bar; without one there is nothing to be said.
          if (step !== 'Pushing') await say(`${shortBlob(diffId)}: ${step}\n`);
        },
      }),
    );
    await say(`${tag}: digest: ${digest} size: ${size}\n`);
    if (quiet) await print(host, `${domain}/${path}:${tag}\n`);
    return 0;
  },
);
