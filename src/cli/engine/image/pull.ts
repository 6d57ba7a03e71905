import { fullString, parseReference, withDefaultTag } from '../../../engine/images/reference.ts';
import { pullImage } from '../../../engine/registry/pull-image.ts';
import { print } from '../../print.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { insecureFlag } from '../registry/insecure-flag.ts';
import { printPull } from './print-pull.ts';

export const pull = defineEngineCommand(
  {
    name: 'image pull',
    summary: 'fetch an image from a registry',
    usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
    examples: [
      { does: "From Docker's registry:", line: 'rundlet image pull busybox' },
      { does: 'From another:', line: 'rundlet image pull registry.example:5000/team/app:1.2' },
    ],
    args: { min: 1, max: 1 },
    flags: {
      ...insecureFlag,
      platform: { type: 'string', summary: 'Of an image for several: os/architecture[/variant]' },
      'registry-mirror': {
        type: 'string',
        repeatable: true,
        value: 'url',
        summary: "Asked before Docker's own registry",
      },
      quiet: { type: 'boolean', alias: 'q', summary: 'Print only the name' },
    },
  },
  async ({ engine, host }, { quiet, platform = '', ...flags }, [name = '']) => {
    const asked = parseReference(name);
    const reference = withDefaultTag(asked);
    const options = {
      platform,
      insecure: flags['insecure-registry'],
      mirrors: flags['registry-mirror'],
    };
    if (quiet) await fromDaemon(pullImage(engine, reference, options));
    else {
      if (reference !== asked) await print(host, 'Using default tag: latest\n');
      await fromDaemon(printPull({ engine, host }, reference, { ...options, fd: 1 }));
    }
    await print(host, `${fullString(reference)}\n`);
    return 0;
  },
);
