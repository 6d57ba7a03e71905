/**
 * Every error code of rundlet with what it means. docs/reference/errors.md lists the same codes (a test compares).
 * Exit codes are runc's: 1 for all but exec (255) and unknown commands (3).
 */
export const errorCodes = {
  ERR_RUNDLET_BUNDLE_MISSING: 'config.json or the bundle directory does not exist',
  ERR_RUNDLET_CONFIG_SYNTAX: 'config.json is not JSON',
  ERR_RUNDLET_CONFIG_INVALID: 'config.json breaks the runtime-spec or one of its cross-field rules',
  ERR_RUNDLET_CONFIG_TOO_LARGE: 'config.json exceeds the size or depth cap',
  ERR_RUNDLET_USAGE: 'the command line is wrong',
  ERR_RUNDLET_UNKNOWN_COMMAND: 'no such command',
  ERR_RUNDLET_INVALID_ID: 'the container id has a wrong form',
  ERR_RUNDLET_ID_IN_USE: 'a container of that id exists',
  ERR_RUNDLET_NOT_FOUND: 'no container of that id exists',
  ERR_RUNDLET_WRONG_STATUS: 'the container is not in a status that allows this',
  ERR_RUNDLET_STATE_CORRUPT: 'state.json cannot be read or is not ours nor runc’s',
  ERR_RUNDLET_LAUNCH: 'a step of the launch failed in the kernel',
  ERR_RUNDLET_PROGRAM: 'the container’s program cannot be executed',
  ERR_RUNDLET_HOOK: 'a hook failed or ran past its timeout',
  ERR_RUNDLET_SYSTEM: 'an operation on the host failed',
  ERR_RUNDLET_UNSUPPORTED: 'this host or this build cannot do that',
  ERR_RUNDLET_INVALID_PARAMETER: 'a value that the engine was given is wrong',
  ERR_RUNDLET_NO_SUCH_OBJECT: 'no container, image, volume or network of that name exists',
  ERR_RUNDLET_CONFLICT: 'a name is taken, or the object is in use',
  ERR_RUNDLET_STORE_DAMAGED: 'a file of the data root cannot be read',
  ERR_RUNDLET_IMAGE: 'an image archive, a manifest or a layer is damaged or refused',
  ERR_RUNDLET_REGISTRY: 'a registry cannot be reached, or refuses',
  ERR_RUNDLET_ABORTED: 'the caller’s AbortSignal fired',
} as const;

export type ErrorCode = keyof typeof errorCodes;
