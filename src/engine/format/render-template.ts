import { invalidParameter } from '../engine-error.ts';
import { goText } from './go-text.ts';
import type { Node, Operand } from './parse-template.ts';
import { isTrue, templateFunctions } from './template-functions.ts';

type Variables = Map<string, unknown>;

/** Runs a template on data; throws Docker's text for a field that there is not. */
export function renderTemplate(nodes: readonly Node[], data: unknown): string {
  return render(nodes, data, new Map([['', data]]));
}

function render(nodes: readonly Node[], dot: unknown, variables: Variables): string {
  let text = '';
  for (const node of nodes) text += renderNode(node, dot, variables);
  return text;
}

function renderNode(node: Node, dot: unknown, variables: Variables): string {
  if (node.kind === 'text') return node.text;
  const value = evaluate(node.value, dot, variables);
  switch (node.kind) {
    case 'print':
      return printed(node.value, value);
    case 'set':
      variables.set(node.name, value);
      return '';
    case 'if':
      return render(isTrue(value) ? node.body : node.otherwise, dot, new Map(variables));
    case 'with':
      return isTrue(value)
        ? render(node.body, value, new Map(variables))
        : render(node.otherwise, dot, new Map(variables));
    case 'range':
      return renderRange(node, value, dot, variables);
  }
}

function renderRange(
  { names, body, otherwise }: Extract<Node, { kind: 'range' }>,
  value: unknown,
  dot: unknown,
  variables: Variables,
): string {
  const items = itemsOf(value);
  if (items.length === 0) return render(otherwise, dot, new Map(variables));
  let text = '';
  for (const [key, item] of items) {
    const inner = new Map(variables);
    if (names.length === 2) inner.set(names[0] as string, key);
    if (names.length > 0) inner.set(names.at(-1) as string, item);
    text += render(body, item, inner);
  }
  return text;
}

function itemsOf(value: unknown): [unknown, unknown][] {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.map((item, index) => [index, item]);
  return Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
}

function evaluate(operand: Operand, dot: unknown, variables: Variables): unknown {
  switch (operand.kind) {
    case 'value':
      return operand.value;
    case 'field':
      return follow(dot, operand.path, operand.place);
    case 'method': {
      const method = evaluate(operand.of, dot, variables);
      if (typeof method !== 'function')
        throw invalidParameter(`template: :1: executing "": can't give argument to non-function`);
      return method(...operand.args.map((argument) => evaluate(argument, dot, variables)));
    }
    case 'path':
      return follow(evaluate(operand.of, dot, variables), operand.path);
    case 'variable':
      if (!variables.has(operand.name))
        throw invalidParameter(
          `template parsing error: template: :1: undefined variable "$${operand.name}"`,
        );
      return follow(variables.get(operand.name), operand.path);
    case 'call': {
      const args = operand.args.map((argument) => evaluate(argument, dot, variables));
      return templateFunctions[operand.name]?.(...args);
    }
  }
}

/** Fields by their names in JSON, or by Go's, which differ in case alone: `.ID` is `.Id`. */
function follow(value: unknown, path: readonly string[], place = '1'): unknown {
  let found = value;
  for (const name of path) {
    const key = keyOf(found, name);
    if (key === undefined) {
      throw invalidParameter(
        `template parsing error: template: :${place}: executing "" at <.${path.join('.')}>: map has no entry for key "${name}"`,
      );
    }
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

function keyOf(value: unknown, name: string): string | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if (Object.hasOwn(value, name)) return name;
  return Object.keys(value).find((key) => key.toLowerCase() === name.toLowerCase());
}

/** What Go prints of a list or a map that was never made; other things without value are `<nil>`. */
const emptyTexts: Readonly<Record<string, string>> = Object.fromEntries([
  ...'Args Binds CapAdd CapDrop Cmd DeviceCgroupRules DeviceRequests Devices Dns DnsOptions DnsSearch Entrypoint Env ExecIDs ExtraHosts GroupAdd Links MaskedPaths Mounts OnBuild ReadonlyPaths RepoDigests RepoTags SecurityOpt Shell Ulimits VolumesFrom'
    .split(' ')
    .map((name) => [name, '[]']),
  ...'ExposedPorts Labels Networks Options PortBindings Ports Volumes'
    .split(' ')
    .map((name) => [name, 'map[]']),
]);

function printed(operand: Operand, value: unknown): string {
  if (value !== null || operand.kind !== 'field') return goText(value);
  const name = operand.path.at(-1) ?? '';
  return Object.hasOwn(emptyTexts, name) ? (emptyTexts[name] as string) : '<nil>';
}
