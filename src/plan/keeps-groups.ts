/**
 * crun's annotation, which `podman run --group-add keep-groups` sets: the caller's supplementary groups
 * stay, so that a user's container reaches what his groups may.
 */
export function keepsGroups(annotations: Readonly<Record<string, string>> | undefined): boolean {
  return (annotations?.['run.oci.keep_original_groups'] ?? '0') !== '0';
}
