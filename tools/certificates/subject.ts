// What is certified: an application, and what it runs on for as long as that takes.
export interface Subject extends AsyncDisposable {
  readonly application: string;
  readonly manifest: string;
  /** Of `codectl up`. */
  readonly settings: readonly string[];
  /** Of `codectl certify`. */
  readonly wishes: readonly string[];
  /** Makes the manifest, and what it deploys, one of this version. */
  readonly edit: (version: string) => Promise<void>;
}
