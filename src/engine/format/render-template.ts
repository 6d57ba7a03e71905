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
      return goText(value);
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
      return follow(dot, operand.path);
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

function follow(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (found === null || typeof found !== 'object' || !Object.hasOwn(found, name)) {
      throw invalidParameter(
        `template: :1: executing "" at <.${path.join('.')}>: map has no entry for key "${name}"`,
      );
    }
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}
