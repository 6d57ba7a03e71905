/** One flag of the command line; every reader (minimist, oclif, help) is fed from it. */
export interface FlagSpec {
  type: 'boolean' | 'string' | 'integer';
  /** One letter. */
  alias?: string;
  /** May be given several times; the value is then a list. */
  repeatable?: boolean;
  /** Not in help. */
  hidden?: boolean;
  /** Of a boolean, `true`: it is on unless `=false` is given (engine only). */
  default?: string;
  /** What help calls the value, where the type says too little. */
  value?: string;
  summary: string;
}

export type FlagTable = Readonly<Record<string, FlagSpec>>;

/** One command: what it takes and what help says of it. */
export interface CommandTable {
  name: string;
  summary: string;
  /** After the name in the usage line. */
  usage: string;
  /** Text below the usage line. */
  notes?: string;
  description?: string;
  /** Shell lines with what they do. */
  examples?: readonly { does: string; line: string }[];
  /** How many arguments; no `max` for any number. */
  args: { min: number; max?: number };
  /**
   * Flags end at the first argument; what follows belongs to the container's command. Without it
   * flags may also follow arguments.
   */
  stopAtArgument?: boolean;
  hidden?: boolean;
  /** Only the command line is there: its `--help` fails too, since podman asks by it (not by `help NAME`). */
  unsupported?: boolean;
  flags: FlagTable;
}

type FlagValue<F extends FlagSpec> = F extends { repeatable: true }
  ? string[]
  : F['type'] extends 'boolean'
    ? boolean
    : F['type'] extends 'integer'
      ? number
      : string;

/** The values of a table's flags: booleans and lists always, others when given or defaulted. */
export type FlagValues<T extends FlagTable> = {
  [K in keyof T]:
    | FlagValue<T[K]>
    | (T[K] extends { repeatable: true } | { type: 'boolean' } | { default: string }
        ? never
        : undefined);
};
