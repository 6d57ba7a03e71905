import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeImage } from './demo-image.mjs';
import { executableFile } from './paths.mjs';
import { say } from './run.mjs';

/**
 * What `docker create` and `docker start` do on disk, told by a container's life from create to rm.
 * @param work an empty directory, where everything is.
 */
export async function tellStory(work) {
  const image = join(work, 'image');
  mkdirSync(image);
  const roots = ['--data-root', join(work, 'data'), '--exec-root', join(work, 'exec')];
  const shown = (text) => text.replaceAll(work, '…');
  const rundlet = (...words) => {
    say(`\n$ rundlet ${shown(words.join(' '))}`);
    const { status, stdout, stderr } = spawnSync(executableFile, [...roots, ...words], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`rundlet ${words.join(' ')}: ${stderr.trim()}`);
    say(shown(`${stderr}${stdout}`).trimEnd());
    return stdout.trim();
  };

  say('An image, loaded into layers as Docker keeps them:');
  rundlet('image', 'load', '-i', makeImage(image, 'busybox:demo'));
  rundlet('image', 'ls');

  say('\ncreate: two layers more (the container’s and its -init), a mount record, two records.');
  rundlet('container', 'create', '-i', '--network', 'none', '--name', 'story', 'busybox:demo');
  rundlet('container', 'layout', 'story');

  say('\nstart: the overlay is mounted, bundle, fifos, shim, log and state.json appear.');
  rundlet('container', 'start', 'story');
  rundlet('container', 'layout', 'story');

  say('\nIts fifos, by hand: a line into init-stdin, the answer from init-stdout.');
  const id = rundlet('container', 'inspect', '-f', '{{.Id}}', 'story');
  const fifos = join(work, 'exec/containerd', id);
  say('\n$ cat init-stdout & echo "touch /home/here; ls / /home" > init-stdin');
  say(await ask(fifos, 'touch /home/here; ls / /home; echo done\n', /^done$/m));

  say('\nThe file lies in the container’s own layer, the output in its log, too.');
  rundlet('container', 'diff', 'story');
  const log = join(work, 'data/containers', id, `${id}-json.log`);
  say(`\n$ head -n 2 ${shown(log)}`);
  say(readFileSync(log, 'utf8').split('\n').slice(0, 2).join('\n'));

  say('\nstop: merged and the four run-time places vanish, what was written stays.');
  rundlet('container', 'stop', '-t', '1', 'story');
  rundlet('container', 'layout', 'story');

  say('\nA second start sees the old file.');
  rundlet('container', 'start', 'story');
  say('\n$ cat init-stdout & echo "ls /home" > init-stdin');
  say(await ask(fifos, 'ls /home; echo done\n', /^done$/m));

  say('\nrm: nothing is left.');
  rundlet('container', 'rm', '-f', 'story');
  rundlet('container', 'ls', '-a');
}

/** What the container’s program answers on its output fifo, until `end`. */
async function ask(fifos, line, end) {
  const reader = spawn('cat', [join(fifos, 'init-stdout')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  const answered = new Promise((done) => {
    reader.stdout.setEncoding('utf8').on('data', (data) => {
      text += data;
      if (end.test(text)) done();
    });
    reader.once('close', done);
  });
  writeFileSync(join(fifos, 'init-stdin'), line);
  await answered;
  reader.kill();
  return text.replace(end, '').trimEnd();
}
