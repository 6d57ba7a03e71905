import type { Command } from './command.ts';

/** Every command by name, in the order of the help; its code is loaded when it is run. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  checkpoint: async () => (await import('./verbs/checkpoint.ts')).checkpoint,
  completion: async () => (await import('./verbs/completion.ts')).completion,
  create: async () => (await import('./verbs/create.ts')).create,
  delete: async () => (await import('./verbs/delete.ts')).remove,
  doctor: async () => (await import('./verbs/doctor.ts')).doctor,
  events: async () => (await import('./verbs/events.ts')).events,
  exec: async () => (await import('./verbs/exec.ts')).exec,
  features: async () => (await import('./verbs/features.ts')).features,
  kill: async () => (await import('./verbs/kill.ts')).kill,
  list: async () => (await import('./verbs/list.ts')).list,
  pause: async () => (await import('./verbs/pause.ts')).pause,
  plan: async () => (await import('./verbs/plan.ts')).plan,
  ps: async () => (await import('./verbs/ps.ts')).ps,
  restore: async () => (await import('./verbs/restore.ts')).restore,
  resume: async () => (await import('./verbs/resume.ts')).resume,
  run: async () => (await import('./verbs/run.ts')).run,
  spec: async () => (await import('./verbs/spec.ts')).spec,
  start: async () => (await import('./verbs/start.ts')).start,
  state: async () => (await import('./verbs/state.ts')).state,
  trace: async () => (await import('./verbs/trace.ts')).trace,
  update: async () => (await import('./verbs/update.ts')).update,
  validate: async () => (await import('./verbs/validate.ts')).validate,
};
