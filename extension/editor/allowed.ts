/** How a setting of `stillpoint.allow.*` is read from all the places where it can stand. */

/**
 * Off as soon as one place says so: VS Code itself would let a workspace's `true` win over a person's `false`. Anything
 * but `true` or nothing at all is off, too.
 */
export function isAllowed(values: readonly unknown[]): boolean {
  return values.every((value) => value === undefined || value === true);
}
