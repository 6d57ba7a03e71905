import { RundletError } from './rundlet-error.ts';

/** A verb that the container's status does not allow; `from` is the status, `to` what the verb wanted. */
export class StatusError extends RundletError {
  readonly from: string;
  readonly to: string;

  constructor(message: string, from: string, to: string, exitCode = 1) {
    super('ERR_RUNDLET_WRONG_STATUS', message, { exitCode });
    this.from = from;
    this.to = to;
  }
}
