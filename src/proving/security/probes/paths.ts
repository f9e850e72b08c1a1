// Paths within a mount.

export function beneath(mount: string, rest: string): string {
  return `${mount.replace(/\/$/, '')}/${rest}`;
}
