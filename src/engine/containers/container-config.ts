import { inOrder } from './in-order.ts';
import { type ContainerConfig, emptyConfig } from './record.ts';

/** moby's order of keys; those that it leaves out when unset have their place too. */
const order: readonly (keyof ContainerConfig)[] = (() => {
  const keys = Object.keys(emptyConfig()) as (keyof ContainerConfig)[];
  const after = (key: keyof ContainerConfig, ...added: (keyof ContainerConfig)[]) =>
    keys.splice(keys.indexOf(key) + 1, 0, ...added);
  after('AttachStderr', 'ExposedPorts');
  after('Cmd', 'Healthcheck', 'ArgsEscaped');
  after('Entrypoint', 'NetworkDisabled', 'MacAddress');
  after('Labels', 'StopSignal', 'StopTimeout', 'Shell');
  return keys;
})();

/** The same with its keys in moby's order; unknown ones come last. */
export function orderedConfig(config: ContainerConfig): ContainerConfig {
  return inOrder(config, order);
}
