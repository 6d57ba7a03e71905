import { expect, test } from 'vitest';
import { utf8Bytes } from '../../../src/spec/utf8-bytes.ts';

test.for(['', 'plain %41 text\n\0', 'é ☃ 𝄞', 'half \ud834 a pair', '\udd1e\ud834'])(
  '%j',
  (text) => {
    expect(utf8Bytes(text)).toEqual([...new TextEncoder().encode(text)]);
  },
);
