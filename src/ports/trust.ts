// Whose signatures count.

export interface NamedKey {
  readonly name: string;
  /** SubjectPublicKeyInfo, PEM. */
  readonly pem: string;
}

export interface Trust {
  /** As they are now. Errors: `settings_invalid` for a place that cannot be read. */
  keys(): Promise<readonly NamedKey[]>;
}
