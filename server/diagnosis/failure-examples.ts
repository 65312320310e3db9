/** Failures as agents report them, and what they are called. For tests. */
import type { FindingCode } from '../api/index.ts'

const SHA = 'a'.repeat(64)

export const FAILURES: readonly [code: string | undefined, reason: string, to: FindingCode][] = [
  ['no-disk', 'no disk has serial "S1"; present: /dev/sda S2', 'disk-not-found'],
  [undefined, 'no disk has serial "S1"; present: no disks at all', 'disk-not-found'],
  ['source', 'http://a/x.img cannot be fetched: ENOTFOUND', 'origin-unreachable'],
  [undefined, 'http://a/x.img answered 404 Not Found', 'origin-unreachable'],
  ['stalled', 'http://a/x.img sent nothing for 60 s and is given up', 'origin-stalled'],
  ['truncated', 'http://a/x.img broke off', 'image-cut'],
  ['corrupt', `x.img has sha256 ${SHA}; expected is ${SHA}`, 'digest-mismatch'],
  ['corrupt', 'the xz stream is damaged', 'image-damaged'],
  ['refused', 'image needs 10 bytes; /dev/sda holds 5', 'image-too-large'],
  ['too-small', 'the image is larger than /dev/sda', 'image-too-large'],
  ['refused', '/dev/sda is mounted', 'flash-refused'],
  ['device', 'write failed: EIO', 'disk-write-error'],
  ['verify', '/dev/sda differs at 4096', 'disk-differs'],
  ['internal', 'odd', 'flash-failed'],
  ['of a later agent', 'odd', 'flash-failed'],
]
