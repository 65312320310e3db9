/** Stored bytes that can be read at any place: a local file, or an origin that serves ranges. */
export interface RandomSource {
  /** For messages. */
  name: string
  sizeBytes: number
  /** Exactly `length` bytes from `position` on. Throws FlashError `source`, `stalled`, `truncated` or `cancelled`. */
  read(position: number, length: number): Promise<Buffer>
  close(): Promise<void>
}
