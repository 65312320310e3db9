import type { Updates } from '../../updates/updates.ts'
import type { Handlers } from '../mount.ts'

export function updateHandlers({
  updates,
}: {
  updates: Updates
}): Pick<Handlers, 'updates' | 'checkUpdates'> {
  return { updates: () => updates.state(), checkUpdates: () => updates.check() }
}
