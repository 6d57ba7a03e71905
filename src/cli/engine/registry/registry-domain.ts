/** `https://registry.example/v1/` or `registry.example` as the domain of names; Docker's own is docker.io. */
export function registryDomain(server: string): string {
  const domain = server.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return domain === 'index.docker.io' || domain === 'registry-1.docker.io' ? 'docker.io' : domain;
}
