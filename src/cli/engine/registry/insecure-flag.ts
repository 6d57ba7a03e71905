/** The flag of every verb that asks a registry. */
export const insecureFlag = {
  'insecure-registry': {
    type: 'string',
    repeatable: true,
    value: 'host[:port]|cidr',
    summary: 'A registry that may be asked without TLS, or with any certificate',
  },
} as const;
