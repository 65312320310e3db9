import type { Disk } from './list.ts'

export type Selection = { disk: Disk } | { refusal: string }

/** The disk with exactly this serial, or why there is none that can be meant. Never guesses. */
export function selectBySerial(disks: readonly Disk[], serial: string): Selection {
  const found = disks.filter((disk) => disk.serial !== null && disk.serial === serial)
  if (found.length === 1) return { disk: found[0]! }
  if (found.length > 1)
    return {
      refusal: `serial ${JSON.stringify(serial)} is ambiguous: ${found.map((disk) => disk.path).join(' and ')} carry it`,
    }
  const present = disks.map((disk) => `${disk.path} ${disk.serial ?? '(no serial)'}`)
  return {
    refusal: `no disk has serial ${JSON.stringify(serial)}; present: ${present.join(', ') || 'no disks at all'}`,
  }
}
