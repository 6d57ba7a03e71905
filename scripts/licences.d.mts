export interface ShippedPackage {
  kind: 'cargo' | 'npm';
  name: string;
  version: string;
  /** SPDX expression; empty without one. */
  licence: string;
}
export function fits(expression: string): boolean;
export function shippedPackages(): ShippedPackage[];
