import { isIdle } from './say-work.ts'
import { type Status, type TrayActions, trayMenu, trayTip } from './tray.ts'
import type { Electron } from './window.ts'

const LOOK_MS = 2000

export interface WatchOptions {
  status: () => Status
  actions: TrayActions
  /** Path of a PNG. */
  icon: string
  platform: NodeJS.Platform
  everyMs?: number
}

/**
 * Keeps the tray up to date and the machine awake while work runs. The menu is replaced only when it says something new: on
 * some desktops a menu that is open closes with it.
 */
export function startWatch(electron: Electron, options: WatchOptions): { close(): void } {
  const { status, actions, icon, everyMs = LOOK_MS } = options
  const tray = openTray(electron, icon)
  let shown = ''
  let blocker: number | null = null

  function look(): void {
    const now = status()
    const said = JSON.stringify(now)
    if (tray !== null && said !== shown) {
      tray.setToolTip(trayTip(now))
      tray.setContextMenu(electron.Menu.buildFromTemplate(trayMenu(now, actions)))
    }
    shown = said
    if (!isIdle(now.work)) blocker ??= electron.powerSaveBlocker.start('prevent-app-suspension')
    else if (blocker !== null) {
      electron.powerSaveBlocker.stop(blocker)
      blocker = null
    }
  }

  tray?.on('click', () => actions.show())
  look()
  const timer = setInterval(look, everyMs)
  return {
    close() {
      clearInterval(timer)
      if (blocker !== null) electron.powerSaveBlocker.stop(blocker)
      tray?.destroy()
    },
  }
}

/** A desktop without a tray is no reason not to start. */
function openTray(electron: Electron, icon: string) {
  try {
    return new electron.Tray(electron.nativeImage.createFromPath(icon).resize({ width: 22, height: 22 }))
  } catch {
    return null
  }
}
