/** Words of `o=` that are bits of mount(2); a word with a minus before it takes the bit away. */
const bits: Readonly<Record<string, number>> = {
  ro: 0x1,
  nosuid: 0x2,
  nodev: 0x4,
  noexec: 0x8,
  sync: 0x10,
  remount: 0x20,
  mand: 0x40,
  dirsync: 0x80,
  noatime: 0x400,
  nodiratime: 0x800,
  bind: 0x1000,
  rbind: 0x5000,
  relatime: 0x20_0000,
  strictatime: 0x100_0000,
};

const opposites: Readonly<Record<string, string>> = {
  rw: 'ro',
  suid: 'nosuid',
  dev: 'nodev',
  exec: 'noexec',
  async: 'sync',
  nomand: 'mand',
  atime: 'noatime',
  diratime: 'nodiratime',
  norelatime: 'relatime',
  nostrictatime: 'strictatime',
};

/** `ro,nosuid,size=1m` as mount(2) takes it: bits, and what is for the file system. Pure. */
export function mountOptions(text: string): { flags: number; data: string } {
  let flags = 0;
  const data: string[] = [];
  for (const word of text.split(',')) {
    if (word === '' || word === 'defaults') continue;
    const off = Object.hasOwn(opposites, word) ? opposites[word] : undefined;
    if (off !== undefined) flags &= ~(bits[off] ?? 0);
    else if (Object.hasOwn(bits, word)) flags |= bits[word] ?? 0;
    else data.push(word);
  }
  return { flags, data: data.join(',') };
}
