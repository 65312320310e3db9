/** The one part of an OCI artifact that is the image (wire contract of the flasher, 5.4). */
export interface RegistryLayer {
  /** Address of the blob; a GET may be redirected to blob storage. */
  url: string
  /**
   * Headers of that GET, among them the credentials; never logged, never sent to another host. A token may be good for
   * minutes only: resolve again, by the digest, before another request.
   */
  headers: Record<string, string>
  /** `sha256:` and hex, over the bytes as stored. */
  digest: string
  sizeBytes: number | null
  /** File name that the publisher gave the layer. */
  title: string | null
}
