/** The kernel's list format for CPUs and memory nodes: 0-3,7, also with a stride (0-30:2/4). */
const part = /^ *(\d+)(?:-(\d+)(?::\d+\/\d+)?)? *$/;

/** What is wrong with a list of numbers, undefined if nothing is. Empty is no list, and fine. */
export function numberListFault(list: string): string | undefined {
  if (list.trim() === '') return undefined;
  for (const text of list.split(',')) {
    const match = part.exec(text);
    if (!match) return `${JSON.stringify(list)} is not a list of numbers such as 0-3,7`;
    const [, first = '', last = first] = match;
    if (Number(last) < Number(first)) return `the range ${text.trim()} runs backwards`;
  }
  return undefined;
}
