import type { Bounds } from './preferences.ts'

export const SIZE = { width: 1280, height: 860 }
export const LEAST = { width: 720, height: 480 }

/** So much of the window must be on a screen for the operator to take hold of it. */
const GRIP = { width: 160, height: 48 }

/**
 * Where the window goes. `areas`: usable areas of the displays that are there now, the main one first. A place on a
 * display that was unplugged is given up, its size is kept as far as it fits. Without `x` and `y` the system chooses. Pure.
 */
export function placeWindow(
  saved: Bounds | null,
  areas: readonly Bounds[],
): { width: number; height: number; x?: number; y?: number } {
  const main = areas[0]
  const fit = (wanted: { width: number; height: number }, area: Bounds | undefined) => ({
    width: Math.max(LEAST.width, Math.min(wanted.width, area?.width ?? wanted.width)),
    height: Math.max(LEAST.height, Math.min(wanted.height, area?.height ?? wanted.height)),
  })
  if (saved === null) return fit(SIZE, main)
  const home = areas.find((area) => canBeGripped(saved, area))
  if (home === undefined) return fit(saved, main)
  return { ...fit(saved, home), x: saved.x, y: saved.y }
}

/** The title bar, the upper edge, counts: a window whose foot alone is visible cannot be moved. */
function canBeGripped(window: Bounds, area: Bounds): boolean {
  const width = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x)
  const below = area.y + area.height - window.y
  return width >= GRIP.width && window.y >= area.y && below >= GRIP.height
}
