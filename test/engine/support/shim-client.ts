// Programs that are clients of a shim: each is a Node process whose stdio is the client's own.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Ops } from '../../../src/host/generated/plan.ts';
import { tools } from '../../support/tools.ts';

const host = join(import.meta.dirname, '../../../src/host/node-host.ts');

export interface Client {
  child: ChildProcessWithoutNullStreams;
  stdout(): string;
  stderr(): string;
  /** Until stdout has it. */
  shows(text: string | RegExp): Promise<void>;
  /** Until it is attached. */
  attached(): Promise<void>;
  /** Its result, once it is done. */
  result<T = Record<string, unknown>>(): Promise<T>;
}

/** `steps` see `call`; what they return is the result. With `size` on a terminal of its own. */
export function shimClient(steps: string, size?: string): Client {
  const code = `import { nodeHost } from '${host}';
    import { writeFileSync } from 'node:fs';
    const call = (op, args) => nodeHost().call(op, args);
    const result = await (async () => { ${steps} })();
    writeFileSync(3, JSON.stringify(result));
    process.exit(0);`;
  const node = [process.execPath, '--input-type=module', '-e', code];
  const [program = '', ...args] = size === undefined ? node : [tools().pty, size, ...node];
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
  }) as unknown as ChildProcessWithoutNullStreams;
  const texts = ['', '', '', '', ''];
  for (const number of [1, 2, 3, 4]) {
    (child.stdio[number] as NodeJS.ReadableStream).on('data', (data) => {
      texts[number] += data;
    });
  }
  const closed = once(child, 'close');
  const until = async (condition: () => boolean | undefined, what: string) => {
    const end = Date.now() + 10_000;
    while (!condition()) {
      if (Date.now() > end || child.exitCode !== null) {
        throw new Error(`no ${what} in: ${texts[1]}\n${texts[2]}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return {
    child,
    stdout: () => texts[1] ?? '',
    stderr: () => texts[2] ?? '',
    shows: (text) =>
      until(
        () => (typeof text === 'string' ? texts[1]?.includes(text) : text.test(texts[1] ?? '')),
        String(text),
      ),
    attached: () => until(() => texts[4] !== '', 'attachment'),
    async result() {
      await closed;
      if (texts[3] === '') throw new Error(`no result: ${texts[1]}\n${texts[2]}`);
      return JSON.parse(texts[3] ?? '');
    },
  };
}

/** Attaches to a container that runs. */
export function attachClient(
  socket: string,
  wish: Partial<Ops['shimAttachOpen'][0] & Ops['shimAttach'][0]> & { size?: string } = {},
): Client {
  const { stdin = true, stdout = true, stderr = true, detachKeys = [16, 17] } = wish;
  const { signalProxy = false, redraw = false } = wish;
  const open = JSON.stringify({ socket, stdin, stdout, stderr });
  return shimClient(
    `const { handle } = await call('shimAttachOpen', ${open});
     writeFileSync(4, 'attached');
     return call('shimAttach', { handle, ...${JSON.stringify({ detachKeys, signalProxy, redraw })} });`,
    wish.size,
  );
}

export function execClient(wish: Ops['shimExec'][0] & { size?: string }): Client {
  const { size, ...args } = wish;
  return shimClient(`return call('shimExec', ${JSON.stringify(args)});`, size);
}
