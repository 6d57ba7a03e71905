import { type Bundle, configName, loadBundle } from '../bundle/load-bundle.ts';
import type { Gate, HostFacts, LaunchPlan } from '../host/generated/plan.ts';
import { containerDirectory } from '../state/store.ts';
import { checkTerminal } from './check-terminal.ts';
import { listenFds } from './listen-fds.ts';
import type { CreateOptions, RuntimeContext } from './types.ts';

export interface PlannedBundle {
  bundle: Bundle;
  plan: LaunchPlan;
  facts: HostFacts;
}

/** What create or run would do for a bundle, without doing any of it. */
export async function planBundle(
  context: RuntimeContext,
  options: CreateOptions & { detach?: boolean },
  gate: Gate = { word: {} },
): Promise<PlannedBundle> {
  const { host, warn } = context;
  const bundle = await loadBundle(host, options.bundle, (text) => warn?.('warning', text));
  const { requireProcess } = await import('../spec/validate-config.ts');
  const process = requireProcess(bundle.spec, { text: bundle.text, file: configName });
  checkTerminal(process.terminal ?? false, options.detach ?? false, options.consoleSocket);
  const { env, preserveFds } = listenFds(host, options.preserveFds);
  const spec =
    env.length === 0
      ? bundle.spec
      : { ...bundle.spec, process: { ...process, env: [...(process.env ?? []), ...env] } };
  const facts = await host.call('facts', null);
  const { planContainer } = await import('../plan/plan-container.ts');
  const plan = planContainer(
    spec,
    {
      id: options.id,
      bundle: bundle.bundle,
      gate,
      stateDir: containerDirectory(context.root, options.id),
      warn: (message) => warn?.('warning', message),
      stdio: options.stdio ?? [0, 1, 2],
      preserveFds,
      ...(options.consoleSocket && { consoleSocket: options.consoleSocket }),
      ...(options.pidfdSocket && { pidfdSocket: options.pidfdSocket }),
      ...(options.noPivot && { noPivot: true }),
      ...(options.noNewKeyring && { noNewKeyring: true }),
    },
    facts,
  );
  return { bundle, plan, facts };
}
