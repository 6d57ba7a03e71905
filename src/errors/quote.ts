/** Longest message that is rendered; init's texts are data from inside the container. */
const messageCap = 8192;

/** `"text"` as Go's %q prints it: double quotes, control characters escaped. */
export function quote(text: string): string {
  return `"${escapeControl(text.replace(/["\\]/g, '\\$&'))}"`;
}

/** Control characters, and the separators that some terminals take for line ends, as escapes. */
export function escapeControl(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, escapeOne);
}

/** Cuts a message at the cap and says so. */
export function capMessage(message: string): string {
  if (message.length <= messageCap) return message;
  return `${message.slice(0, messageCap)}… (${message.length - messageCap} more characters)`;
}

function escapeOne(character: string): string {
  const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
  if (short) return short;
  const code = character.charCodeAt(0);
  const hex = code.toString(16);
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
}
