// Takes an image reference apart as container engines do: registry, repository, tag, digest.

export interface Reference {
  /** `registry.example:5000/shop/web`, as it was written. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
  /** `registry.example:5000`, `docker.io` where none is named. */
  readonly registry: string;
}

export function parseReference(text: string): Reference {
  const [name = '', digest] = text.split('@');
  // A colon after the last slash begins the tag; one before it is a registry's port.
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const repository = colon < 0 ? name : name.slice(0, colon);
  const tag = colon < 0 ? undefined : name.slice(colon + 1);
  const [first = '', ...rest] = repository.split('/');
  const names = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  return {
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
    registry: names ? first : 'docker.io',
  };
}

/** The name that the Engine lists a digest of this image under: `docker.io/library/` is left out there. */
export function familiar(repository: string): string {
  return repository.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '');
}
