/** What a copy has brought, and where. A folder's size and SHA-256 are those of its archive. */
export interface Copied {
  to: string;
  size: number;
  sha256: string;
}
