import type { EngineCommand } from './engine-command.ts';

/** A group of the engine's verbs: `rundlet container …`. */
export interface Topic {
  summary: string;
  /** By name, in the order of the help; a verb's code is loaded when it is run. */
  verbs: Readonly<Record<string, () => Promise<EngineCommand>>>;
  /** Docker's other names of verbs. */
  aliases?: Readonly<Record<string, string>>;
}

export const topics: Readonly<Record<string, Topic>> = {
  container: {
    summary: 'Manage containers',
    verbs: {
      attach: async () => (await import('./container/attach.ts')).attach,
      cleanup: async () => (await import('./container/cleanup.ts')).cleanup,
      cp: async () => (await import('./container/cp.ts')).cp,
      create: async () => (await import('./container/create.ts')).create,
      diff: async () => (await import('./container/diff.ts')).diff,
      exec: async () => (await import('./container/exec.ts')).exec,
      export: async () => (await import('./container/export.ts')).exportVerb,
      healthcheck: async () => (await import('./container/healthcheck.ts')).healthcheck,
      inspect: async () => (await import('./container/inspect.ts')).inspect,
      kill: async () => (await import('./container/kill.ts')).kill,
      layout: async () => (await import('./container/layout.ts')).layout,
      logs: async () => (await import('./container/logs.ts')).logs,
      ls: async () => (await import('./container/ls.ts')).ls,
      pause: async () => (await import('./container/pause.ts')).pause,
      port: async () => (await import('./container/port.ts')).port,
      prune: async () => (await import('./container/prune.ts')).prune,
      rename: async () => (await import('./container/rename.ts')).rename,
      restart: async () => (await import('./container/restart.ts')).restart,
      rm: async () => (await import('./container/rm.ts')).rm,
      run: async () => (await import('./container/run.ts')).run,
      start: async () => (await import('./container/start.ts')).start,
      stats: async () => (await import('./container/stats.ts')).stats,
      stop: async () => (await import('./container/stop.ts')).stop,
      top: async () => (await import('./container/top.ts')).top,
      unpause: async () => (await import('./container/unpause.ts')).unpause,
      update: async () => (await import('./container/update.ts')).update,
      wait: async () => (await import('./container/wait.ts')).wait,
      which: async () => (await import('./container/which.ts')).which,
    },
    aliases: { list: 'ls', ps: 'ls', remove: 'rm' },
  },
  image: {
    summary: 'Manage images',
    verbs: {
      history: async () => (await import('./image/history.ts')).history,
      import: async () => (await import('./image/import.ts')).importVerb,
      inspect: async () => (await import('./image/inspect.ts')).inspect,
      load: async () => (await import('./image/load.ts')).load,
      ls: async () => (await import('./image/ls.ts')).ls,
      prune: async () => (await import('./image/prune.ts')).prune,
      pull: async () => (await import('./image/pull.ts')).pull,
      push: async () => (await import('./image/push.ts')).push,
      rm: async () => (await import('./image/rm.ts')).rm,
      save: async () => (await import('./image/save.ts')).save,
      tag: async () => (await import('./image/tag.ts')).tag,
    },
    aliases: { list: 'ls', remove: 'rm' },
  },
  registry: {
    summary: 'Manage passwords for registries',
    verbs: {
      login: async () => (await import('./registry/login.ts')).login,
      logout: async () => (await import('./registry/logout.ts')).logout,
    },
  },
  volume: {
    summary: 'Manage volumes',
    verbs: {
      create: async () => (await import('./volume/create.ts')).create,
      inspect: async () => (await import('./volume/inspect.ts')).inspect,
      ls: async () => (await import('./volume/ls.ts')).ls,
      prune: async () => (await import('./volume/prune.ts')).prune,
      rm: async () => (await import('./volume/rm.ts')).rm,
    },
    aliases: { list: 'ls', remove: 'rm' },
  },
  network: {
    summary: 'Manage networks',
    verbs: {
      connect: async () => (await import('./network/connect.ts')).connect,
      create: async () => (await import('./network/create.ts')).create,
      disconnect: async () => (await import('./network/disconnect.ts')).disconnect,
      inspect: async () => (await import('./network/inspect.ts')).inspect,
      ls: async () => (await import('./network/ls.ts')).ls,
      prune: async () => (await import('./network/prune.ts')).prune,
      rm: async () => (await import('./network/rm.ts')).rm,
    },
    aliases: { list: 'ls', remove: 'rm' },
  },
  system: {
    summary: 'Manage the engine',
    verbs: {
      df: async () => (await import('./system/df.ts')).df,
      events: async () => (await import('./system/events.ts')).events,
      gc: async () => (await import('./system/gc.ts')).gc,
      info: async () => (await import('./system/info.ts')).info,
      inspect: async () => (await import('./system/inspect.ts')).inspect,
      prune: async () => (await import('./system/prune.ts')).prune,
      start: async () => (await import('./system/start.ts')).start,
      stop: async () => (await import('./system/stop.ts')).stop,
    },
  },
};

/** `docker NAME` as `rundlet NAME`, where no OCI command has the name. They work as soon as the verb is there. */
export const shortForms: Readonly<Record<string, readonly [topic: string, verb: string]>> = {
  attach: ['container', 'attach'],
  cp: ['container', 'cp'],
  diff: ['container', 'diff'],
  export: ['container', 'export'],
  history: ['image', 'history'],
  images: ['image', 'ls'],
  import: ['image', 'import'],
  info: ['system', 'info'],
  inspect: ['system', 'inspect'],
  load: ['image', 'load'],
  login: ['registry', 'login'],
  logout: ['registry', 'logout'],
  logs: ['container', 'logs'],
  port: ['container', 'port'],
  pull: ['image', 'pull'],
  push: ['image', 'push'],
  rename: ['container', 'rename'],
  restart: ['container', 'restart'],
  rm: ['container', 'rm'],
  rmi: ['image', 'rm'],
  save: ['image', 'save'],
  stats: ['container', 'stats'],
  stop: ['container', 'stop'],
  tag: ['image', 'tag'],
  top: ['container', 'top'],
  unpause: ['container', 'unpause'],
  wait: ['container', 'wait'],
};
